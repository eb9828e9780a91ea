#include "attest/x509.h"
#include "attest/der.h"

#define BYTES_CONST(s)                         \
    {                                          \
        (const uint8_t *)("" s), sizeof(s) - 1 \
    }

/* AlgorithmIdentifier ecdsa-with-SHA256 without parameters, and with the NULL that RFC 5758 forbids but a
 * widespread library (mbed TLS) writes into the self-signed certificates of peers. */
#define ECDSA_OID "\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"
static const struct bytes ecdsa_sha256[2] = {
    BYTES_CONST("\x30\x0a" ECDSA_OID),
    BYTES_CONST("\x30\x0c" ECDSA_OID "\x05\x00"),
};
/* AlgorithmIdentifier RSASSA-PSS: SHA-384, MGF1 with SHA-384, salt 48; without and with the default trailer.
 */
#define PSS_PARAMETERS                                                                                 \
    "\xa0\x0f\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\xa1\x1c\x30\x1a\x06\x09\x2a" \
    "\x86\x48\x86\xf7\x0d\x01\x01\x08\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\xa2" \
    "\x03\x02\x01\x30"
#define PSS_OID "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"
static const struct bytes rsa_pss[2] = {
    BYTES_CONST("\x30\x41" PSS_OID "\x30\x34" PSS_PARAMETERS),
    BYTES_CONST("\x30\x46" PSS_OID "\x30\x39" PSS_PARAMETERS "\xa3\x03\x02\x01\x01"),
};

/* What precedes the key in a SubjectPublicKeyInfo, and what follows it. */
static const struct {
    struct bytes before, after;
    size_t key_len;
} key_forms[] = {
    {BYTES_CONST("\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01"
                 "\x07\x03\x42\x00\x04"),
     {NULL, 0},
     X509_KEY_P256},
    {BYTES_CONST("\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62"
                 "\x00\x04"),
     {NULL, 0},
     X509_KEY_P384},
    {BYTES_CONST("\x30\x82\x02\x22\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x03\x82\x02"
                 "\x0f\x00\x30\x82\x02\x0a\x02\x82\x02\x01\x00"),
     BYTES_CONST("\x02\x03\x01\x00\x01"), X509_KEY_RSA4096},
};

enum extension {
    EXTENSION_AUTHORITY_KEY,
    EXTENSION_SUBJECT_KEY,
    EXTENSION_KEY_USAGE,
    EXTENSION_BASIC_CONSTRAINTS,
    EXTENSION_CRL_POINTS,
    EXTENSION_UNKNOWN,
};

static const struct bytes extension_oids[EXTENSION_UNKNOWN] = {
    [EXTENSION_AUTHORITY_KEY] = BYTES_CONST("\x55\x1d\x23"),
    [EXTENSION_SUBJECT_KEY] = BYTES_CONST("\x55\x1d\x0e"),
    [EXTENSION_KEY_USAGE] = BYTES_CONST("\x55\x1d\x0f"),
    [EXTENSION_BASIC_CONSTRAINTS] = BYTES_CONST("\x55\x1d\x13"),
    [EXTENSION_CRL_POINTS] = BYTES_CONST("\x55\x1d\x1f"),
};
const struct bytes x509_oid_sgx = BYTES_CONST("\x2a\x86\x48\x86\xf8\x4d\x01\x0d\x01");
const struct bytes x509_oid_evidence = BYTES_CONST("\x67\x81\x05\x05\x04\x09");
const struct bytes x509_oid_endorsements = BYTES_CONST("\x67\x81\x05\x05\x04\x02");

enum { ECDSA_HALF = 48 };

void x509_take_algorithm(struct x509_signature *signature, struct reader *r)
{
    struct bytes got = der_take_whole(r, DER_SEQUENCE, NULL);

    signature->algorithm = got;
    signature->rsa_pss = bytes_eq(got, rsa_pss[0]) || bytes_eq(got, rsa_pss[1]);
    if (reader_ok(r) && !signature->rsa_pss && !bytes_eq(got, ecdsa_sha256[0]) &&
        !bytes_eq(got, ecdsa_sha256[1]))
        reader_fail(r, "signature algorithm is neither ECDSA with SHA-256 nor RSA-PSS with SHA-384");
}

void x509_take_signature(struct x509_signature *signature, struct reader *r)
{
    struct bytes inner = signature->algorithm;

    x509_take_algorithm(signature, r);
    if (reader_ok(r) && !bytes_eq(inner, signature->algorithm))
        reader_fail(r, "the two signature algorithms differ");
    struct reader bits = reader_of(der_take_bits(r));

    if (!reader_ok(r))
        return;
    if (signature->rsa_pss) {
        signature->rsa = take_bytes(&bits, ATTEST_RSA_LEN);
    } else {
        struct reader pair = der_enter(&bits, DER_SEQUENCE);
        der_take_big(&pair, signature->ecdsa, ECDSA_HALF);
        der_take_big(&pair, signature->ecdsa + ECDSA_HALF, ECDSA_HALF);
        der_leave(&bits, &pair);
    }
    der_leave(r, &bits);
}

