#include "attest/quote.h"
#include "attest/pem.h"
#include "attest/x509.h"
#include "base/reader.h"
#include "crypto/hash.h"

enum {
    CHAIN_BLOCKS_MAX = 8,
    CERT_MAX = 4096,
    CHAIN_DER_MAX = SGX_QUOTE_MAX / 4 * 3,
    VERSION_SGX = 3,
    KEY_TYPE_P256 = 2,
    TEE_TYPE_SGX = 0,
    SIGNATURE_LEN_AT = 432,
};

/* Offsets in a report body. */
enum {
    REPORT_MISC_RESERVED = 20,
    REPORT_ATTRIBUTES = 48,
    REPORT_MRENCLAVE = 64,
    REPORT_RESERVED2 = 96,
    REPORT_MRSIGNER = 128,
    REPORT_RESERVED3 = 160,
    REPORT_ISVPRODID = 256,
    REPORT_ISVSVN = 258,
    REPORT_RESERVED4 = 262,
    REPORT_DATA = 320,
};
enum { ATTRIBUTE_INIT = 1, ATTRIBUTE_DEBUG = 2 };

static const uint8_t intel_vendor[16] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                         0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

static bool all_zero(struct bytes b)
{
    uint8_t any = 0;
    for (size_t i = 0; i < b.len; i++)
        any = (uint8_t)(any | b.p[i]);
    return any == 0;
}

static enum attest_class check_header(const struct quote *q, struct err *e)
{
    if (q->version != VERSION_SGX)
        return attest_refuse(e, ATTEST_UNSUPPORTED_VERSION, "quote version is not 3");
    if (q->key_type != KEY_TYPE_P256)
        return attest_refuse(e, ATTEST_UNSUPPORTED_KEY_TYPE, "attestation key is not ECDSA P-256");
    if (q->tee_type != TEE_TYPE_SGX)
        return attest_refuse(e, ATTEST_UNSUPPORTED_TEE_TYPE, "TEE type is not SGX");
    if (memcmp(q->vendor.p, intel_vendor, sizeof intel_vendor) != 0)
        return attest_refuse(e, ATTEST_UNKNOWN_QE_VENDOR, "vendor id of the quoting enclave");
    return ATTEST_VERIFIED;
}

static enum attest_class read_signature_data(struct quote *q, struct bytes in, struct err *e)
{
    struct reader r = reader_of(in);

    q->signature = take_bytes(&r, 64);
    q->attestation_key = take_bytes(&r, 64);
    q->qe_report = take_bytes(&r, SGX_REPORT_LEN);
    q->qe_signature = take_bytes(&r, 64);
    uint16_t auth_len = take_u16(&r);
    if (auth_len > SGX_AUTH_DATA_MAX)
        reader_fail(&r, "authentication data is too long");
    q->auth_data = take_bytes(&r, auth_len);
    q->cert_data_type = take_u16(&r);
    uint32_t cert_len = take_u32(&r);
    q->cert_data = take_bytes(&r, cert_len);
    if (reader_end(&r, "quote signature data", e) != ERR_OK)
        return attest_refuse(e, ATTEST_FORMAT,
                             r.failed != NULL ? r.failed : "signature data has bytes left over");
    if (q->cert_data_type != SGX_CERT_DATA_PEM_CHAIN)
        return attest_refuse(e, ATTEST_UNSUPPORTED_CERT_DATA, "certification data is no PEM chain");
    return ATTEST_VERIFIED;
}

enum attest_class quote_read(struct quote *out, struct bytes in, bool zero_tail, struct err *e)
{
    struct quote q = {0};
    struct reader r = reader_of(in);

    if (in.len > SGX_QUOTE_MAX)
        return attest_refuse(e, ATTEST_FORMAT, "quote is too long");
    q.version = take_u16(&r);
    q.key_type = take_u16(&r);
    q.tee_type = take_u32(&r);
    (void)take_bytes(&r, 4); /* QE and PCE SVN: informative, the certificate decides */
    q.vendor = take_bytes(&r, sizeof intel_vendor);
    (void)take_bytes(&r, 20); /* user data: signed, not interpreted */
    q.report = take_bytes(&r, SGX_REPORT_LEN);
    uint32_t len = take_u32(&r);
    struct bytes signature_data = take_bytes(&r, len);
    if (!reader_ok(&r))
        return attest_refuse(e, ATTEST_FORMAT, r.failed);
    q.signed_part = bytes_of(in.p, SGX_SIGNED_LEN);
    q.declared_length = r.taken;
    enum attest_class c = check_header(&q, e);
    if (c != ATTEST_VERIFIED)
        return c;
    if (r.left > 0 && !(zero_tail && all_zero(bytes_from(in, r.taken))))
        return attest_refuse(e, ATTEST_FORMAT, "bytes follow the quote");
    c = read_signature_data(&q, signature_data, e);
    if (c == ATTEST_VERIFIED)
        *out = q;
    return c;
}

