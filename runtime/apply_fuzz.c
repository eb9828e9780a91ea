/* runtime/apply_fuzz.c — arbitrary bytes as an extrinsic: validated and applied, they never crash the
 * runtime, and what is refused leaves no trace. The first byte chooses: raw bytes, or a call signed by an
 * account that can pay. */
#include "runtime/play_test.h"

struct changes {
    size_t count;
};

static void count_change(void *ctx, struct bytes key, const struct bytes *value_opt)
{
    (void)key;
    (void)value_opt;
    ((struct changes *)ctx)->count++;
}

static size_t changes_of(const struct memory_host *m)
{
    struct changes c = {0};
    memory_host_changes(m, count_change, &c);
    return c.count;
}

static bool accept_all(void *ctx, enum host_signature_kind kind, struct bytes sig, struct bytes msg,
                       const struct account_id *who)
{
    (void)ctx;
    (void)kind;
    (void)sig;
    (void)msg;
    (void)who;
    return true;
}

/* Wraps the bytes as the call of an extrinsic of Alice, who is also root's key. */
static struct bytes as_call(struct play *p, struct bytes call, const struct account_id *alice)
{
    static const uint8_t zeros[64];
    struct extrinsic_parts parts = {
        .format = 4,
        .is_signed = true,
        .address = play_address(alice),
        .key_kind = EXTRINSIC_KEY_SR25519,
        .signature = bytes_of(zeros, sizeof zeros),
        .call = call,
    };
    struct writer w = writer_in(&p->arena, EXTRINSIC_LEN_MAX);
    extrinsic_encode(&w, &parts);
    return writer_bytes(&w);
}

static void try_one(struct play *p, const char *name, struct bytes input, bool may_change)
{
    struct bytes out;
    struct err e;

    memory_host_mark(p->m);
    enum err_code c = runtime_call(&p->host, &p->arena, &out, name, input, &e);
    ASSERT(memory_host_depth(p->m) == 0);
    bool refused = c != ERR_OK || (out.len > 0 && out.p[0] == 1);
    if (refused || !may_change)
        ASSERT(changes_of(p->m) == 0);
    memory_host_revert(p->m);
}

/* One chain serves all inputs, in the middle of a block: each input's changes are taken back. */
struct bench {
    struct play p;
    struct account_id alice;
    bool open;
};

static struct bench *bench(void)
{
    static struct bench b;

    if (!b.open) {
        play_init(&b.p, play_dev_genesis);
        b.p.host.verify_signature = accept_all;
        b.alice = play_account("//Alice");
        play_begin(&b.p);
        b.open = true;
    }
    return &b;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bench *b = bench();
    struct play *p = &b->p;
    struct arena_mark mark = arena_mark(&p->arena);

    if (len < 1 || len > 64 * 1024)
        return 0;
    struct bytes in = bytes_of(data + 1, len - 1);
    struct bytes extrinsic = (data[0] & 1) != 0 ? as_call(p, in, &b->alice) : in;
    struct writer w = writer_in(&p->arena, extrinsic.len + 64);
    put_u8(&w, 2);
    put_bytes(&w, extrinsic);
    put_mem(&w, p->head.b, sizeof p->head.b);
    try_one(p, "TaggedTransactionQueue_validate_transaction", writer_bytes(&w), false);
    try_one(p, "BlockBuilder_apply_extrinsic", extrinsic, true);
    arena_rewind(&p->arena, mark);
    return 0;
}
