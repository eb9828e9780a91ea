/* sdk/tx.c — building and signing. */
#include "sdk/tx.h"
#include "base/clock.h"
#include "chain/chain.h"
#include "codec/extrinsic.h"
#include "codec/walk.h"
#include "crypto/hash.h"
#include "crypto/ss58.h"
#include "sdk/priv.h"

struct call sdk_call(const struct call_desc *call, void *args)
{
    for (uint16_t i = 0; i < chain_registry.pallet_count; i++) {
        const struct pallet_desc *pallet = chain_registry.pallets[i];
        for (uint16_t k = 0; k < pallet->call_count; k++)
            if (pallet->calls[k] == call)
                return (struct call){.pallet = pallet, .desc = call, .args = args};
    }
    return (struct call){0};
}

FALLIBLE sdk_call_encode(struct arena *a, struct bytes *out, const struct call_desc *call, const void *args,
                         struct err *e)
{
    struct call value = sdk_call(call, NULL);
    struct writer w = writer_in(a, EXTRINSIC_LEN_MAX);

    if (value.pallet == NULL)
        return FAIL(e, ERR_USAGE, "%s is no call of this chain", call->name);
    put_u8(&w, value.pallet->index);
    put_u8(&w, call->index);
    if (call->args->field_count > 0)
        walk_encode(&w, call->args, args);
    if (!writer_ok(&w))
        return FAIL(e, ERR_USAGE, "%s.%s: an argument is outside its bounds", value.pallet->name, call->name);
    *out = writer_bytes(&w);
    return ERR_OK;
}

static struct sdk_nonce *nonce_slot(struct sdk_client *c, const struct account_id *account)
{
    struct sdk_nonce *oldest = &c->nonces[0];

    for (size_t i = 0; i < SDK_NONCES; i++) {
        if (c->nonces[i].until_ms != 0 && account_id_eq(&c->nonces[i].account, account))
            return &c->nonces[i];
        if (c->nonces[i].until_ms < oldest->until_ms)
            oldest = &c->nonces[i];
    }
    *oldest = (struct sdk_nonce){.account = *account};
    return oldest;
}

void sdk_nonce_forget(struct sdk_client *c, const struct account_id *account)
{
    nonce_slot(c, account)->until_ms = 0;
}

/* The node counts its pool; what was signed here and not yet submitted is counted on, for a short time, so
 * that a transaction that was thrown away does not leave a gap for ever. */
static FALLIBLE next_nonce(struct sdk_client *c, uint32_t *out, const struct account_id *account,
                           struct err *e)
{
    char address[SS58_TEXT_CAP];
    CLEANUP(json_decref) json_t *r = NULL;
    uint32_t next;
    struct sdk_nonce *slot = nonce_slot(c, account);
    uint64_t now = clock_mono_ms();

    ss58_encode_account(address, c->chain.ss58_prefix, account);
    TRY(sdk_request(c, &r, "system_accountNextIndex", json_pack("[s]", address), e));
    TRY(sdk_json_number(&next, r, "system_accountNextIndex", e));
    if (slot->until_ms > now && slot->next > next)
        next = slot->next;
    *slot = (struct sdk_nonce){*account, next + 1, now + SDK_NONCE_MS};
    *out = next;
    return ERR_OK;
}

struct signing {
    struct extrinsic_extra extra;
    struct extrinsic_implicit implicit;
    uint64_t birth, death;
};

static FALLIBLE prepare(struct sdk_client *c, struct signing *out, const struct account_id *signer,
                        const struct sdk_tx_options *options, struct err *e)
{
    struct signing s = {
        .extra = {.era = ERA_IMMORTAL, .tip = options->tip, .nonce = options->nonce},
        .implicit = {.spec_version = c->chain.spec_version,
                     .transaction_version = c->chain.transaction_version,
                     .genesis = c->chain.genesis,
                     .birth = c->chain.genesis},
        .death = UINT64_MAX,
    };

    if (!options->immortal) {
        struct sdk_head head;
        TRY(sdk_head_finalized(c, &head, e));
        s.extra.era = era_mortal(options->period != 0 ? options->period : SDK_TX_PERIOD, head.number);
        s.birth = era_birth(s.extra.era, head.number);
        s.death = era_death(s.extra.era, head.number);
        s.implicit.birth = head.hash;
        if (s.birth != head.number) /* long eras begin at a multiple of a few blocks */
            TRY(sdk_block_hash(c, &s.implicit.birth, (uint32_t)s.birth, e));
    }
    if (!options->has_nonce)
        TRY(next_nonce(c, &s.extra.nonce, signer, e));
    *out = s;
    return ERR_OK;
}

