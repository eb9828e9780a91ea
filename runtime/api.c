/* runtime/api.c — the Substrate runtime API: names, and SCALE in and out. */
#include "base/int.h"
#include "chain/chain.h"
#include "codec/metadata.h"
#include "codec/scale.h"
#include "codec/walk.h"
#include "runtime/api_list.h"
#include "runtime/executive.h"
#include "runtime/inherents.h"
#include "runtime/outcome.h"
#include "runtime/state.h"
#include "runtime/system_gen.h"

enum { OUTPUT_MAX = 32 * 1024 * 1024, CALL_LEN_MAX = 5 * 1024 * 1024, BLOCK_EXTRINSICS_MAX = 65536 };
enum { METADATA_STABLE = 14, METADATA_NEWEST = 15 };

/* One entry point: reads its arguments from `r`, writes its answer to `w`. */
typedef FALLIBLE api_function(struct exec *x, struct writer *w, struct reader *r, struct err *e);

/* A whole extrinsic, length prefix included. */
static struct bytes take_extrinsic(struct reader *r)
{
    const uint8_t *start = r->p;
    size_t left = r->left;
    (void)take_compact_bytes(r, EXTRINSIC_LEN_MAX);
    return reader_ok(r) ? bytes_of(start, left - r->left) : BYTES_EMPTY;
}

/* ---- Core ---- */

static FALLIBLE core_version(struct exec *x, struct writer *w, struct reader *r, struct err *e)
{
    (void)x;
    TRY(reader_end(r, "Core_version", e));
    walk_encode(w, &system_type_runtime_version, &system_const_version);
    return ERR_OK;
}

static FALLIBLE core_initialize_block(struct exec *x, struct writer *w, struct reader *r, struct err *e)
{
    struct header *h = arena_new(x->arena, struct header);

    take_header(r, h);
    TRY(reader_end(r, "Core_initialize_block", e));
    TRY(executive_initialize(x, h, e));
    put_u8(w, API_EXTRINSIC_INCLUSION_MODE_ALL_EXTRINSICS);
    return ERR_OK;
}

static FALLIBLE core_execute_block(struct exec *x, struct writer *w, struct reader *r, struct err *e)
{
    (void)w;
    return executive_block(x, take_bytes(r, r->left), e);
}

/* ---- BlockBuilder ---- */

static void put_validity_error(struct writer *w, struct validity v)
{
    put_u8(w, v.kind);
    put_u8(w, v.code); /* no code with a field is given out */
}

static FALLIBLE block_builder_apply_extrinsic(struct exec *x, struct writer *w, struct reader *r,
                                              struct err *e)
{
    struct bytes extrinsic = take_extrinsic(r);
    struct apply_result result;

    TRY(reader_end(r, "BlockBuilder_apply_extrinsic", e));
    TRY(executive_apply(x, &result, extrinsic, e));
    if (result.validity.kind != VALIDITY_OK) {
        put_u8(w, 1);
        put_validity_error(w, result.validity);
        return ERR_OK;
    }
    put_u8(w, 0);
    put_u8(w, dispatch_ok(result.dispatch) ? 0 : 1);
    if (!dispatch_ok(result.dispatch)) {
        struct system_dispatch_error error = outcome_error(result.dispatch);
        walk_encode(w, &system_type_dispatch_error, &error);
    }
    return ERR_OK;
}

static FALLIBLE block_builder_finalize_block(struct exec *x, struct writer *w, struct reader *r,
                                             struct err *e)
{
    struct header *h = arena_new(x->arena, struct header);

    TRY(reader_end(r, "BlockBuilder_finalize_block", e));
    TRY(executive_finalize(x, h, e));
    header_encode(w, h);
    return ERR_OK;
}

static FALLIBLE block_builder_inherent_extrinsics(struct exec *x, struct writer *w, struct reader *r,
                                                  struct err *e)
{
    bool found;
    uint64_t now = inherents_take_time(r, &found);

    TRY(reader_end(r, "BlockBuilder_inherent_extrinsics", e));
    if (!found)
        return FAIL(e, ERR_MALFORMED, "BlockBuilder_inherent_extrinsics: no time");
    put_compact(w, 1);
    inherents_put_time_extrinsic(w, x, now);
    return ERR_OK;
}

static FALLIBLE block_builder_check_inherents(struct exec *x, struct writer *w, struct reader *r,
                                              struct err *e)
{
    struct header *h = arena_new(x->arena, struct header);
    struct bytes first = BYTES_EMPTY;
    bool found;

    take_header(r, h);
    uint32_t count = take_count(r, 1, BLOCK_EXTRINSICS_MAX);
    for (uint32_t i = 0; i < count && reader_ok(r); i++) {
        struct bytes extrinsic = take_extrinsic(r);
        if (i == 0)
            first = extrinsic;
    }
    uint64_t now = inherents_take_time(r, &found);
    TRY(reader_end(r, "BlockBuilder_check_inherents", e));
    if (!found)
        return FAIL(e, ERR_MALFORMED, "BlockBuilder_check_inherents: no time");
    inherents_put_check(w, x, first, now);
    return ERR_OK;
}

