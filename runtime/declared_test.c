#include "runtime/declared_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "chain/system.h"
#include "codec/walk.h"

/* ---- counting ---- */

static void note(uint64_t *set, uint32_t *count, struct bytes key)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
    for (size_t i = 0; i < key.len; i++)
        h = (h ^ key.p[i]) * 0x100000001b3u;
    h |= 1;
    for (size_t i = h % 8192;; i = (i + 1) % 8192) {
        if (set[i] == h)
            return;
        if (set[i] != 0)
            continue;
        set[i] = h;
        assert_true(++*count < 8000);
        return;
    }
}

static bool count_get(void *ctx, struct arena *a, struct bytes *out, struct bytes key)
{
    struct access_count *c = ctx;
    if (c->on)
        note(c->read, &c->reads, key);
    return c->inner.storage_get(c->inner.ctx, a, out, key);
}

static void count_set(void *ctx, struct bytes key, struct bytes value)
{
    struct access_count *c = ctx;
    if (c->on)
        note(c->written, &c->writes, key);
    c->inner.storage_set(c->inner.ctx, key, value);
}

static void count_clear(void *ctx, struct bytes key)
{
    struct access_count *c = ctx;
    if (c->on)
        note(c->written, &c->writes, key);
    c->inner.storage_clear(c->inner.ctx, key);
}

static bool pass_next_key(void *ctx, struct arena *a, struct bytes *out, struct bytes key)
{
    struct access_count *c = ctx;
    if (c->on)
        note(c->read, &c->reads, key);
    return c->inner.storage_next_key(c->inner.ctx, a, out, key);
}

static void pass_start(void *ctx)
{
    struct access_count *c = ctx;
    c->inner.transaction_start(c->inner.ctx);
}

static void pass_commit(void *ctx)
{
    struct access_count *c = ctx;
    c->inner.transaction_commit(c->inner.ctx);
}

static void pass_rollback(void *ctx)
{
    struct access_count *c = ctx;
    c->inner.transaction_rollback(c->inner.ctx);
}

static void pass_blake2_256(void *ctx, uint8_t out[32], struct bytes in)
{
    struct access_count *c = ctx;
    c->inner.blake2_256(c->inner.ctx, out, in);
}

static void pass_blake2_128(void *ctx, uint8_t out[16], struct bytes in)
{
    struct access_count *c = ctx;
    c->inner.blake2_128(c->inner.ctx, out, in);
}

static void pass_twox_64(void *ctx, uint8_t out[8], struct bytes in)
{
    struct access_count *c = ctx;
    c->inner.twox_64(c->inner.ctx, out, in);
}

static void pass_twox_128(void *ctx, uint8_t out[16], struct bytes in)
{
    struct access_count *c = ctx;
    c->inner.twox_128(c->inner.ctx, out, in);
}

static bool pass_verify(void *ctx, enum host_signature_kind kind, struct bytes sig, struct bytes msg,
                        const struct account_id *who)
{
    struct access_count *c = ctx;
    return c->inner.verify_signature(c->inner.ctx, kind, sig, msg, who);
}

static void pass_log(void *ctx, struct bytes text)
{
    struct access_count *c = ctx;
    c->inner.log(c->inner.ctx, text);
}

struct host access_count_host(struct access_count *c, const struct host *inner)
{
    *c = (struct access_count){.inner = *inner};
    return (struct host){
        .ctx = c,
        .storage_get = count_get,
        .storage_set = count_set,
        .storage_clear = count_clear,
        .storage_next_key = pass_next_key,
        .transaction_start = pass_start,
        .transaction_commit = pass_commit,
        .transaction_rollback = pass_rollback,
        .blake2_256 = pass_blake2_256,
        .blake2_128 = pass_blake2_128,
        .twox_64 = pass_twox_64,
        .twox_128 = pass_twox_128,
        .verify_signature = pass_verify,
        .log = pass_log,
    };
}

void access_count_stop(struct access_count *c)
{
    c->on = false;
}

void access_count_start(struct access_count *c)
{
    if (c->reads > 0)
        memset(c->read, 0, sizeof c->read);
    if (c->writes > 0)
        memset(c->written, 0, sizeof c->written);
    c->reads = c->writes = 0;
    c->on = true;
}

/* ---- declarations ---- */

