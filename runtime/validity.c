#include "runtime/validity.h"

#include "base/int.h"
#include "chain/chain.h"
#include "codec/walk.h"
#include "runtime/account.h"
#include "runtime/block_limits.h"
#include "runtime/evidence.h"

#define INVALID(c) ((struct validity){.kind = VALIDITY_INVALID, .code = (c)})
#define UNKNOWN(c) ((struct validity){.kind = VALIDITY_UNKNOWN, .code = (c)})
#define VALID ((struct validity){.kind = VALIDITY_OK})

enum { IMPLICIT_LEN_MAX = 4 + 4 + 32 + 32 + 33 };

FALLIBLE extrinsic_read(struct exec *x, struct extrinsic *out, struct bytes in, struct err *e)
{
    struct extrinsic ex = {.encoded = in, .len = (uint32_t)in.len};

    TRY(extrinsic_decode(&ex.parts, in, e)); /* bounds in.len */
    TRY(call_decode(x->arena, &ex.call, ex.parts.call, &chain_registry, e));
    ex.info = calls_info(&ex.call);
    *out = ex;
    return ERR_OK;
}

static enum host_signature_kind host_kind(enum extrinsic_key_kind kind)
{
    switch (kind) {
    case EXTRINSIC_KEY_ED25519:
        return HOST_SIGNATURE_ED25519;
    case EXTRINSIC_KEY_SR25519:
        return HOST_SIGNATURE_SR25519;
    case EXTRINSIC_KEY_ECDSA:
        return HOST_SIGNATURE_ECDSA;
    }
    UNREACHABLE();
}

/* The hash of the block the era begins in; frame-system says AncientBirthBlock when it is not known. */
static bool birth_hash(struct exec *x, struct hash32 *out, struct era era)
{
    uint64_t birth = era_birth(era, x->block);
    return birth <= UINT32_MAX && exec_block_hash(x, out, (uint32_t)birth);
}

struct validity validity_signature(struct exec *x, struct runtime_signature_check *out,
                                   const struct extrinsic *ex)
{
    const struct extrinsic_parts *p = &ex->parts;
    struct extrinsic_implicit implicit = {
        .spec_version = RUNTIME_SPEC_VERSION,
        .transaction_version = RUNTIME_TRANSACTION_VERSION,
        .genesis = exec_genesis_hash(x),
    };

    if (p->address.tag != MULTI_ADDRESS_ID)
        return UNKNOWN(UNKNOWN_CANNOT_LOOKUP);
    if (!birth_hash(x, &implicit.birth, p->extra.era))
        return INVALID(INVALID_ANCIENT_BIRTH_BLOCK);
    if (p->extra.metadata_hash) /* this runtime does not know the hash of its metadata */
        return UNKNOWN(UNKNOWN_CANNOT_LOOKUP);

    struct writer w = writer_in(x->arena, p->call.len + p->extra_raw.len + IMPLICIT_LEN_MAX);
    extrinsic_signing_payload(&w, p->call, p->extra_raw, &implicit);
    ASSERT(writer_ok(&w));
    struct bytes msg = writer_bytes(&w);
    if (msg.len > EXTRINSIC_PAYLOAD_HASHED_OVER) {
        struct hash32 h = exec_blake2_256(x, msg);
        msg = arena_dup(x->arena, BYTES_OF(h));
    }
    *out = (struct runtime_signature_check){
        .kind = host_kind(p->key_kind), .sig = p->signature, .msg = msg, .who = p->address.u.id};
    return VALID;
}

static struct validity check_signature(struct exec *x, const struct extrinsic *ex)
{
    struct runtime_signature_check c;
    VALIDITY_TRY(validity_signature(x, &c, ex));
    if (!x->host->verify_signature(x->host->ctx, c.kind, c.sig, c.msg, &c.who))
        return INVALID(INVALID_BAD_PROOF);
    return VALID;
}

static struct balance fee_of(struct exec *x, const struct extrinsic *ex)
{
    struct fee fee = payment_fee(x, &ex->info, ex->len);
    return payment_fee_total(&fee);
}

