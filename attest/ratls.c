#include "attest/ratls.h"
#include "attest/cbor.h"
#include "attest/x509.h"
#include "crypto/hash.h"
#include "crypto/wipe.h"

enum {
    TAG_EVIDENCE = 60000,
    HASH_SHA256 = 1,
    CLAIMS_MAX_KEYS = 16,
    CERT_MAX = 65536 /* io/tls.c reads no longer list of them */
};
#define PUBKEY_HASH BYTES_LIT("pubkey-hash")

void attest_ratls_claims(struct writer *w, struct bytes spki)
{
    uint8_t hash[32], inner[36];
    struct writer v = writer_fixed(inner, sizeof inner);

    sha256(hash, spki);
    cbor_put_head(&v, CBOR_ARRAY, 2);
    cbor_put_head(&v, CBOR_UINT, HASH_SHA256);
    cbor_put_string(&v, CBOR_BYTES, bytes_of(hash, sizeof hash));
    cbor_put_head(w, CBOR_MAP, 1);
    cbor_put_string(w, CBOR_TEXT, PUBKEY_HASH);
    cbor_put_string(w, CBOR_BYTES, writer_bytes(&v));
}

void attest_ratls_report_data(uint8_t out[64], struct bytes claims)
{
    memset(out, 0, 64);
    sha256(out, claims);
}

void attest_ratls_extension(struct writer *w, struct bytes quote, struct bytes claims)
{
    cbor_put_head(w, CBOR_TAG, TAG_EVIDENCE);
    cbor_put_head(w, CBOR_ARRAY, 2);
    cbor_put_string(w, CBOR_BYTES, quote);
    cbor_put_string(w, CBOR_BYTES, claims);
}

static void read_pubkey_hash(struct reader *r, uint8_t out[32])
{
    struct reader v = reader_of(cbor_take_string(r, CBOR_BYTES));

    if (cbor_take_head(&v, CBOR_ARRAY) != 2)
        reader_fail(&v, "pubkey-hash is not a pair");
    if (cbor_take_head(&v, CBOR_UINT) != HASH_SHA256)
        reader_fail(&v, "pubkey-hash is not made with SHA-256");
    struct bytes hash = cbor_take_string(&v, CBOR_BYTES);
    if (reader_ok(&v) && (hash.len != 32 || v.left > 0))
        reader_fail(&v, "pubkey-hash is not 32 bytes");
    if (!reader_ok(&v))
        reader_fail(r, v.failed);
    else
        memcpy(out, hash.p, 32);
}

/* Finds pubkey-hash in the claims; other keys are text and skipped. False when it is not among them. */
static bool read_claims(struct reader *r, uint8_t out[32])
{
    uint64_t count = cbor_take_head(r, CBOR_MAP);
    struct bytes keys[CLAIMS_MAX_KEYS];
    bool found = false;

    if (count > CLAIMS_MAX_KEYS)
        reader_fail(r, "too many claims");
    for (uint64_t i = 0; reader_ok(r) && i < count; i++) {
        keys[i] = cbor_take_string(r, CBOR_TEXT);
        for (uint64_t k = 0; k < i; k++) {
            if (bytes_eq(keys[k], keys[i]))
                reader_fail(r, "a claim occurs twice");
        }
        if (reader_ok(r) && bytes_eq(keys[i], PUBKEY_HASH)) {
            read_pubkey_hash(r, out);
            found = true;
        } else if (reader_ok(r)) {
            cbor_skip(r);
        }
    }
    if (reader_ok(r) && r->left > 0)
        reader_fail(r, "bytes follow the claims");
    return found;
}

enum attest_class attest_ratls_read(struct ratls_evidence *out, struct bytes value, struct err *e)
{
    struct ratls_evidence v;
    struct reader r = reader_of(value);
    bool found = false;

    memset(&v, 0, sizeof v);
    if (cbor_take_head(&r, CBOR_TAG) != TAG_EVIDENCE)
        reader_fail(&r, "evidence does not carry CBOR tag 60000");
    if (cbor_take_head(&r, CBOR_ARRAY) != 2)
        reader_fail(&r, "evidence is not a pair");
    v.quote = cbor_take_string(&r, CBOR_BYTES);
    v.claims = cbor_take_string(&r, CBOR_BYTES);
    if (reader_ok(&r) && r.left > 0)
        reader_fail(&r, "bytes follow the evidence");
    if (reader_ok(&r) && v.claims.len > RATLS_CLAIMS_MAX)
        reader_fail(&r, "claims are too long");
    struct reader claims = reader_of(v.claims);
    if (reader_ok(&r))
        found = read_claims(&claims, v.pubkey_hash);
    if (!reader_ok(&r) || !reader_ok(&claims))
        return attest_refuse(e, ATTEST_RATLS_EVIDENCE_FORMAT, reader_ok(&r) ? claims.failed : r.failed);
    if (!found)
        return attest_refuse(e, ATTEST_RATLS_KEY_BINDING, "no pubkey-hash among the claims");
    *out = v;
    return ATTEST_VERIFIED;
}

