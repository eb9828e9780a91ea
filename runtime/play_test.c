#include "runtime/play_test.h"

#include <stdio.h>
#include <stdlib.h>

#include "codec/header.h"
#include "codec/scale.h"
#include "codec/walk.h"
#include "crypto/hash.h"
#include "runtime/balances_gen.h"
#include "runtime/state.h"
#include "runtime/system_gen.h"

#define DEV_BALANCE "\"1152921504606846976\""

const char play_dev_genesis[] =
    "{\"name\":\"Test\",\"id\":\"test\",\"chainType\":\"Development\",\"dev_mode\":true,"
    "\"sudo\":\"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY\","
    "\"author\":\"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY\","
    "\"balances\":["
    "[\"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY\"," DEV_BALANCE "],"
    "[\"5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty\"," DEV_BALANCE "],"
    "[\"5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y\"," DEV_BALANCE "],"
    "[\"5DAAnrj7VHTznn2AWBemMuyBwZWs6FNFjdyVXUeYum3PTXFy\"," DEV_BALANCE "]]}";

static _Noreturn void fail(const char *what, const struct err *e)
{
    (void)fprintf(stderr, "play: %s: %s\n", what, e == NULL ? "" : e->msg);
    abort();
}

void play_init(struct play *p, const char *genesis_json)
{
    struct err e;

    memset(p, 0, sizeof *p);
    p->m = memory_host_new();
    p->host = memory_host_table(p->m);
    arena_init(&p->arena, &arena_heap, SIZE_MAX / 2);
    p->now_ms = 1700000000000;
    if (runtime_build_genesis(&p->host, &p->arena, bytes_of_str(genesis_json), &e) != ERR_OK)
        fail("genesis", &e);
    struct header *h = arena_new(&p->arena, struct header);
    h->state_root = p->host.storage_root(p->host.ctx);
    h->extrinsics_root = p->host.ordered_root(p->host.ctx, &(struct bytes_list){NULL, 0});
    struct writer w = writer_in(&p->arena, 4096);
    header_encode(&w, h);
    p->last_header = writer_bytes(&w);
    blake2_256(p->genesis.b, p->last_header);
    p->head = p->genesis;
    play_check_books(p);
}

void play_fini(struct play *p)
{
    memory_host_free(p->m);
    arena_fini(&p->arena);
}

static bool is_question(const char *name)
{
    static const char *const changing[] = {"Core_initialize_block", "Core_execute_block",
                                           "BlockBuilder_apply_extrinsic", "BlockBuilder_finalize_block"};
    for (size_t i = 0; i < ARRAY_LEN(changing); i++)
        if (strcmp(changing[i], name) == 0)
            return false;
    return true;
}

FALLIBLE play_call(struct play *p, struct bytes *out, const char *name, struct bytes input, struct err *e)
{
    memory_host_mark(p->m);
    enum err_code c = runtime_call(&p->host, &p->arena, out, name, input, e);
    if (c != ERR_OK) {
        memory_host_revert(p->m);
        return c;
    }
    if (memory_host_depth(p->m) != 0)
        fail("open transaction after", &(struct err){.msg = "a runtime call"});
    if (p->observe != NULL)
        p->observe(p->observe_ctx, p, name, input, *out);
    if (is_question(name))
        memory_host_revert(p->m);
    return ERR_OK;
}

static struct bytes must_call(struct play *p, const char *name, struct bytes input)
{
    struct bytes out;
    struct err e;
    if (play_call(p, &out, name, input, &e) != ERR_OK)
        fail(name, &e);
    return out;
}

void play_begin(struct play *p)
{
    struct header *h = arena_new(&p->arena, struct header);
    struct writer w = writer_in(&p->arena, 4096), inherent = writer_in(&p->arena, 64);

    h->parent = p->head;
    h->number = ++p->number;
    h->digest_count = 1;
    h->digest[0] = (struct digest_item){.kind = DIGEST_PRE_RUNTIME, .engine = {'n', 'm', 'b', 's'}};
    h->digest[0].data = arena_dup(&p->arena, bytes_of(&h->number, 4));
    header_encode(&w, h);
    (void)must_call(p, "Core_initialize_block", writer_bytes(&w));
    p->body_count = 0;

    put_compact(&inherent, 1);
    put_text(&inherent, "timstap0");
    put_compact(&inherent, 8);
    put_u64(&inherent, p->now_ms += 6000);
    struct bytes list = must_call(p, "BlockBuilder_inherent_extrinsics", writer_bytes(&inherent));
    struct play_result r = play_apply(p, bytes_from(list, 1));
    if (!r.ok)
        fail("the time was refused", NULL);
}