struct chain {
    uint32_t count;
    struct x509 cert[CHAIN_BLOCKS_MAX];
    uint8_t der[CHAIN_DER_MAX];
    const struct x509 *leaf, *intermediate;
};

static enum attest_class read_chain(struct chain *ch, struct bytes text, struct err *e)
{
    struct writer w = writer_fixed(ch->der, sizeof ch->der);
    struct bytes der = BYTES_EMPTY;

    ch->count = 0;
    for (;;) {
        enum pem_result got = pem_next(&text, &w, &der);
        if (got == PEM_BAD)
            return attest_refuse(e, ATTEST_FORMAT, "damaged PEM block");
        if (got == PEM_END)
            break;
        if (ch->count == CHAIN_BLOCKS_MAX || der.len > CERT_MAX)
            return attest_refuse(e, ATTEST_FORMAT, "too many or too long certificates");
        struct err why;
        if (x509_read(&ch->cert[ch->count], der, &why) != ERR_OK)
            return attest_refuse(e, ATTEST_FORMAT, why.msg);
        ch->count++;
    }
    return ATTEST_VERIFIED;
}

static bool issues_another(const struct chain *ch, const struct x509 *c)
{
    for (uint32_t i = 0; i < ch->count; i++) {
        if (&ch->cert[i] != c && bytes_eq(ch->cert[i].issuer, c->subject))
            return true;
    }
    return false;
}

/* The order of the blocks says nothing: the leaf is the one that issued nothing, its issuer is found by name.
 * A block that calls itself a root is never used. */
static enum attest_class find_path(struct chain *ch, struct err *e)
{
    ch->leaf = ch->intermediate = NULL;
    for (uint32_t i = 0; i < ch->count; i++) {
        const struct x509 *c = &ch->cert[i];
        if (x509_self_issued(c) || issues_another(ch, c))
            continue;
        if (ch->leaf != NULL)
            return attest_refuse(e, ATTEST_PCK_CHAIN_UNTRUSTED, "the chain has more than one leaf");
        ch->leaf = c;
    }
    for (uint32_t i = 0; ch->leaf != NULL && i < ch->count; i++) {
        const struct x509 *c = &ch->cert[i];
        if (c != ch->leaf && !x509_self_issued(c) && bytes_eq(c->subject, ch->leaf->issuer)) {
            ch->intermediate = c;
            break;
        }
    }
    if (ch->intermediate == NULL)
        return attest_refuse(e, ATTEST_PCK_CHAIN_UNTRUSTED, "no leaf with an intermediate authority");
    return ATTEST_VERIFIED;
}

static bool contains(struct bytes text, struct bytes part)
{
    for (size_t i = 0; i + part.len <= text.len; i++) {
        if (memcmp(text.p + i, part.p, part.len) == 0)
            return true;
    }
    return false;
}

static enum attest_class check_roles(const struct chain *ch, struct err *e)
{
    const struct x509 *ca = ch->intermediate, *leaf = ch->leaf;

    if (!ca->ca || !ca->has_key_usage || (ca->key_usage & X509_KU_KEY_CERT_SIGN) == 0)
        return attest_refuse(e, ATTEST_PCK_CHAIN_UNTRUSTED, "the intermediate may not issue certificates");
    if (!leaf->has_basic_constraints || leaf->ca || !leaf->has_key_usage ||
        (leaf->key_usage & X509_KU_DIGITAL_SIGNATURE) == 0)
        return attest_refuse(e, ATTEST_PCK_CHAIN_UNTRUSTED, "the leaf is not a signing certificate");
    if (!contains(x509_common_name(leaf->subject), BYTES_LIT("SGX PCK Certificate")) ||
        x509_extension(leaf, x509_oid_sgx).len == 0)
        return attest_refuse(e, ATTEST_PCK_CHAIN_UNTRUSTED, "the leaf is not a PCK certificate");
    return ATTEST_VERIFIED;
}

