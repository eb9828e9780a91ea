#include "codec/extrinsic.h"
#include "codec/scale.h"
#include "codec/walk.h"

enum { /* type in the top two bits, format below */
       ENVELOPE_BARE_4 = 0x04,
       ENVELOPE_BARE_5 = 0x05,
       ENVELOPE_GENERAL_5 = 0x45,
       ENVELOPE_SIGNED_4 = 0x84,
};

size_t extrinsic_signature_len(enum extrinsic_key_kind kind)
{
    switch (kind) {
    case EXTRINSIC_KEY_ED25519:
    case EXTRINSIC_KEY_SR25519:
        return 64;
    case EXTRINSIC_KEY_ECDSA:
        return 65; /* r ‖ s ‖ v */
    }
    return 0;
}

static void take_signature(struct reader *r, struct extrinsic_parts *x)
{
    uint8_t kind = take_u8(r);
    size_t len = extrinsic_signature_len((enum extrinsic_key_kind)kind);

    if (len == 0)
        reader_fail(r, "unknown kind of signature");
    x->key_kind = (enum extrinsic_key_kind)kind;
    x->signature = take_bytes(r, len);
}

static void take_extra(struct reader *r, struct extrinsic_parts *x)
{
    const uint8_t *start = r->p;

    x->extra.era = take_era(r);
    x->extra.nonce = take_compact_u32(r);
    x->extra.tip = balance_of_u128(take_compact_u128(r));
    uint8_t mode = take_u8(r);
    if (mode > 1)
        reader_fail(r, "metadata-hash mode is neither 0 nor 1");
    x->extra.metadata_hash = mode == 1;
    x->extra_raw = bytes_of(start, (size_t)(r->p - start));
}

static void take_signed(struct reader *r, struct extrinsic_parts *x)
{
    x->is_signed = true;
    x->format = 4;
    walk_decode(NULL, r, &type_multi_address, NULL, &x->address); /* no vectors inside: needs no arena */
    take_signature(r, x);
    take_extra(r, x);
}

enum err_code extrinsic_decode(struct extrinsic_parts *out, struct bytes in, struct err *e)
{
    struct reader r = reader_of(in);
    struct extrinsic_parts x = {0};

    if (in.len > EXTRINSIC_LEN_MAX)
        return FAIL(e, ERR_LIMIT, "extrinsic: %zu bytes, at most %d allowed", in.len, (int)EXTRINSIC_LEN_MAX);
    uint32_t len = take_compact_u32(&r);
    TRY(reader_check(&r, "extrinsic: length prefix", e));
    if (len != r.left)
        return FAIL(e, ERR_MALFORMED, "extrinsic: length prefix says %lu bytes, %zu follow",
                    (unsigned long)len, r.left);
    uint8_t envelope = take_u8(&r);
    TRY(reader_check(&r, "extrinsic", e));
    switch (envelope) {
    case ENVELOPE_BARE_4:
    case ENVELOPE_BARE_5:
        x.format = envelope;
        break;
    case ENVELOPE_SIGNED_4:
        take_signed(&r, &x);
        break;
    case ENVELOPE_GENERAL_5:
        return FAIL(e, ERR_UNSUPPORTED, "extrinsic: general transactions have no origin here");
    default:
        return FAIL(e, ERR_UNSUPPORTED, "extrinsic: version byte 0x%02x", (unsigned)envelope);
    }
    x.call = take_bytes(&r, r.left);
    if (reader_ok(&r) && x.call.len < 2)
        reader_fail(&r, "call has no pallet and call index");
    TRY(reader_end(&r, "extrinsic", e));
    *out = x;
    return ERR_OK;
}

void put_extrinsic_extra(struct writer *w, const struct extrinsic_extra *extra)
{
    put_era(w, extra->era);
    put_compact(w, extra->nonce);
    put_compact(w, balance_planck(extra->tip));
    put_bool(w, extra->metadata_hash);
}

static void put_body(struct writer *w, const struct extrinsic_parts *parts)
{
    if (!parts->is_signed) {
        put_u8(w, parts->format == 5 ? ENVELOPE_BARE_5 : ENVELOPE_BARE_4);
        put_bytes(w, parts->call);
        return;
    }
    put_u8(w, ENVELOPE_SIGNED_4);
    walk_encode(w, &type_multi_address, &parts->address);
    put_u8(w, (uint8_t)parts->key_kind);
    put_bytes(w, parts->signature);
    put_extrinsic_extra(w, &parts->extra);
    put_bytes(w, parts->call);
}

void extrinsic_encode(struct writer *w, const struct extrinsic_parts *parts)
{
    struct writer count = writer_counting();

    put_body(&count, parts);
    if (!writer_ok(&count) || count.len + compact_len(count.len) > EXTRINSIC_LEN_MAX ||
        (parts->is_signed && parts->signature.len != extrinsic_signature_len(parts->key_kind))) {
        w->overflow = true;
        return;
    }
    put_compact(w, count.len);
    put_body(w, parts);
}

void extrinsic_signing_payload(struct writer *w, struct bytes call, struct bytes extra_raw,
                               const struct extrinsic_implicit *implicit)
{
    put_bytes(w, call);
    put_bytes(w, extra_raw);
    put_u32(w, implicit->spec_version);
    put_u32(w, implicit->transaction_version);
    put_mem(w, implicit->genesis.b, sizeof implicit->genesis.b);
    put_mem(w, implicit->birth.b, sizeof implicit->birth.b);
    put_bool(w, implicit->has_metadata_hash);
    if (implicit->has_metadata_hash)
        put_mem(w, implicit->metadata_hash.b, sizeof implicit->metadata_hash.b);
}