struct bytes play_end(struct play *p)
{
    p->last_header = must_call(p, "BlockBuilder_finalize_block", BYTES_EMPTY);
    blake2_256(p->head.b, p->last_header);
    play_check_books(p);
    return p->last_header;
}

void play_skip(struct play *p, uint32_t blocks)
{
    for (uint32_t i = 0; i < blocks; i++) {
        play_begin(p);
        (void)play_end(p);
    }
}

struct play_result play_apply(struct play *p, struct bytes extrinsic)
{
    struct play_result r = {.validity = {.kind = VALIDITY_OK}};
    struct bytes out = must_call(p, "BlockBuilder_apply_extrinsic", extrinsic);

    if (out.p[0] == 1) {
        r.validity = (struct validity){.kind = out.p[1], .code = out.p[2]};
        return r;
    }
    if (p->body_count == ARRAY_LEN(p->body))
        fail("too many extrinsics in a block", NULL);
    p->body[p->body_count++] = extrinsic;
    r.ok = out.p[1] == 0;
    if (!r.ok)
        r.error = bytes_from(out, 2);
    return r;
}

struct play_result play_validate(struct play *p, struct bytes extrinsic)
{
    struct play_result r = {.validity = {.kind = VALIDITY_OK}};
    struct writer w = writer_in(&p->arena, extrinsic.len + 64);

    put_u8(&w, 2); /* External */
    put_bytes(&w, extrinsic);
    put_mem(&w, p->head.b, sizeof p->head.b);
    struct bytes out = must_call(p, "TaggedTransactionQueue_validate_transaction", writer_bytes(&w));
    if (out.p[0] == 1)
        r.validity = (struct validity){.kind = out.p[1], .code = out.p[2]};
    r.ok = out.p[0] == 0;
    r.error = out; /* the whole answer */
    return r;
}

bool play_is_module_error(struct play_result r, uint8_t pallet, uint8_t code)
{
    return r.validity.kind == VALIDITY_OK && !r.ok && r.error.len == 6 && r.error.p[0] == DISPATCH_MODULE &&
           r.error.p[1] == pallet && r.error.p[2] == code && r.error.p[3] == 0 && r.error.p[4] == 0 &&
           r.error.p[5] == 0;
}

/* ---- extrinsics ---- */

struct keypair play_key(const char *uri, enum signature_kind kind)
{
    struct keypair k;
    struct err e;
    if (keypair_from_uri(&k, kind, bytes_of_str(uri), &e) != ERR_OK)
        fail(uri, &e);
    return k;
}

struct account_id play_account(const char *uri)
{
    return play_key(uri, SIGNATURE_SR25519).account;
}

struct bytes play_sign(struct play *p, const struct keypair *key, struct bytes call,
                       const struct play_signing *s)
{
    struct extrinsic_parts parts = {
        .format = 4,
        .is_signed = true,
        .address = play_address(&key->account),
        .key_kind = (enum extrinsic_key_kind)key->kind,
        .extra = {.era = s->era, .nonce = s->nonce, .tip = balance_of(s->tip)},
        .call = call,
    };
    struct extrinsic_implicit implicit = {
        .spec_version = RUNTIME_SPEC_VERSION,
        .transaction_version = RUNTIME_TRANSACTION_VERSION,
        .genesis = p->genesis,
        .birth = s->birth_opt == NULL ? p->genesis : *s->birth_opt,
    };
    struct writer extra = writer_in(&p->arena, 64), payload = writer_in(&p->arena, call.len + 256);
    struct writer w = writer_in(&p->arena, call.len + 256);
    uint8_t sig[SIGNATURE_MAX_LEN];
    struct hash32 h;

    put_extrinsic_extra(&extra, &parts.extra);
    extrinsic_signing_payload(&payload, call, writer_bytes(&extra), &implicit);
    struct bytes msg = writer_bytes(&payload);
    if (msg.len > EXTRINSIC_PAYLOAD_HASHED_OVER) {
        blake2_256(h.b, msg);
        msg = bytes_of(h.b, sizeof h.b);
    }
    parts.signature = bytes_of(sig, keypair_sign(key, sig, msg));
    extrinsic_encode(&w, &parts);
    if (!writer_ok(&w))
        fail("extrinsic cannot be encoded", NULL);
    return writer_bytes(&w);
}

