/* bench/transfers_bench.c — signed transfers per second, end to end: `bench_transfers ws://… [count
 * [accounts]]`.
 *
 * Signs `count` transfers ahead (sr25519, one nonce sequence per derived account), funds the accounts, then
 * submits all over one WebSocket as fast as the node takes them, and stops the clock when the last one is in
 * a block. Every transfer is executed, its root computed, its block written and synced. */
#include "base/clock.h"
#include "base/hex.h"
#include "codec/extrinsic.h"
#include "codec/scale.h"
#include "crypto/hash.h"
#include "crypto/keys.h"
#include "io/ws_client.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { ACCOUNTS_MAX = 1000, FRAME_MAX = 1024, WAIT_MS = 60000 };

struct session {
    struct ws_client *ws;
    uint64_t id; /* of the last request */
    uint64_t refused;
    struct extrinsic_implicit implicit;
};

struct sender {
    struct keypair key;
    uint32_t nonce;
};

static void fail(const char *what, const struct err *e)
{
    (void)fprintf(stderr, "bench_transfers: %s: %s\n", what, e->msg);
    exit(1);
}

/* One request, one answer: the `result` member, owned. */
static json_t *call(struct session *s, const char *method, const char *params)
{
    struct err e;
    char frame[8192], *text = NULL;
    size_t len = 0;
    int n = snprintf(frame, sizeof frame, "{\"jsonrpc\":\"2.0\",\"id\":%llu,\"method\":\"%s\",\"params\":%s}",
                     (unsigned long long)++s->id, method, params);

    if (ws_client_send(s->ws, bytes_of(frame, (size_t)n), &e) != ERR_OK ||
        ws_client_receive(s->ws, &text, &len, WAIT_MS, &e) != ERR_OK)
        fail(method, &e);
    json_t *answer = json_loadb(text, len, 0, NULL);
    json_t *result = json_incref(json_object_get(answer, "result"));
    if (result == NULL) {
        (void)fprintf(stderr, "bench_transfers: %s answered %s\n", method, text);
        exit(1);
    }
    json_decref(answer);
    free(text);
    return result;
}

static struct bytes transfer(struct arena *a, const struct session *s, struct sender *from,
                             const struct account_id *to, uint64_t planck)
{
    struct writer call_bytes = writer_in(a, 256), extra = writer_in(a, 256), payload = writer_in(a, 1024);
    struct writer out = writer_in(a, 1024);
    struct extrinsic_parts p = {.format = 4, .is_signed = true, .key_kind = EXTRINSIC_KEY_SR25519};
    uint8_t sig[SIGNATURE_MAX_LEN];

    put_u8(&call_bytes, 4); /* Balances.transfer_keep_alive(MultiAddress::Id, compact) */
    put_u8(&call_bytes, 3);
    put_u8(&call_bytes, 0);
    put_mem(&call_bytes, to->b, sizeof to->b);
    put_compact(&call_bytes, planck);
    p.extra.nonce = from->nonce++;
    put_extrinsic_extra(&extra, &p.extra);
    p.call = writer_bytes(&call_bytes);
    p.extra_raw = writer_bytes(&extra);
    extrinsic_signing_payload(&payload, p.call, p.extra_raw, &s->implicit);
    p.address = (struct multi_address){.tag = MULTI_ADDRESS_ID, .u.id = from->key.account};
    p.signature = bytes_of(sig, keypair_sign(&from->key, sig, writer_bytes(&payload)));
    extrinsic_encode(&out, &p);
    return writer_bytes(&out);
}

static void submit(struct session *s, struct bytes extrinsic)
{
    struct err e;
    char frame[FRAME_MAX], hex[FRAME_MAX];

    hex_encode(hex, extrinsic);
    int n = snprintf(
        frame, sizeof frame,
        "{\"jsonrpc\":\"2.0\",\"id\":%llu,\"method\":\"author_submitExtrinsic\",\"params\":[\"0x%s\"]}",
        (unsigned long long)++s->id, hex);
    if (ws_client_send(s->ws, bytes_of(frame, (size_t)n), &e) != ERR_OK)
        fail("submitting", &e);
}

/* Receives answers until `missing` are left; counts refusals. */
static void collect(struct session *s, uint64_t *missing, uint64_t until)
{
    while (*missing > until) {
        struct err e;
        char *text = NULL;
        size_t len = 0;
        if (ws_client_receive(s->ws, &text, &len, WAIT_MS, &e) != ERR_OK)
            fail("waiting for an answer", &e);
        if (strstr(text, "\"result\"") == NULL && s->refused++ == 0)
            (void)fprintf(stderr, "bench_transfers: refused: %s\n", text);
        free(text);
        *missing -= 1;
    }
}