/* ECDSA takes the hash as a number, so SHA-256 under P-384 has zeros in front. */
static bool ecdsa_ok(const uint8_t signature[2 * ECDSA_HALF], struct bytes tbs, struct bytes key,
                     const struct attest_primitives *crypto)
{
    static const uint8_t zeros[ECDSA_HALF - 32];
    uint8_t hash[48] = {0}, narrow[64];

    crypto->sha256(hash + sizeof zeros, tbs);
    if (key.len == X509_KEY_P384)
        return crypto->p384_verify(key.p, hash, signature);
    if (key.len != X509_KEY_P256 || memcmp(signature, zeros, sizeof zeros) != 0 ||
        memcmp(signature + ECDSA_HALF, zeros, sizeof zeros) != 0)
        return false;
    memcpy(narrow, signature + sizeof zeros, 32);
    memcpy(narrow + 32, signature + ECDSA_HALF + sizeof zeros, 32);
    return crypto->p256_verify(key.p, hash + sizeof zeros, narrow);
}

bool x509_signature_ok(const struct x509_signature *signature, struct bytes tbs, struct bytes key,
                       const struct attest_primitives *crypto)
{
    uint8_t hash[48];

    if (signature->rsa_pss) {
        if (key.len != X509_KEY_RSA4096)
            return false;
        crypto->sha384(hash, tbs);
        return crypto->rsa_pss_verify(key.p, hash, signature->rsa.p);
    }
    return ecdsa_ok(signature->ecdsa, tbs, key, crypto);
}

static void read_key_usage(struct x509 *c, struct reader *r, struct bytes value)
{
    struct reader v = reader_of(value);
    struct bytes bits = der_take(&v, DER_BIT_STRING);

    der_leave(r, &v);
    if (!reader_ok(r))
        return;
    /* DER: no trailing zero bits, so the unused bits of the last byte are zero */
    if (bits.len < 2 || bits.len > 3 || bits.p[0] > 7 ||
        (bits.p[bits.len - 1] & ((1 << bits.p[0]) - 1)) != 0) {
        reader_fail(r, "bad key usage");
        return;
    }
    c->has_key_usage = true;
    c->key_usage = bits.p[1];
}

static void read_basic_constraints(struct x509 *c, struct reader *r, struct bytes value)
{
    struct reader v = reader_of(value);
    struct reader s = der_enter(&v, DER_SEQUENCE);

    c->has_basic_constraints = true;
    c->pathlen = X509_PATHLEN_NONE;
    if (der_peek(&s) == DER_BOOLEAN) {
        c->ca = der_take_bool(&s);
        if (!c->ca)
            reader_fail(&s, "default value is encoded");
    }
    if (der_peek(&s) == DER_INTEGER) {
        if (!c->ca)
            reader_fail(&s, "path length without CA");
        c->pathlen = (uint8_t)der_take_uint(&s, DER_INTEGER, X509_PATHLEN_NONE - 1);
    }
    der_leave(&v, &s);
    der_leave(r, &v);
}

static enum extension extension_of(struct bytes oid)
{
    for (int i = 0; i < EXTENSION_UNKNOWN; i++) {
        if (bytes_eq(oid, extension_oids[i]))
            return (enum extension)i;
    }
    return EXTENSION_UNKNOWN;
}

void x509_take_extension(struct reader *list, struct bytes *oid, bool *critical, struct bytes *value)
{
    struct reader s = der_enter(list, DER_SEQUENCE);

    *oid = der_take(&s, DER_OID);
    *critical = false;
    if (der_peek(&s) == DER_BOOLEAN) {
        *critical = der_take_bool(&s);
        if (!*critical)
            reader_fail(&s, "default value is encoded");
    }
    *value = der_take(&s, DER_OCTET_STRING);
    der_leave(list, &s);
}

static void read_extension(struct x509 *c, struct reader *r, struct bytes *oid)
{
    struct bytes value = BYTES_EMPTY;
    bool critical;

    x509_take_extension(r, oid, &critical, &value);
    if (!reader_ok(r))
        return;
    switch (extension_of(*oid)) {
    case EXTENSION_KEY_USAGE:
        read_key_usage(c, r, value);
        break;
    case EXTENSION_BASIC_CONSTRAINTS:
        read_basic_constraints(c, r, value);
        break;
    case EXTENSION_AUTHORITY_KEY:
    case EXTENSION_SUBJECT_KEY:
    case EXTENSION_CRL_POINTS:
        break; /* names and keys are compared themselves; revocation lists are given, not fetched */
    case EXTENSION_UNKNOWN:
        if (critical)
            reader_fail(r, "unknown critical extension");
        break;
    }
}

struct bytes x509_extension(const struct x509 *cert, struct bytes oid)
{
    struct reader list = reader_of(cert->extensions);