struct bytes play_extrinsic(struct play *p, const struct keypair *key, struct bytes call)
{
    return play_sign(p, key, call, &(struct play_signing){.nonce = play_info(p, &key->account).nonce});
}

struct play_result play_do(struct play *p, const struct keypair *key, struct bytes call)
{
    return play_apply(p, play_extrinsic(p, key, call));
}

struct bytes play_encode(struct play *p, const struct call *call)
{
    struct writer w = writer_in(&p->arena, EXTRINSIC_LEN_MAX);
    call_encode(&w, call);
    if (!writer_ok(&w))
        fail("call cannot be encoded", NULL);
    return writer_bytes(&w);
}

struct call play_nested(struct play *p, struct bytes call)
{
    struct call out;
    struct err e;
    if (call_decode(&p->arena, &out, call, &chain_registry, &e) != ERR_OK)
        fail("nested call", &e);
    return out;
}

struct multi_address play_address(const struct account_id *who)
{
    return (struct multi_address){.tag = MULTI_ADDRESS_ID, .u = {.id = *who}};
}

/* ---- looking ---- */

struct system_account_info play_info(struct play *p, const struct account_id *who)
{
    struct exec x = exec_new(&p->host, &p->arena);
    struct system_account_info info;
    system_account_get(&x, &info, who);
    return info;
}

static const struct pallet_desc *event_pallet(uint8_t index)
{
    const struct pallet_desc *p = registry_pallet(&chain_registry, index);
    if (p == NULL)
        fail("event of an unknown pallet", NULL);
    return p;
}

const char *play_events(struct play *p, uint32_t index)
{
    struct exec x = exec_new(&p->host, &p->arena);
    struct writer w = writer_in(&p->arena, 1 << 20);
    struct bytes raw;

    if (!state_get(&x, &raw, bytes_of(system_storage_events.prefix, STORAGE_PREFIX_LEN)))
        return "";
    struct reader r = reader_of(raw);
    uint32_t count = take_count(&r, 3, UINT32_MAX);
    if (count != system_event_count_get(&x))
        fail("EventCount is not the number of events", NULL);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t phase = take_u8(&r);
        uint32_t at = phase == PHASE_APPLY_EXTRINSIC ? take_u32(&r) : UINT32_MAX;
        const struct pallet_desc *pallet = event_pallet(take_u8(&r));
        uint8_t event = take_u8(&r);
        for (uint16_t k = 0; k < pallet->event_count; k++) {
            if (pallet->events[k].index != event)
                continue;
            walk_skip(&r, pallet->event_types[k], &chain_registry);
            if (at == index)
                put_fmt(&w, "%s%s.%s", w.len == 0 ? "" : "\n", pallet->name, pallet->events[k].name);
        }
        (void)take_count(&r, 32, 0); /* topics */
    }
    struct err e;
    if (reader_end(&r, "events", &e) != ERR_OK)
        fail("System.Events", &e);
    return arena_str(&p->arena, writer_bytes(&w));
}

/* D6-1 of the specification, and the keys of a block under construction. */
void play_check_books(struct play *p)
{
    struct exec x = exec_new(&p->host, &p->arena);
    struct balance sum = BALANCE_ZERO;
    struct bytes key, value;
    struct err e;

    for (size_t i = 0; memory_host_at(p->m, i, &key, &value); i++) {
        if (bytes_starts_with(key, BYTES_LIT(":wetee:events")) || bytes_eq(key, STATE_EXTRINSIC_INDEX) ||
            bytes_starts_with(key, bytes_of(system_storage_extrinsic_data.prefix, STORAGE_PREFIX_LEN)))
            fail("a key of the block under construction was left", NULL);
        if (!bytes_starts_with(key, bytes_of(system_storage_account.prefix, STORAGE_PREFIX_LEN)))
            continue;
        struct system_account_info info;
        if (walk_decode_all(&p->arena, &info, value, &system_type_account_info, NULL, "account", &e) !=
            ERR_OK)
            fail("account", &e);
        if (!balance_add(&sum, sum, info.data.free) || !balance_add(&sum, sum, info.data.reserved))
            fail("balances over 2^128", NULL);
        if (info.providers == 0 || (balance_cmp(info.data.free, BALANCES_EXISTENTIAL_DEPOSIT) < 0) ||
            (!balance_is_zero(info.data.reserved) && info.consumers == 0))
            fail("an account that should not be", NULL);
    }
    if (balance_cmp(sum, balances_total_issuance_get(&x)) != 0)
        fail("TotalIssuance is not the sum of the balances", NULL);
}