static uint64_t nonce_of(struct session *s, const struct account_id *who)
{
    uint8_t key[80];

    /* System.Account: twox_128(System) ‖ twox_128(Account) ‖ blake2_128(account) ‖ account */
    twox_128(key, BYTES_LIT("System"));
    twox_128(key + 16, BYTES_LIT("Account"));
    blake2_128(key + 32, bytes_of(who->b, 32));
    memcpy(key + 48, who->b, 32);
    char full[2 * sizeof key + 1];
    hex_encode(full, bytes_of(key, sizeof key));
    char query[256];
    (void)snprintf(query, sizeof query, "[\"0x%s\"]", full);
    json_t *r = call(s, "state_getStorage", query);
    uint8_t first[4] = {0};
    if (json_is_string(r) && json_string_length(r) >= 10)
        if (!hex_decode_into(first, 4, bytes_of(json_string_value(r) + 2, 8)))
            fail("nonce", &(struct err){.msg = "not hex"});
    json_decref(r);
    return load_u32le(first);
}

static void connect_to(struct session *s, const char *url)
{
    struct err e;
    struct ws_client_config config = {.url = url};

    if (ws_client_connect(&s->ws, &config, &e) != ERR_OK)
        fail("connecting", &e);
    json_t *version = call(s, "state_getRuntimeVersion", "[]"),
           *genesis = call(s, "chain_getBlockHash", "[0]");
    s->implicit.spec_version = (uint32_t)json_integer_value(json_object_get(version, "specVersion"));
    s->implicit.transaction_version =
        (uint32_t)json_integer_value(json_object_get(version, "transactionVersion"));
    if (!hex_decode_into(s->implicit.genesis.b, 32, bytes_of_str(json_string_value(genesis))))
        fail("genesis hash", &(struct err){.msg = "not a hash"});
    s->implicit.birth = s->implicit.genesis;
    json_decref(version);
    json_decref(genesis);
}

static void make_senders(struct session *s, struct sender *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char uri[64];
        struct err e;
        (void)snprintf(uri, sizeof uri, "//bench//%zu", i);
        if (keypair_from_uri(&v[i].key, SIGNATURE_SR25519, bytes_of_str(uri), &e) != ERR_OK)
            fail("making a key", &e);
        v[i].nonce = (uint32_t)nonce_of(s, &v[i].key.account);
    }
}

static void wait_for_nonces(struct session *s, const struct sender *v, size_t n)
{
    for (size_t i = 0; i < n; i++) /* the last of each sequence being in a block means all before are */
        while (nonce_of(s, &v[i].key.account) < v[i].nonce)
            continue;
}

static void fund(struct session *s, struct arena *a, struct sender *v, size_t n)
{
    struct sender alice;
    struct err e;

    if (keypair_from_uri(&alice.key, SIGNATURE_SR25519, BYTES_LIT("//Alice"), &e) != ERR_OK)
        fail("Alice", &e);
    alice.nonce = (uint32_t)nonce_of(s, &alice.key.account);
    uint64_t missing = 0;
    for (size_t i = 0; i < n; i++, missing++)
        submit(s, transfer(a, s, &alice, &v[i].key.account, 1000ull * 1000000000000ull));
    collect(s, &missing, 0);
    wait_for_nonces(s, &alice, 1);
}

static uint64_t number_arg(int argc, char **argv, int at, uint64_t otherwise, uint64_t max)
{
    uint64_t v = 0;
    if (argc <= at)
        return otherwise;
    for (const char *c = argv[at]; *c >= '0' && *c <= '9' && v <= max; c++)
        v = v * 10 + (uint64_t)(*c - '0');
    return v == 0 || v > max ? otherwise : v;
}

int main(int argc, char **argv)
{
    struct session s = {0};
    struct arena a;
    static struct sender senders[ACCOUNTS_MAX];

    if (argc < 2) {
        (void)fprintf(stderr, "usage: bench_transfers ws://127.0.0.1:9944 [count [accounts]]\n");
        return 2;
    }
    uint64_t count = number_arg(argc, argv, 2, 30000, 1000000),
             accounts = number_arg(argc, argv, 3, 100, ACCOUNTS_MAX);
    arena_init(&a, &arena_heap, (size_t)4 << 30);
    connect_to(&s, argv[1]);
    make_senders(&s, senders, accounts);
    fund(&s, &a, senders, accounts);
    struct bytes *signed_ahead = arena_new_n(&a, struct bytes, count);
    for (uint64_t i = 0; i < count; i++)
        signed_ahead[i] =
            transfer(&a, &s, &senders[i % accounts], &senders[(i + 1) % accounts].key.account, 1000000);

    uint64_t start = clock_mono_us(), missing = 0;
    for (uint64_t i = 0; i < count; i++) {
        submit(&s, signed_ahead[i]);
        missing++;
        collect(&s, &missing, 32);
    }
    collect(&s, &missing, 0);
    uint64_t submitted = clock_mono_us();
    wait_for_nonces(&s, senders, accounts);
    uint64_t end = clock_mono_us();
    (void)printf(
        "name=transfers_end_to_end per_second=%llu count=%llu refused=%llu submit_ms=%llu total_ms=%llu\n",
        (unsigned long long)(count * 1000000 / (end - start)), (unsigned long long)count,
        (unsigned long long)s.refused, (unsigned long long)((submitted - start) / 1000),
        (unsigned long long)((end - start) / 1000));
    ws_client_free(s.ws);
    arena_fini(&a);
    return s.refused == 0 ? 0 : 1;
}
