#include "runtime/executive.h"

#include "chain/chain.h"
#include "chain/system.h"
#include "chain/timestamp.h"
#include "codec/scale.h"
#include "codec/walk.h"
#include "runtime/account.h"
#include "runtime/block_limits.h"
#include "runtime/hooks.h"
#include "runtime/outcome.h"
#include "runtime/state.h"
#include "runtime/system_gen.h"
#include "runtime/timestamp_gen.h"

enum { DIGEST_ENCODED_MAX = 64 * 1024, BLOCK_EXTRINSICS_MAX = 65536, EXTRINSIC_LEN_MIN = 4 };

static bool digest_item_eq(const struct digest_item *a, const struct digest_item *b)
{
    return a->kind == b->kind && memcmp(a->engine, b->engine, sizeof a->engine) == 0 &&
           bytes_eq(a->data, b->data);
}

/* ---- initialisation ---- */

/* As frame-executive, keeps the pre-runtime items: the others are the runtime's own or added after it. */
static FALLIBLE record_digest(struct exec *x, const struct header *header, struct err *e)
{
    struct writer w = writer_in(x->arena, DIGEST_ENCODED_MAX);
    struct system_digest digest;
    uint32_t count = 0;

    for (uint32_t i = 0; i < header->digest_count; i++)
        count += header->digest[i].kind == DIGEST_PRE_RUNTIME;
    put_compact(&w, count);
    for (uint32_t i = 0; i < header->digest_count; i++)
        if (header->digest[i].kind == DIGEST_PRE_RUNTIME)
            put_digest_item(&w, &header->digest[i]);
    if (!writer_ok(&w))
        return FAIL(e, ERR_REJECTED, "digest over %d bytes", (int)DIGEST_ENCODED_MAX);
    if (walk_decode_all(x->arena, &digest, writer_bytes(&w), &system_type_digest, &chain_registry, "digest",
                        e) != ERR_OK)
        return FAIL(e, ERR_REJECTED, "digest over its bounds");
    system_digest_put(x, &digest);
    return ERR_OK;
}

/* Keeps the BlockHashCount newest hashes and that of block 0, on which immortal transactions depend. */
static void prune_block_hash(struct exec *x)
{
    if (x->block > SYSTEM_BLOCK_HASH_COUNT + 1)
        system_block_hash_del(x, x->block - SYSTEM_BLOCK_HASH_COUNT - 1);
}

static void record_upgrade(struct exec *x)
{
    struct system_last_runtime_upgrade_info last;
    if (system_last_runtime_upgrade_get(x, &last) && last.spec_version >= RUNTIME_SPEC_VERSION)
        return;
    const struct system_runtime_version *v = &system_const_version;
    system_last_runtime_upgrade_put(x, &(struct system_last_runtime_upgrade_info){
                                           .spec_version = v->spec_version, .spec_name = v->spec_name});
}

FALLIBLE executive_initialize(struct exec *x, const struct header *header, struct err *e)
{
    uint32_t parent = system_number_get(x);

    if (header->number == 0 || header->number - 1 != parent)
        return FAIL(e, ERR_REJECTED, "block %lu does not follow %lu", (unsigned long)header->number,
                    (unsigned long)parent);
    x->block = header->number;
    x->phase = PHASE_INITIALIZATION;
    state_clear(x, bytes_of(system_storage_events.prefix, STORAGE_PREFIX_LEN));
    system_event_count_del(x);
    state_set_extrinsic_index(x, 0);
    system_number_put(x, x->block);
    TRY(record_digest(x, header, e));
    system_parent_hash_put(x, &header->parent);
    system_block_hash_put(x, x->block - 1, &header->parent);
    limits_reset(x);
    record_upgrade(x);
    limits_add_hooks(x, hooks_weight(x));
    worker_on_initialize(x);
    state_flush_events(x, 0);
    return ERR_OK;
}

/* ---- extrinsics ---- */

static void emit_result(struct exec *x, const struct extrinsic *ex, struct dispatch d, bool pays)
{
    struct system_dispatch_event_info info = {
        .weight = {.ref_time = ex->info.weight + limits_base_weight(ex->info.class)},
        .class = (enum system_dispatch_class)ex->info.class,
        .pays_fee = pays ? SYSTEM_PAYS_YES : SYSTEM_PAYS_NO,
    };
    if (dispatch_ok(d))
        system_emit_extrinsic_success(x, &(struct system_extrinsic_success_event){.dispatch_info = info});
    else
        system_emit_extrinsic_failed(x, &(struct system_extrinsic_failed_event){
                                            .dispatch_error = outcome_error(d), .dispatch_info = info});
}