/* ---- TaggedTransactionQueue ---- */

static void put_tag(struct writer *w, const struct account_id *who, uint32_t nonce)
{
    put_compact(w, 1); /* tags */
    put_compact(w, sizeof who->b + sizeof nonce);
    put_mem(w, who->b, sizeof who->b);
    put_u32(w, nonce);
}

static void put_valid(struct writer *w, const struct valid_transaction *v)
{
    put_u64(w, v->priority);
    if (v->waits)
        put_tag(w, &v->who, v->nonce - 1);
    else
        put_compact(w, 0);
    put_tag(w, &v->who, v->nonce);
    put_u64(w, v->longevity);
    put_bool(w, true); /* propagate */
}

static FALLIBLE validate_transaction(struct exec *x, struct writer *w, struct reader *r, struct err *e)
{
    uint8_t source = take_u8(r);
    struct bytes extrinsic = take_extrinsic(r);
    struct hash32 parent = take_hash(r);
    struct valid_transaction valid;
    struct validity v;

    if (source > API_TRANSACTION_SOURCE_EXTERNAL)
        reader_fail(r, "unknown source");
    TRY(reader_end(r, "TaggedTransactionQueue_validate_transaction", e));
    TRY(executive_validate(x, &v, &valid, extrinsic, &parent, e));
    put_u8(w, v.kind == VALIDITY_OK ? 0 : 1);
    if (v.kind == VALIDITY_OK)
        put_valid(w, &valid);
    else
        put_validity_error(w, v);
    return ERR_OK;
}

/* ---- Metadata ---- */

static FALLIBLE put_metadata(struct exec *x, struct writer *w, uint32_t version, struct err *e)
{
    struct writer body = writer_in(x->arena, OUTPUT_MAX);

    if (!metadata_encode(&body, x->arena, &chain_registry, (uint8_t)version) || !writer_ok(&body))
        return FAIL(e, ERR_INTERNAL, "metadata %lu cannot be encoded", (unsigned long)version);
    put_compact_bytes(w, writer_bytes(&body));
    return ERR_OK;
}

static FALLIBLE metadata_metadata(struct exec *x, struct writer *w, struct reader *r, struct err *e)
{
    TRY(reader_end(r, "Metadata_metadata", e));
    return put_metadata(x, w, METADATA_STABLE, e);
}

static FALLIBLE metadata_at_version(struct exec *x, struct writer *w, struct reader *r, struct err *e)
{
    uint32_t version = take_u32(r);
    bool known = version >= METADATA_STABLE && version <= METADATA_NEWEST;

    TRY(reader_end(r, "Metadata_metadata_at_version", e));
    put_bool(w, known);
    return known ? put_metadata(x, w, version, e) : ERR_OK;
}

static FALLIBLE metadata_versions(struct exec *x, struct writer *w, struct reader *r, struct err *e)
{
    (void)x;
    TRY(reader_end(r, "Metadata_metadata_versions", e));
    put_compact(w, METADATA_NEWEST - METADATA_STABLE + 1);
    for (uint32_t v = METADATA_STABLE; v <= METADATA_NEWEST; v++)
        put_u32(w, v);
    return ERR_OK;
}

/* ---- AccountNonceApi, TransactionPaymentApi, TransactionPaymentCallApi ---- */

static FALLIBLE account_nonce(struct exec *x, struct writer *w, struct reader *r, struct err *e)
{
    struct account_id who = take_account(r);
    struct system_account_info info;

    TRY(reader_end(r, "AccountNonceApi_account_nonce", e));
    system_account_get(x, &info, &who);
    put_u32(w, info.nonce);
    return ERR_OK;
}

static void put_balance(struct writer *w, struct balance b)
{
    put_u128(w, balance_planck(b));
}

static void put_dispatch_info(struct writer *w, struct exec *x, const struct dispatch_info *info,
                              uint32_t len, bool pays)
{
    struct fee fee = payment_fee(x, info, len);

    put_compact(w, info->weight);
    put_compact(w, 0); /* proof size */
    put_u8(w, (uint8_t)info->class);
    put_balance(w, pays ? payment_fee_total(&fee) : BALANCE_ZERO);
}

static void put_fee_details(struct writer *w, struct exec *x, const struct dispatch_info *info, uint32_t len,
                            bool pays)
{
    struct fee fee = payment_fee(x, info, len);

    put_bool(w, pays);
    if (pays) {
        put_balance(w, fee.base);
        put_balance(w, fee.len);
        put_balance(w, fee.weight);
    }
    put_balance(w, BALANCE_ZERO); /* tip: the SDK reports none here */
}

typedef void put_fee(struct writer *w, struct exec *x, const struct dispatch_info *info, uint32_t len,
                     bool pays);