    while (reader_ok(&list) && list.left > 0) {
        struct bytes got, value;
        bool critical;
        x509_take_extension(&list, &got, &critical, &value);
        if (reader_ok(&list) && bytes_eq(got, oid))
            return value;
    }
    return BYTES_EMPTY;
}

static void read_extensions(struct x509 *c, struct reader *tbs)
{
    struct reader outer = der_enter(tbs, DER_CONTEXT_3);
    c->extensions = der_take(&outer, DER_SEQUENCE);
    struct reader list = reader_of(c->extensions);
    struct bytes oids[X509_EXTENSIONS_MAX];
    size_t count = 0;

    while (reader_ok(&list) && list.left > 0) {
        if (count == X509_EXTENSIONS_MAX) {
            reader_fail(&list, "too many extensions");
            break;
        }
        read_extension(c, &list, &oids[count]);
        for (size_t i = 0; reader_ok(&list) && i < count; i++) {
            if (bytes_eq(oids[i], oids[count]))
                reader_fail(&list, "extension occurs twice");
        }
        count++;
    }
    der_leave(&outer, &list);
    der_leave(tbs, &outer);
}

/* One of the known forms: what precedes the key, the key, what follows it. */
static void take_key(struct x509 *c, struct reader *r)
{
    c->spki = der_take_whole(r, DER_SEQUENCE, NULL);
    for (size_t i = 0; reader_ok(r) && i < ARRAY_LEN(key_forms); i++) {
        struct bytes before = key_forms[i].before, after = key_forms[i].after;
        size_t len = key_forms[i].key_len;
        if (c->spki.len == before.len + len + after.len && bytes_starts_with(c->spki, before) &&
            bytes_eq(bytes_from(c->spki, before.len + len), after)) {
            c->public_key = bytes_of(c->spki.p + before.len, len);
            return;
        }
    }
    reader_fail(r, "key is neither on P-256 or P-384 nor RSA-4096");
}

static void read_tbs(struct x509 *c, struct reader *r)
{
    struct bytes content = BYTES_EMPTY;

    c->tbs = der_take_whole(r, DER_SEQUENCE, &content);
    struct reader t = reader_of(content);
    struct reader version = der_enter(&t, DER_CONTEXT_0);
    if (der_take_uint(&version, DER_INTEGER, 2) != 2)
        reader_fail(&version, "certificate is not of version 3");
    der_leave(&t, &version);
    c->serial = der_take(&t, DER_INTEGER);
    if (reader_ok(&t) && (c->serial.len == 0 || c->serial.len > 21))
        reader_fail(&t, "bad serial number");
    x509_take_algorithm(&c->signature, &t);
    c->issuer = der_take_whole(&t, DER_SEQUENCE, NULL);
    struct reader validity = der_enter(&t, DER_SEQUENCE);
    c->not_before = der_take_time(&validity);
    c->not_after = der_take_time(&validity);
    der_leave(&t, &validity);
    c->subject = der_take_whole(&t, DER_SEQUENCE, NULL);
    take_key(c, &t);
    if (reader_ok(&t) && t.left > 0)
        read_extensions(c, &t);
    der_leave(r, &t);
}

enum err_code x509_read(struct x509 *out, struct bytes der, struct err *e)
{
    struct x509 c = {.whole = der, .pathlen = X509_PATHLEN_NONE};
    struct reader file = reader_of(der);
    struct reader r = der_enter(&file, DER_SEQUENCE);

    read_tbs(&c, &r);
    x509_take_signature(&c.signature, &r);
    der_leave(&file, &r);
    TRY(reader_end(&file, "certificate", e));
    *out = c;
    return ERR_OK;
}

bool x509_signed_by(const struct x509 *cert, struct bytes issuer_key, const struct attest_primitives *crypto)
{
    return x509_signature_ok(&cert->signature, cert->tbs, issuer_key, crypto);
}

bool x509_may_issue(const struct x509 *cert, uint8_t pathlen)
{
    return cert->ca && cert->pathlen >= pathlen && cert->has_key_usage &&
           (cert->key_usage & X509_KU_KEY_CERT_SIGN) != 0;
}

bool x509_self_issued(const struct x509 *cert)
{
    return bytes_eq(cert->issuer, cert->subject);
}

struct bytes x509_common_name(struct bytes name)
{
    static const struct bytes common_name = {(const uint8_t *)"\x55\x04\x03", 3};
    struct reader file = reader_of(name);
    struct reader list = der_enter(&file, DER_SEQUENCE);

    while (reader_ok(&list) && list.left > 0) {
        struct reader set = der_enter(&list, DER_SET);
        struct reader pair = der_enter(&set, DER_SEQUENCE);
        struct bytes oid = der_take(&pair, DER_OID);
        struct bytes text = der_take(&pair, der_peek(&pair));
        if (reader_ok(&pair) && bytes_eq(oid, common_name))
            return text;
        if (!reader_ok(&pair))
            break;
    }
    return BYTES_EMPTY;
}