static struct validity apply_signed(struct exec *x, struct dispatch *out, bool *pays,
                                    const struct extrinsic *ex)
{
    const struct extrinsic_parts *p = &ex->parts;
    struct balance fee;

    VALIDITY_TRY(validity_prepare(x, &fee, ex));
    struct origin origin = {.kind = ORIGIN_SIGNED, .who = p->address.u.id};
    *out = exec_dispatch(x, &origin, &ex->call);
    *pays = !dispatch_ok(*out) || !x->fee_waived;
    if (!*pays) {
        payment_return(x, &origin.who, fee);
        fee = BALANCE_ZERO;
    }
    payment_settle(x, &origin.who, fee, p->extra.tip);
    return (struct validity){.kind = VALIDITY_OK};
}

/* An inherent that fails makes the block invalid, so it must leave nothing behind. */
static struct validity apply_bare(struct exec *x, struct dispatch *out, const struct extrinsic *ex)
{
    struct exec_layer layer = exec_layer_begin(x);
    struct balance fee;
    struct validity v = validity_prepare(x, &fee, ex);

    if (v.kind == VALIDITY_OK) {
        *out = exec_dispatch(x, &(struct origin){.kind = ORIGIN_NONE}, &ex->call);
        if (!dispatch_ok(*out))
            v = (struct validity){.kind = VALIDITY_INVALID, .code = INVALID_BAD_MANDATORY};
    }
    exec_layer_end(x, &layer, v.kind == VALIDITY_OK);
    return v;
}

FALLIBLE executive_apply(struct exec *x, struct apply_result *out, struct bytes extrinsic, struct err *e)
{
    struct apply_result r = {.dispatch = DISPATCH_OK};
    struct extrinsic ex;
    bool pays = false;

    if (!state_extrinsic_index(x, &x->extrinsic_index))
        return FAIL(e, ERR_REJECTED, "no block is being built");
    x->block = system_number_get(x);
    x->phase = PHASE_APPLY_EXTRINSIC;
    x->block_events = system_event_count_get(x);
    TRY(extrinsic_read(x, &ex, extrinsic, e));
    r.validity =
        ex.parts.is_signed ? apply_signed(x, &r.dispatch, &pays, &ex) : apply_bare(x, &r.dispatch, &ex);
    if (r.validity.kind == VALIDITY_OK) {
        emit_result(x, &ex, r.dispatch, pays);
        system_extrinsic_data_put(x, x->extrinsic_index, ex.encoded);
        state_set_extrinsic_index(x, x->extrinsic_index + 1);
        state_flush_events(x, x->extrinsic_index + 1);
    }
    *out = r;
    return ERR_OK;
}

/* ---- finalisation ---- */

static struct hash32 extrinsics_root(struct exec *x, uint32_t count)
{
    struct bytes *items = arena_new_n(x->arena, struct bytes, count == 0 ? 1 : count);

    for (uint32_t i = 0; i < count; i++) {
        items[i] = system_extrinsic_data_get(x, i);
        system_extrinsic_data_del(x, i);
    }
    return x->host->ordered_root(x->host->ctx, &(struct bytes_list){.v = items, .count = count});
}

static void header_digest(struct exec *x, struct header *out)
{
    struct bytes raw;
    struct reader r;

    out->digest_count = 0;
    if (!state_get(x, &raw, bytes_of(system_storage_digest.prefix, STORAGE_PREFIX_LEN)))
        return;
    r = reader_of(raw);
    uint32_t n = take_count(&r, 1, HEADER_DIGEST_MAX);
    for (uint32_t i = 0; i < n; i++)
        out->digest[i] = take_digest_item(&r);
    if (reader_ok(&r)) /* record_digest wrote it in this block, but root may have written over it */
        out->digest_count = n;
}