/* Fee estimates carry dummy signatures: nothing is verified. */
static FALLIBLE query_extrinsic(struct exec *x, struct writer *w, struct reader *r, put_fee *put,
                                struct err *e)
{
    struct bytes extrinsic = take_extrinsic(r);
    uint32_t len = take_u32(r);
    struct extrinsic ex;

    TRY(reader_end(r, "TransactionPaymentApi", e));
    TRY(extrinsic_read(x, &ex, extrinsic, e));
    put(w, x, &ex.info, len, ex.parts.is_signed);
    return ERR_OK;
}

static FALLIBLE query_call(struct exec *x, struct writer *w, struct reader *r, put_fee *put, struct err *e)
{
    struct call call;

    if (r->left < 4)
        return FAIL(e, ERR_MALFORMED, "TransactionPaymentCallApi: %zu bytes", r->left);
    struct bytes encoded = take_bytes(r, r->left - 4);
    uint32_t len = take_u32(r);
    TRY(reader_end(r, "TransactionPaymentCallApi", e));
    TRY(call_decode(x->arena, &call, encoded, &chain_registry, e));
    struct dispatch_info info = calls_info(&call);
    put(w, x, &info, len, true);
    return ERR_OK;
}

static FALLIBLE query_info(struct exec *x, struct writer *w, struct reader *r, struct err *e)
{
    return query_extrinsic(x, w, r, put_dispatch_info, e);
}

static FALLIBLE query_fee_details(struct exec *x, struct writer *w, struct reader *r, struct err *e)
{
    return query_extrinsic(x, w, r, put_fee_details, e);
}

static FALLIBLE query_call_info(struct exec *x, struct writer *w, struct reader *r, struct err *e)
{
    return query_call(x, w, r, put_dispatch_info, e);
}

static FALLIBLE query_call_fee_details(struct exec *x, struct writer *w, struct reader *r, struct err *e)
{
    return query_call(x, w, r, put_fee_details, e);
}

static FALLIBLE query_weight_to_fee(struct exec *x, struct writer *w, struct reader *r, struct err *e)
{
    uint64_t ref_time = take_compact_u64(r);

    (void)x;
    (void)take_compact_u64(r); /* proof size costs nothing */
    TRY(reader_end(r, "query_weight_to_fee", e));
    put_balance(w, payment_weight_to_fee(ref_time));
    return ERR_OK;
}

static FALLIBLE query_length_to_fee(struct exec *x, struct writer *w, struct reader *r, struct err *e)
{
    uint32_t len = take_u32(r);

    (void)x;
    TRY(reader_end(r, "query_length_to_fee", e));
    put_balance(w, payment_length_to_fee(len));
    return ERR_OK;
}

/* ---- the table ---- */

static api_function *const functions[] = {
#define X(name, function) function,
    RUNTIME_API(X)
#undef X
};

const char *const runtime_api_names[] = {
#define X(name, function) #name,
    RUNTIME_API(X)
#undef X
        NULL,
};

FALLIBLE runtime_call(const struct host *host, struct arena *a, struct bytes *out, const char *name,
                      struct bytes input, struct err *e)
{
    for (size_t i = 0; runtime_api_names[i] != NULL; i++) {
        if (strcmp(runtime_api_names[i], name) != 0)
            continue;
        struct exec x = exec_new(host, a);
        struct writer w = writer_in(a, OUTPUT_MAX);
        struct reader r = reader_of(input);
        TRY(functions[i](&x, &w, &r, e));
        ASSERT(writer_ok(&w));
        *out = writer_bytes(&w);
        return ERR_OK;
    }
    return FAIL(e, ERR_NOT_FOUND, "no runtime function %s", name);
}

static FALLIBLE signature_of(struct exec *x, struct runtime_signature_check *out, struct bytes extrinsic,
                             struct err *e)
{
    struct extrinsic ex;

    TRY(extrinsic_read(x, &ex, extrinsic, e));
    if (!ex.parts.is_signed)
        return FAIL(e, ERR_NOT_FOUND, "the extrinsic is not signed");
    struct validity v = validity_signature(x, out, &ex);
    if (v.kind != VALIDITY_OK)
        return FAIL(e, ERR_REJECTED, "signed bytes unknown: validity %u.%u", (unsigned)v.kind,
                    (unsigned)v.code);
    return ERR_OK;
}

FALLIBLE runtime_signature_of(const struct host *host, struct arena *a, struct runtime_signature_check *out,
                              struct bytes extrinsic, struct err *e)
{
    struct exec x = exec_new(host, a);
    x.block = system_number_get(&x);
    return signature_of(&x, out, extrinsic, e);
}

FALLIBLE runtime_signature_ahead(const struct host *host, struct arena *a,
                                 struct runtime_signature_check *out, struct bytes extrinsic,
                                 const struct hash32 *head, struct err *e)
{
    struct exec x = exec_new(host, a);
    executive_look_ahead(&x, head);
    return signature_of(&x, out, extrinsic, e);
}