/* CheckNonZeroSender, CheckNonce, CheckWeight and ChargeTransactionPayment, without writing. */
static struct validity check_extensions(struct exec *x, struct valid_transaction *out,
                                        const struct extrinsic *ex)
{
    static const struct account_id zero = {0};
    const struct extrinsic_extra *extra = &ex->parts.extra;
    const struct account_id *who = &ex->parts.address.u.id;
    struct system_account_info info;

    if (account_id_eq(who, &zero))
        return INVALID(INVALID_BAD_SIGNER);
    account_load(x, &info, who);
    if (!account_exists(&info))
        return INVALID(INVALID_PAYMENT);
    if (extra->nonce < info.nonce)
        return INVALID(INVALID_STALE);
    if (!limits_fit_ever(&ex->info, ex->len))
        return INVALID(INVALID_EXHAUSTS_RESOURCES);
    struct balance fee = fee_of(x, ex);
    struct balance reducible = account_reducible(&info, KEEP_ALIVE);
    if (balance_cmp(balance_sat_add(fee, extra->tip), reducible) > 0)
        return INVALID(INVALID_PAYMENT);
    *out = (struct valid_transaction){
        .priority = payment_priority(&ex->info, ex->len, extra->tip, fee),
        .longevity = era_death(extra->era, x->block) - x->block,
        .who = *who,
        .nonce = extra->nonce,
        .waits = extra->nonce > info.nonce,
    };
    return VALID;
}

struct validity validity_check(struct exec *x, struct valid_transaction *out, const struct extrinsic *ex)
{
    if (ex->parts.is_signed)
        VALIDITY_TRY(check_signature(x, ex));
    if (ex->info.class == CALL_CLASS_MANDATORY)
        return INVALID(INVALID_MANDATORY_VALIDATION);
    if (!ex->parts.is_signed)
        return UNKNOWN(UNKNOWN_NO_UNSIGNED_VALIDATOR);
    return check_extensions(x, out, ex);
}

/* Only inherents come unsigned, and they come before everything else. */
static struct validity prepare_bare(struct exec *x, const struct extrinsic *ex)
{
    if (ex->info.class != CALL_CLASS_MANDATORY)
        return UNKNOWN(UNKNOWN_NO_UNSIGNED_VALIDATOR);
    if (x->extrinsic_index != 0)
        return INVALID(INVALID_BAD_MANDATORY);
    return limits_add(x, &ex->info, ex->len) ? VALID : INVALID(INVALID_EXHAUSTS_RESOURCES);
}

struct validity validity_prepare(struct exec *x, struct balance *fee, const struct extrinsic *ex)
{
    struct valid_transaction v;

    *fee = BALANCE_ZERO;
    if (!ex->parts.is_signed)
        return prepare_bare(x, ex);
    VALIDITY_TRY(check_signature(x, ex));
    if (ex->info.class == CALL_CLASS_MANDATORY) /* an inherent's call has no signer */
        return INVALID(INVALID_BAD_MANDATORY);
    VALIDITY_TRY(check_extensions(x, &v, ex));
    if (v.waits)
        return INVALID(INVALID_FUTURE);
    /* What a block has no room for waits for the next. A batch of more than a block takes is taken when it
     * comes first, and its calls fail. */
    uint32_t taken = ex->info.evidences > 0 ? evidence_count(x) : 0;
    if (taken > 0 && (uint64_t)taken + ex->info.evidences > EVIDENCE_BLOCK_MAX)
        return INVALID(INVALID_EXHAUSTS_RESOURCES);
    if (x->block_events >= EXEC_EVENTS_FULL || !limits_add(x, &ex->info, ex->len))
        return INVALID(INVALID_EXHAUSTS_RESOURCES);
    *fee = fee_of(x, ex);
    payment_withdraw(x, &v.who, balance_sat_add(*fee, ex->parts.extra.tip));
    return VALID;
}
