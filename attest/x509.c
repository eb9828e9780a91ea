#include "attest/x509.h"
#include "attest/der.h"

/* AlgorithmIdentifier ecdsa-with-SHA256 without parameters, and the head of a P-256 SubjectPublicKeyInfo. */
static const struct bytes ecdsa_sha256 = {(const uint8_t *)"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02",
                                          12};
static const struct bytes p256_prefix = {
    (const uint8_t
         *)"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01"
           "\x07\x03\x42\x00\x04",
    27};

enum extension {
    EXTENSION_AUTHORITY_KEY,
    EXTENSION_SUBJECT_KEY,
    EXTENSION_KEY_USAGE,
    EXTENSION_BASIC_CONSTRAINTS,
    EXTENSION_CRL_POINTS,
    EXTENSION_SGX,
    EXTENSION_EVIDENCE,
    EXTENSION_UNKNOWN,
};

static const struct bytes extension_oids[EXTENSION_UNKNOWN] = {
    [EXTENSION_AUTHORITY_KEY] = {(const uint8_t *)"\x55\x1d\x23", 3},
    [EXTENSION_SUBJECT_KEY] = {(const uint8_t *)"\x55\x1d\x0e", 3},
    [EXTENSION_KEY_USAGE] = {(const uint8_t *)"\x55\x1d\x0f", 3},
    [EXTENSION_BASIC_CONSTRAINTS] = {(const uint8_t *)"\x55\x1d\x13", 3},
    [EXTENSION_CRL_POINTS] = {(const uint8_t *)"\x55\x1d\x1f", 3},
    [EXTENSION_SGX] = {(const uint8_t *)"\x2a\x86\x48\x86\xf8\x4d\x01\x0d\x01", 9},
    [EXTENSION_EVIDENCE] = {(const uint8_t *)"\x67\x81\x05\x05\x04\x09", 6},
};

static void expect(struct reader *r, struct bytes want, const char *why)
{
    struct bytes got = take_bytes(r, want.len);
    if (reader_ok(r) && !bytes_eq(got, want))
        reader_fail(r, why);
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

static void read_extension(struct x509 *c, struct reader *r, struct bytes *oid_out)
{
    struct reader s = der_enter(r, DER_SEQUENCE);
    struct bytes oid = der_take(&s, DER_OID);
    bool critical = false;

    if (der_peek(&s) == DER_BOOLEAN) {
        critical = der_take_bool(&s);
        if (!critical)
            reader_fail(&s, "default value is encoded");
    }
    struct bytes value = der_take(&s, DER_OCTET_STRING);
    der_leave(r, &s);
    *oid_out = oid;
    if (!reader_ok(r))
        return;
    switch (extension_of(oid)) {
    case EXTENSION_KEY_USAGE:
        read_key_usage(c, r, value);
        break;
    case EXTENSION_BASIC_CONSTRAINTS:
        read_basic_constraints(c, r, value);
        break;
    case EXTENSION_SGX:
        c->sgx = value;
        break;
    case EXTENSION_EVIDENCE:
        c->evidence = value;
        break;
    case EXTENSION_AUTHORITY_KEY:
    case EXTENSION_SUBJECT_KEY:
    case EXTENSION_CRL_POINTS:
        break; /* names and keys are compared themselves, revocation is not evaluated yet */
    case EXTENSION_UNKNOWN:
        if (critical)
            reader_fail(r, "unknown critical extension");
        break;
    }
}

static void read_extensions(struct x509 *c, struct reader *tbs)
{
    struct reader outer = der_enter(tbs, DER_CONTEXT_3);
    struct reader list = der_enter(&outer, DER_SEQUENCE);
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

static void read_tbs(struct x509 *c, struct reader *r)
{
    struct bytes content = BYTES_EMPTY;

    c->tbs = der_take_whole(r, DER_SEQUENCE, &content);
    struct reader t = reader_of(content);
    struct reader version = der_enter(&t, DER_CONTEXT_0);
    if (der_take_uint(&version, DER_INTEGER, 2) != 2)
        reader_fail(&version, "certificate is not of version 3");
    der_leave(&t, &version);
    struct bytes serial = der_take(&t, DER_INTEGER);
    if (reader_ok(&t) && (serial.len == 0 || serial.len > 21))
        reader_fail(&t, "bad serial number");
    expect(&t, ecdsa_sha256, "signature algorithm is not ECDSA with SHA-256");
    c->issuer = der_take_whole(&t, DER_SEQUENCE, NULL);
    struct reader validity = der_enter(&t, DER_SEQUENCE);
    c->not_before = der_take_time(&validity);
    c->not_after = der_take_time(&validity);
    der_leave(&t, &validity);
    c->subject = der_take_whole(&t, DER_SEQUENCE, NULL);
    c->spki = take_bytes(&t, X509_SPKI_LEN);
    if (reader_ok(&t) && !bytes_starts_with(c->spki, p256_prefix))
        reader_fail(&t, "key is not on P-256");
    if (reader_ok(&t))
        memcpy(c->public_key, c->spki.p + p256_prefix.len, sizeof c->public_key);
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
    expect(&r, ecdsa_sha256, "signature algorithm is not ECDSA with SHA-256");
    struct reader bits = reader_of(der_take_bits(&r));
    struct reader pair = der_enter(&bits, DER_SEQUENCE);
    der_take_big(&pair, c.signature, 32);
    der_take_big(&pair, c.signature + 32, 32);
    der_leave(&bits, &pair);
    der_leave(&r, &bits);
    der_leave(&file, &r);
    TRY(reader_check(&file, "certificate", e));
    *out = c;
    return ERR_OK;
}

bool x509_signed_by(const struct x509 *cert, const uint8_t public_key[64],
                    const struct attest_primitives *crypto)
{
    uint8_t hash[32];
    crypto->sha256(hash, cert->tbs);
    return crypto->p256_verify(public_key, hash, cert->signature);
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