/* What the certificate carries and what the evidence's report data must therefore be. */
struct peer {
    struct bytes evidence;
    uint8_t report_data[64];
};

static enum attest_class take_interoperable(struct peer *out, struct bytes value, const uint8_t spki_hash[32],
                                            struct err *e)
{
    struct ratls_evidence v;
    enum attest_class c = attest_ratls_read(&v, value, e);

    if (c != ATTEST_VERIFIED)
        return c;
    if (!secret_eq(spki_hash, v.pubkey_hash, 32))
        return attest_refuse(e, ATTEST_RATLS_KEY_BINDING, "the claims are about another key");
    out->evidence = v.quote;
    attest_ratls_report_data(out->report_data, v.claims);
    return ATTEST_VERIFIED;
}

/* The certificate's own part: it parses, signs itself, carries evidence about its key. */
static enum attest_class check_certificate(struct peer *out, enum attest_ratls_form form,
                                           struct bytes cert_der, uint64_t now,
                                           const struct attest_primitives *crypto, struct err *e)
{
    static const struct bytes oid_quote = {(const uint8_t *)"\x2a\x86\x48\x86\xf8\x4d\x8a\x39\x06", 9};
    static const struct bytes oid_gramine = {(const uint8_t *)"\x06\x09\x2a\x86\x48\x86\xf8\x4d\x8a\x39\x06",
                                             11};
    const struct bytes oids[] = {[ATTEST_RATLS_INTEROPERABLE] = x509_oid_evidence,
                                 [ATTEST_RATLS_QUOTE] = oid_quote,
                                 [ATTEST_RATLS_QUOTE_GRAMINE] = oid_gramine};
    struct x509 cert;
    struct err why;
    uint8_t hash[32];

    ASSERT((size_t)form < ARRAY_LEN(oids));
    if (cert_der.len > CERT_MAX)
        return attest_refuse(e, ATTEST_FORMAT, "certificate is too long");
    if (x509_read(&cert, cert_der, &why) != ERR_OK)
        return attest_refuse(e, ATTEST_FORMAT, why.msg);
    if (!x509_signed_by(&cert, cert.public_key, crypto))
        return attest_refuse(e, ATTEST_RATLS_CERT_SIGNATURE, "the certificate did not sign itself");
    if (now < cert.not_before)
        return attest_refuse(e, ATTEST_CERT_NOT_YET_VALID, "the peer's certificate");
    if (now > cert.not_after)
        return attest_refuse(e, ATTEST_CERT_EXPIRED, "the peer's certificate");
    struct bytes value = x509_extension(&cert, oids[form]);
    if (value.len == 0)
        return attest_refuse(e, ATTEST_RATLS_NO_EVIDENCE, "no extension of the form that is expected");
    crypto->sha256(hash, cert.spki);
    if (form == ATTEST_RATLS_INTEROPERABLE)
        return take_interoperable(out, value, hash, e);
    out->evidence = value;
    memset(out->report_data, 0, sizeof out->report_data);
    memcpy(out->report_data, hash, sizeof hash);
    return ATTEST_VERIFIED;
}

enum attest_class attest_ratls_verify_form(struct attest_claims *out, enum attest_ratls_form form,
                                           struct bytes cert_der,
                                           const struct attest_endorsements *endorsements_opt, uint64_t now,
                                           const struct attest_policy *policy,
                                           const struct attest_primitives *crypto, struct err *e)
{
    struct peer peer;
    enum attest_class c = check_certificate(&peer, form, cert_der, now, crypto, e);

    if (c != ATTEST_VERIFIED)
        return c;
    const struct attest_input in = {.evidence = peer.evidence,
                                    .endorsements = endorsements_opt,
                                    .now = now,
                                    .report_data = peer.report_data};
    c = attest_appraise(out, &in, policy, crypto, e);
    if (c != ATTEST_REPORT_DATA_MISMATCH)
        return c;
    return form == ATTEST_RATLS_INTEROPERABLE
               ? attest_refuse(e, ATTEST_RATLS_CLAIMS_BINDING, "the evidence is about other claims")
               : attest_refuse(e, ATTEST_RATLS_KEY_BINDING, "the evidence is about another key");
}

enum attest_class attest_ratls_verify(struct attest_claims *out, struct bytes cert_der,
                                      const struct attest_endorsements *endorsements_opt, uint64_t now,
                                      const struct attest_policy *policy,
                                      const struct attest_primitives *crypto, struct err *e)
{
    return attest_ratls_verify_form(out, ATTEST_RATLS_INTEROPERABLE, cert_der, endorsements_opt, now, policy,
                                    crypto, e);
}