/* The index of the pinned root that signed the intermediate. */
static enum attest_class find_root(uint32_t *out, const struct chain *ch, const struct attest_policy *p,
                                   const struct attest_primitives *crypto, struct err *e)
{
    bool named = false;

    for (uint32_t i = 0; i < p->root_count; i++) {
        if (!bytes_eq(p->roots[i].subject, ch->intermediate->issuer))
            continue;
        named = true;
        if (x509_signed_by(ch->intermediate, p->roots[i].public_key, crypto)) {
            *out = i;
            return ATTEST_VERIFIED;
        }
    }
    if (named)
        return attest_refuse(e, ATTEST_PCK_CHAIN_SIGNATURE, "the root did not sign the intermediate");
    return attest_refuse(e, ATTEST_PCK_CHAIN_UNTRUSTED, "the chain ends in no configured root");
}

/* An embedded root is not used, but one that is not the pinned root is a chain that somebody tampered with.
 */
static bool embedded_roots_agree(const struct chain *ch, const struct attest_root *root)
{
    for (uint32_t i = 0; i < ch->count; i++) {
        const struct x509 *c = &ch->cert[i];
        if (x509_self_issued(c) &&
            (!bytes_eq(c->subject, root->subject) || !bytes_eq(c->public_key, root->public_key)))
            return false;
    }
    return true;
}

static enum attest_class check_times(const uint64_t before[3], const uint64_t after[3], uint64_t now,
                                     struct err *e)
{
    for (int i = 0; i < 3; i++) {
        if (now < before[i])
            return attest_refuse(e, ATTEST_CERT_NOT_YET_VALID, "a certificate of the chain");
        if (now > after[i])
            return attest_refuse(e, ATTEST_CERT_EXPIRED, "a certificate of the chain");
    }
    return ATTEST_VERIFIED;
}

/* Chain to a pinned root, times, platform data. */
static enum attest_class verify_chain(struct attest_claims *out, struct chain *ch, uint64_t now,
                                      const struct attest_policy *p, const struct attest_primitives *crypto,
                                      struct err *e)
{
    uint32_t root = 0;
    enum attest_class c = find_path(ch, e);
    if (c == ATTEST_VERIFIED)
        c = check_roles(ch, e);
    if (c == ATTEST_VERIFIED)
        c = find_root(&root, ch, p, crypto, e);
    if (c != ATTEST_VERIFIED)
        return c;
    if (!embedded_roots_agree(ch, &p->roots[root]))
        return attest_refuse(e, ATTEST_PCK_CHAIN_UNTRUSTED,
                             "the chain embeds another root than the pinned one");
    if (!x509_signed_by(ch->leaf, ch->intermediate->public_key, crypto))
        return attest_refuse(e, ATTEST_PCK_CHAIN_SIGNATURE, "the intermediate did not sign the leaf");
    const uint64_t before[3] = {p->roots[root].not_before, ch->intermediate->not_before,
                                ch->leaf->not_before};
    const uint64_t after[3] = {p->roots[root].not_after, ch->intermediate->not_after, ch->leaf->not_after};
    c = check_times(before, after, now, e);
    if (c != ATTEST_VERIFIED)
        return c;
    struct err why;
    if (pck_extension_read(&out->platform, x509_extension(ch->leaf, x509_oid_sgx), &why) != ERR_OK)
        return attest_refuse(e, ATTEST_FORMAT, why.msg);
    out->root_index = root;
    out->root_label = p->roots[root].label;
    out->valid_until = after[0] < after[1] ? after[0] : after[1];
    if (after[2] < out->valid_until)
        out->valid_until = after[2];
    return ATTEST_VERIFIED;
}