FALLIBLE sdk_extrinsic_sign(struct arena *a, struct bytes *out, struct bytes call, const struct keypair *key,
                            const struct extrinsic_extra *extra, const struct extrinsic_implicit *implicit,
                            struct err *e)
{
    uint8_t sig[SIGNATURE_MAX_LEN], digest[32];
    struct writer raw = writer_in(a, 256);
    struct writer payload = writer_in(a, EXTRINSIC_LEN_MAX + 1024);
    struct writer w = writer_in(a, EXTRINSIC_LEN_MAX);

    put_extrinsic_extra(&raw, extra);
    extrinsic_signing_payload(&payload, call, writer_bytes(&raw), implicit);
    if (!writer_ok(&payload))
        return FAIL(e, ERR_LIMIT, "a call of %zu bytes is too long", call.len);
    struct bytes to_sign = writer_bytes(&payload);
    if (to_sign.len > EXTRINSIC_PAYLOAD_HASHED_OVER) {
        blake2_256(digest, to_sign);
        to_sign = BYTES_OF(digest);
    }
    size_t sig_len = keypair_sign(key, sig, to_sign);
    struct extrinsic_parts parts = {
        .format = 4,
        .is_signed = true,
        .address = {.tag = MULTI_ADDRESS_ID, .u.id = key->account},
        .key_kind = (enum extrinsic_key_kind)key->kind,
        .signature = bytes_of(sig, sig_len),
        .extra = *extra,
        .call = call,
    };
    extrinsic_encode(&w, &parts);
    if (!writer_ok(&w))
        return FAIL(e, ERR_LIMIT, "a call of %zu bytes is too long", call.len);
    *out = writer_bytes(&w);
    return ERR_OK;
}

FALLIBLE sdk_tx_sign(struct sdk_client *c, struct arena *a, struct sdk_tx *out, struct bytes call,
                     const struct keypair *key, const struct sdk_tx_options *options_opt, struct err *e)
{
    struct sdk_tx_options none = {0};
    struct signing s;
    struct sdk_tx tx = {.signer = key->account};

    TRY(prepare(c, &s, &key->account, options_opt != NULL ? options_opt : &none, e));
    TRY(sdk_extrinsic_sign(a, &tx.encoded, call, key, &s.extra, &s.implicit, e));
    blake2_256(tx.hash.b, tx.encoded);
    tx.nonce = s.extra.nonce;
    tx.birth = s.birth;
    tx.death = s.death;
    *out = tx;
    return ERR_OK;
}

FALLIBLE sdk_tx_build(struct sdk_client *c, struct arena *a, struct sdk_tx *out, const struct call_desc *call,
                      const void *args, const struct keypair *key, const struct sdk_tx_options *options_opt,
                      struct err *e)
{
    struct bytes encoded;

    TRY(sdk_call_encode(a, &encoded, call, args, e));
    return sdk_tx_sign(c, a, out, encoded, key, options_opt, e);
}

FALLIBLE sdk_tx_fee(struct sdk_client *c, struct sdk_fee *out, const struct sdk_tx *tx, struct err *e)
{
    CLEANUP(json_decref) json_t *r = NULL;
    struct sdk_fee fee;

    TRY(sdk_request(c, &r, "payment_queryInfo", json_pack("[o]", sdk_json_hex(tx->encoded)), e));
    const json_t *text = json_object_get(r, "partialFee");
    const json_t *weight = json_object_get(json_object_get(r, "weight"), "ref_time");
    if (!json_is_string(text) || !balance_parse(&fee.partial_fee, bytes_of_str(json_string_value(text))) ||
        !json_is_integer(weight))
        return FAIL(e, ERR_MALFORMED, "payment_queryInfo: not a fee");
    fee.weight = (uint64_t)json_integer_value(weight);
    *out = fee;
    return ERR_OK;
}

FALLIBLE sdk_tx_run(struct sdk_client *c, struct arena *a, struct sdk_tx_result *out,
                    const struct call_desc *call, const void *args, const struct keypair *key,
                    const struct sdk_tx_options *options_opt, struct err *e)
{
    struct sdk_tx tx;

    TRY(sdk_tx_build(c, a, &tx, call, args, key, options_opt, e));
    return sdk_tx_submit_and_watch(c, a, out, &tx, options_opt, e);
}

FALLIBLE sdk_tx_require(const struct sdk_tx_result *r, struct err *e)
{
    if (r->success)
        return ERR_OK;
    return FAIL(e, ERR_REJECTED, "%s%s%s", r->error.name, r->error.doc[0] != 0 ? ": " : "", r->error.doc);
}