FALLIBLE executive_finalize(struct exec *x, struct header *out, struct err *e)
{
    uint32_t count;

    if (!state_extrinsic_index(x, &count))
        return FAIL(e, ERR_REJECTED, "no block is being built");
    if (!timestamp_did_update_get(x))
        return FAIL(e, ERR_REJECTED, "the time of the block was not set");
    x->block = system_number_get(x);
    x->phase = PHASE_FINALIZATION;
    timestamp_did_update_del(x);
    state_clear(x, STATE_EXTRINSIC_INDEX);
    system_all_extrinsics_len_del(x);
    prune_block_hash(x);
    state_join_events(x, count + 1);

    out->number = x->block;
    system_parent_hash_get(x, &out->parent);
    out->extrinsics_root = extrinsics_root(x, count);
    header_digest(x, out);
    out->state_root = x->host->storage_root(x->host->ctx);
    return ERR_OK;
}

/* ---- whole blocks ---- */

/* The next whole extrinsic of `r`: its length prefix and what it announces. */
static struct bytes take_extrinsic(struct reader *r)
{
    const uint8_t *start = r->p;
    size_t left = r->left;
    (void)take_compact_bytes(r, EXTRINSIC_LEN_MAX);
    return reader_ok(r) ? bytes_of(start, left - r->left) : BYTES_EMPTY;
}

/* In an arena of its own: what an extrinsic may take must not depend on how those before it left the memory,
 * or a block could be built that cannot be executed. */
static FALLIBLE apply_in_block(struct exec *x, uint32_t i, struct bytes extrinsic, struct err *e)
{
    struct arena memory;
    struct apply_result r;

    arena_init(&memory, x->arena->source, x->arena->limit);
    struct exec step = exec_new(x->host, &memory);
    enum err_code rc = executive_apply(&step, &r, extrinsic, e);
    arena_fini(&memory);
    if (rc != ERR_OK)
        return err_wrap(e, "extrinsic %lu", (unsigned long)i);
    if (r.validity.kind != VALIDITY_OK)
        return FAIL(e, ERR_REJECTED, "extrinsic %lu is not applicable: %s %u", (unsigned long)i,
                    r.validity.kind == VALIDITY_INVALID ? "invalid" : "unknown", (unsigned)r.validity.code);
    return ERR_OK;
}

static FALLIBLE check_outcome(const struct header *said, const struct header *got, struct err *e)
{
    if (!hash32_eq(&said->extrinsics_root, &got->extrinsics_root))
        return FAIL(e, ERR_REJECTED, "extrinsics root differs");
    if (said->digest_count != got->digest_count)
        return FAIL(e, ERR_REJECTED, "digest of %lu items, %lu expected", (unsigned long)said->digest_count,
                    (unsigned long)got->digest_count);
    for (uint32_t i = 0; i < got->digest_count; i++)
        if (!digest_item_eq(&said->digest[i], &got->digest[i]))
            return FAIL(e, ERR_REJECTED, "digest item %lu differs", (unsigned long)i);
    if (!hash32_eq(&said->state_root, &got->state_root))
        return FAIL(e, ERR_REJECTED, "state root differs");
    return ERR_OK;
}

FALLIBLE executive_block(struct exec *x, struct bytes block, struct err *e)
{
    struct header *said = arena_new(x->arena, struct header);
    struct header *got = arena_new(x->arena, struct header);
    struct reader r = reader_of(block);

    take_header(&r, said);
    uint32_t count = take_count(&r, EXTRINSIC_LEN_MIN, BLOCK_EXTRINSICS_MAX);
    TRY(reader_check(&r, "block", e));
    TRY(executive_initialize(x, said, e));
    for (uint32_t i = 0; i < count; i++) {
        struct bytes extrinsic = take_extrinsic(&r);
        TRY(reader_check(&r, "block", e));
        TRY(apply_in_block(x, i, extrinsic, e));
    }
    TRY(reader_end(&r, "block", e));
    struct exec last = exec_new(x->host, x->arena);
    TRY(executive_finalize(&last, got, e));
    return check_outcome(said, got, e);
}

/* ---- the pool ---- */

void executive_look_ahead(struct exec *x, const struct hash32 *parent)
{
    x->block = system_number_get(x) + 1;
    x->virtual_parent = true;
    x->parent = *parent;
}

FALLIBLE executive_validate(struct exec *x, struct validity *out, struct valid_transaction *valid,
                            struct bytes extrinsic, const struct hash32 *parent, struct err *e)
{
    struct extrinsic ex;

    executive_look_ahead(x, parent);
    TRY(extrinsic_read(x, &ex, extrinsic, e));
    *out = validity_check(x, valid, &ex);
    return ERR_OK;
}