/* PCK key -> QE report -> attestation key -> quote. */
static enum attest_class verify_signatures(const struct quote *q, struct bytes pck_key,
                                           const struct attest_primitives *crypto, struct err *e)
{
    uint8_t hash[32], want[64] = {0}, bound[64 + SGX_AUTH_DATA_MAX];

    crypto->sha256(hash, q->qe_report);
    if (pck_key.len != X509_KEY_P256 || !crypto->p256_verify(pck_key.p, hash, q->qe_signature.p))
        return attest_refuse(e, ATTEST_QE_REPORT_SIGNATURE, "not by the PCK key");
    memcpy(bound, q->attestation_key.p, 64);
    if (q->auth_data.len > 0)
        memcpy(bound + 64, q->auth_data.p, q->auth_data.len);
    crypto->sha256(want, bytes_of(bound, 64 + q->auth_data.len));
    if (memcmp(q->qe_report.p + REPORT_DATA, want, sizeof want) != 0)
        return attest_refuse(e, ATTEST_QE_REPORT_DATA, "the quoting enclave vouches for another key");
    crypto->sha256(hash, q->signed_part);
    if (!crypto->p256_verify(q->attestation_key.p, hash, q->signature.p))
        return attest_refuse(e, ATTEST_QUOTE_SIGNATURE, "not by the attestation key");
    return ATTEST_VERIFIED;
}

/* What signed reports must look like; after the signatures, so that tampering is called tampering. */
static enum attest_class check_reports(const struct quote *q, struct err *e)
{
    const uint8_t *body = q->report.p;

    if (!all_zero(bytes_of(body + REPORT_MISC_RESERVED, 12)) ||
        !all_zero(bytes_of(body + REPORT_RESERVED2, 32)) ||
        !all_zero(bytes_of(body + REPORT_RESERVED3, 32)) || !all_zero(bytes_of(body + REPORT_RESERVED4, 42)))
        return attest_refuse(e, ATTEST_FORMAT, "reserved bytes of the report are not zero");
    if ((body[REPORT_ATTRIBUTES] & ATTRIBUTE_INIT) == 0)
        return attest_refuse(e, ATTEST_FORMAT, "the enclave was not initialised");
    if ((q->qe_report.p[REPORT_ATTRIBUTES] & ATTRIBUTE_DEBUG) != 0)
        return attest_refuse(e, ATTEST_QE_IDENTITY_MISMATCH, "the quoting enclave runs in debug mode");
    return ATTEST_VERIFIED;
}

static void claim_report(struct attest_claims *out, const struct quote *q)
{
    const uint8_t *body = q->report.p;

    out->kind = ATTEST_KIND_SGX;
    memcpy(out->sgx.attributes, body + REPORT_ATTRIBUTES, sizeof out->sgx.attributes);
    memcpy(out->sgx.mrenclave, body + REPORT_MRENCLAVE, sizeof out->sgx.mrenclave);
    memcpy(out->sgx.mrsigner, body + REPORT_MRSIGNER, sizeof out->sgx.mrsigner);
    memcpy(out->report_data, body + REPORT_DATA, sizeof out->report_data);
    out->sgx.isv_prod_id = load_u16le(body + REPORT_ISVPRODID);
    out->sgx.isv_svn = load_u16le(body + REPORT_ISVSVN);
    out->debug = (body[REPORT_ATTRIBUTES] & ATTRIBUTE_DEBUG) != 0;
    out->declared_length = q->declared_length;
    blake2_256(out->signed_hash, q->signed_part);
}

enum attest_class attest_quote_verify(struct attest_claims *out, const struct attest_input *in,
                                      const struct attest_policy *policy,
                                      const struct attest_primitives *crypto, struct err *e)
{
    struct quote q;
    struct chain ch;
    struct attest_claims claims;

    memset(&claims, 0, sizeof claims);
    enum attest_class c = quote_read(&q, in->evidence, policy->zero_tail, e);
    if (c == ATTEST_VERIFIED && !policy->without_collateral)
        return attest_refuse(e, ATTEST_COLLATERAL_MISSING, "collateral is not evaluated yet");
    if (c == ATTEST_VERIFIED)
        c = read_chain(&ch, q.cert_data, e);
    if (c == ATTEST_VERIFIED)
        c = verify_chain(&claims, &ch, in->now, policy, crypto, e);
    if (c == ATTEST_VERIFIED)
        c = verify_signatures(&q, ch.leaf->public_key, crypto, e);
    if (c == ATTEST_VERIFIED)
        c = check_reports(&q, e);
    if (c != ATTEST_VERIFIED)
        return c;
    claim_report(&claims, &q);
    *out = claims;
    return ATTEST_VERIFIED;
}