static char *text_of(const char *name)
{
    char path[512];
    const char *genesis = WETEE_DEV_GENESIS; /* beside the declarations */
    (void)snprintf(path, sizeof path, "%.*s/%s", (int)(strrchr(genesis, '/') - genesis), genesis, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 20) - 1, f) > 0);
    (void)fclose(f);
    return text;
}

struct declared *declared_new(void)
{
    struct declared *d = calloc(1, sizeof *d);
    assert_non_null(d);
    d->text[0] = text_of("worker.idl");
    d->text[1] = text_of("app.idl");
    return d;
}

void declared_free(struct declared *d)
{
    free(d->text[0]);
    free(d->text[1]);
    free(d);
}

/* Whether the `fails` line of the call has the word. */
static bool may_fail_with(const struct declared *d, const struct call *call, const char *error)
{
    char head[128];
    const char *text = d->text[strcmp(call->pallet->module, "app") == 0];
    size_t len = strlen(error);

    (void)snprintf(head, sizeof head, "\ncall %u %s(", call->desc->index, call->desc->name);
    const char *from = strstr(text, head);
    assert_non_null(from);
    const char *end = strstr(from + 1, "\ncall "), *fails = strstr(from, "\n  fails ");
    if (fails == NULL || (end != NULL && fails > end))
        return false;
    const char *stop = strchr(fails + 1, '\n');
    for (const char *p = strstr(fails, error); p != NULL && p < stop; p = strstr(p + 1, error)) {
        if (p[-1] == ' ' && (p[len] == ',' || p[len] == '\n'))
            return true;
    }
    return false;
}

static struct seen *seen_of(struct declared *d, const struct call *call)
{
    for (uint32_t i = 0; i < d->count; i++) {
        if (d->calls[i].call == call->desc)
            return &d->calls[i];
    }
    assert_true(d->count < ARRAY_LEN(d->calls));
    d->calls[d->count] = (struct seen){.pallet = call->pallet, .call = call->desc};
    return &d->calls[d->count++];
}

static const char *error_name(const struct pallet_desc *p, uint8_t index)
{
    for (uint16_t i = 0; i < p->error_count; i++) {
        if (p->errors[i].index == index)
            return p->errors[i].name;
    }
    fail_msg("an error that is not declared");
    return "";
}

void declared_check(struct declared *d, const struct call *call, struct dispatch outcome,
                    const struct access_count *c)
{
    const struct system_runtime_db_weight *db = &system_const_db_weight;
    struct seen *s = seen_of(d, call);
    struct writer w = writer_counting();

    call_encode(&w, call);
    uint64_t has = call->desc->weight + w.len * call->desc->weight_per_byte;
    uint64_t needs = c->reads * db->read + c->writes * db->write;
    if (s->has == 0 || (u128)needs * s->has > (u128)s->needs * has) {
        s->reads = c->reads;
        s->writes = c->writes;
        s->needs = needs;
        s->has = has;
    }
    if (needs > has && getenv("WETEE_WEIGHTS_PRINT") == NULL)
        fail_msg("%s.%s weighs %llu but reads %u and writes %u keys: %llu", call->pallet->name,
                 call->desc->name, (unsigned long long)has, c->reads, c->writes, (unsigned long long)needs);
    if (outcome.kind != DISPATCH_MODULE)
        return;
    assert_int_equal(outcome.module,
                     call->pallet->index); /* no module's error leaves through another's call */
    const char *name = error_name(call->pallet, outcome.code);
    if (!may_fail_with(d, call, name))
        fail_msg("%s.%s failed with %s, which its declaration does not name", call->pallet->name,
                 call->desc->name, name);
    s->errors[outcome.code] = true;
}

void declared_print(const struct declared *d)
{
    for (uint32_t i = 0; i < d->count; i++) {
        const struct seen *s = &d->calls[i];
        print_message("%s.%s: %u reads, %u writes: %llu of %llu\n", s->pallet->module, s->call->name,
                      s->reads, s->writes, (unsigned long long)s->needs, (unsigned long long)s->has);
    }
}

bool declared_returned(const struct declared *d, const struct pallet_desc *pallet, uint8_t error)
{
    for (uint32_t i = 0; i < d->count; i++) {
        if (d->calls[i].pallet == pallet && d->calls[i].errors[error])
            return true;
    }
    return false;
}
