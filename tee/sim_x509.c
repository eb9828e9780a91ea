#include "tee/sim_x509.h"
#include "base/fmt.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "tee/sim_der.h"

#include <openssl/x509.h>

enum { KEY_ID_LEN = 20, DAY = 86400, UTF8_STRING = 0x0c, NO_PATHLEN = 255 };

static const struct kind {
    const char *name; /* %s: the product */
    enum sim_cert issuer;
    uint32_t days;
    bool ca, amd;        /* AMD's shape */
    uint8_t pathlen;     /* of a CA */
    struct bytes serial; /* empty: random */
} kinds[] = {
    [SIM_ROOT] =
        {.name = "Simulated SGX Root CA", .issuer = SIM_ROOT, .days = 20 * 365, .ca = true, .pathlen = 1},
    [SIM_PLATFORM_CA] = {.name = "Simulated SGX PCK Platform CA",
                         .issuer = SIM_ROOT,
                         .days = 10 * 365,
                         .ca = true},
    [SIM_TCB_SIGNER] = {.name = "Simulated SGX TCB Signing", .issuer = SIM_ROOT, .days = 7 * 365},
    [SIM_PCK] = {.name = "Simulated SGX PCK Certificate", .issuer = SIM_PLATFORM_CA, .days = 7 * 365},
#define SERIAL(s)                           \
    {                                       \
        (const uint8_t *)(s), sizeof(s) - 1 \
    }
#define AMD_CA .issuer = SIM_ARK, .days = 20 * 365, .ca = true, .amd = true
    [SIM_ARK] = {.name = "Simulated ARK-%s", AMD_CA, .pathlen = NO_PATHLEN, .serial = SERIAL("\x01\x00\x00")},
    [SIM_ASK] = {.name = "Simulated SEV-%s", AMD_CA, .serial = SERIAL("\x01\x00\x01")},
    [SIM_ASVK] = {.name = "Simulated SEV-VLEK-%s", AMD_CA, .serial = SERIAL("\x01\x00\x02")},
    [SIM_VCEK] = {.name = "Simulated SEV-VCEK",
                  .issuer = SIM_ASK,
                  .days = 7 * 365,
                  .amd = true,
                  .serial = SERIAL("\0")},
    [SIM_VLEK] =
        {.name = "Simulated SEV-VLEK", .issuer = SIM_ASVK, .days = 365, .amd = true, .serial = SERIAL("\0")},
};

struct bytes sim_amd_serial(enum sim_cert kind)
{
    return kinds[kind].serial;
}

static void put_name_part(struct writer *w, uint8_t last_arc, const char *text)
{
    const uint8_t oid[3] = {0x55, 0x04, last_arc};
    struct part set, pair;
    struct writer *s = part_begin(&set), *p = part_begin(&pair);

    put_tlv(p, DER_OID, bytes_of(oid, sizeof oid));
    put_tlv(p, UTF8_STRING, bytes_of_str(text));
    part_end(s, DER_SEQUENCE, &pair);
    part_end(w, DER_SET, &set);
}

static void put_name(struct writer *w, enum sim_cert kind, enum attest_snp_product product)
{
    struct part name;
    struct writer *n = part_begin(&name);
    char text[64];

    /* the format is one of the table above: at most one %s */
    size_t at = strcspn(kinds[kind].name, "%");
    memcpy(text, kinds[kind].name, at + 1);
    if (text[at] == '%')
        (void)fmt_into(text + at, sizeof text - at, "%s", attest_product_name(product));
    put_name_part(n, 3, text);
    put_name_part(n, 10, "Simulated attestation, not for production");
    part_end(w, DER_SEQUENCE, &name);
}

static void key_id(uint8_t out[KEY_ID_LEN], const EVP_PKEY *key)
{
    uint8_t hash[32], public_key[SIM_PUBLIC_MAX];
    sha256(hash, sim_key_public(public_key, key));
    memcpy(out, hash, KEY_ID_LEN);
}

/* Context-tagged key identifier inside a sequence: the authority key identifier. */
static void put_authority(struct writer *list, const EVP_PKEY *issuer)
{
    uint8_t id[KEY_ID_LEN];
    struct part seq, value;
    struct writer *s = part_begin(&seq), *v = part_begin(&value);

    key_id(id, issuer);
    put_tlv(s, 0x80, bytes_of(id, sizeof id));
    part_end(v, DER_SEQUENCE, &seq);
    put_extension(list, BYTES_LIT("\x55\x1d\x23"), false, writer_bytes(v));
}

/* Where the issuer's list would be: a host that does not exist (RFC 6761). */
static void put_distribution_point(struct writer *list, enum sim_cert issuer)
{
    struct part points, point, name, full;
    struct writer *ps = part_begin(&points), *p = part_begin(&point), *n = part_begin(&name),
                  *f = part_begin(&full);
    struct part value;
    struct writer *v = part_begin(&value);

    put_tlv(f, 0x86,
            issuer == SIM_ROOT          ? BYTES_LIT("https://certificates.simulated.invalid/root.crl")
            : issuer == SIM_PLATFORM_CA ? BYTES_LIT("https://certificates.simulated.invalid/platform.crl")
                                        : BYTES_LIT("https://kds.simulated.invalid/crl"));
    part_end(n, DER_CONTEXT_0, &full);
    part_end(p, DER_CONTEXT_0, &name);
    part_end(ps, DER_SEQUENCE, &point);
    part_end(v, DER_SEQUENCE, &points);
    put_extension(list, BYTES_LIT("\x55\x1d\x1f"), false, writer_bytes(v));
}

static void put_basic_constraints(struct writer *list, const struct kind *k)
{
    static const uint8_t yes = 0xff;
    struct part value, seq;
    struct writer *v = part_begin(&value), *s = part_begin(&seq);

    if (k->ca) {
        put_tlv(s, DER_BOOLEAN, bytes_of(&yes, 1));
        if (k->pathlen != NO_PATHLEN)
            put_uint(s, DER_INTEGER, k->pathlen);
    }
    part_end(v, DER_SEQUENCE, &seq);
    put_extension(list, BYTES_LIT("\x55\x1d\x13"), true, writer_bytes(v));
}

static void put_extensions(struct writer *w, const struct sim_cert_args *args)
{
    const struct kind *k = &kinds[args->kind];
    struct part outer, list, value;
    struct writer *o = part_begin(&outer), *l = part_begin(&list), *v = part_begin(&value);
    uint8_t id[KEY_ID_LEN];

    if (k->amd && !k->ca) { /* AMD's leaves have nothing else */
        sim_put_amd_extensions(l, args->kind, args->product, args->chip);
    } else {
        put_authority(l, args->issuer);
        put_distribution_point(l, k->issuer);
        key_id(id, args->subject);
        put_tlv(v, DER_OCTET_STRING, bytes_of(id, sizeof id));
        put_extension(l, BYTES_LIT("\x55\x1d\x0e"), false, writer_bytes(v));
        /* CA: keyCertSign and cRLSign; leaf: digitalSignature and nonRepudiation */
        put_extension(l, BYTES_LIT("\x55\x1d\x0f"), true,
                      k->ca ? BYTES_LIT("\x03\x02\x01\x06") : BYTES_LIT("\x03\x02\x06\xc0"));
        put_basic_constraints(l, k);
    }
    if (args->kind == SIM_PCK) {
        v = part_begin(&value);
        sim_put_sgx_extension(v, args->platform);
        put_extension(l, BYTES_LIT("\x2a\x86\x48\x86\xf8\x4d\x01\x0d\x01"), false, writer_bytes(v));
    }
    part_end(o, DER_SEQUENCE, &list);
    part_end(w, DER_CONTEXT_3, &outer);
}

static void put_public_key(struct writer *w, const EVP_PKEY *key)
{
    /* SubjectPublicKeyInfo as DER */
    uint8_t *der = NULL;
    int len = i2d_PUBKEY(key, &der);
    ASSERT(len > 0);
    put_mem(w, der, (size_t)len);
    OPENSSL_free(der);
}

static const struct bytes ecdsa_sha256 = SERIAL("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02");
/* RSASSA-PSS, SHA-384, MGF1 with SHA-384, salt 48 (RFC 4055), the default trailer left out. */
#define SHA384_ID "\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00"
static const struct bytes rsa_pss =
    SERIAL("\x30\x41\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x34"
           "\xa0\x0f" SHA384_ID "\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08" SHA384_ID
           "\xa2\x03\x02\x01\x30");

static struct bytes algorithm(const EVP_PKEY *issuer)
{
    return sim_key_algorithm(issuer) == SIM_RSA4096 ? rsa_pss : ecdsa_sha256;
}

/* {tbs, algorithm, signature}: certificates and lists alike. */
static void put_signed(struct writer *w, struct bytes tbs, EVP_PKEY *issuer)
{
    struct part whole, bits, pair;
    struct writer *c = part_begin(&whole), *b = part_begin(&bits), *p = part_begin(&pair);
    uint8_t mem[SIM_SIGNATURE_MAX];
    struct bytes sig = sim_sign(mem, issuer, tbs);

    put_bytes(c, tbs);
    put_bytes(c, algorithm(issuer));
    put_u8(b, 0);
    if (sim_key_algorithm(issuer) == SIM_RSA4096) {
        put_bytes(b, sig);
    } else {
        put_big(p, bytes_of(sig.p, sig.len / 2));
        put_big(p, bytes_from(sig, sig.len / 2));
        part_end(b, DER_SEQUENCE, &pair);
    }
    part_end(c, DER_BIT_STRING, &bits);
    part_end(w, DER_SEQUENCE, &whole);
}

void sim_put_cert(struct writer *w, const struct sim_cert_args *args)
{
    const struct kind *k = &kinds[args->kind];
    struct part outer, tbs, validity;
    struct writer *o = part_begin(&outer), *t = part_begin(&tbs), *v = part_begin(&validity);
    uint8_t serial[20];

    random_bytes(serial, sizeof serial);
    serial[0] = (serial[0] & 0x3f) | 0x40;                /* 20 bytes, positive */
    put_tlv(t, DER_CONTEXT_0, BYTES_LIT("\x02\x01\x02")); /* version 3 */
    put_tlv(t, DER_INTEGER, k->amd ? k->serial : bytes_of(serial, sizeof serial));
    put_bytes(t, algorithm(args->issuer));
    put_name(t, k->issuer, args->product);
    put_time(v, args->now - DAY); /* clocks differ a little */
    put_time(v, args->now + (uint64_t)k->days * DAY);
    part_end(t, DER_SEQUENCE, &validity);
    put_name(t, args->kind, args->product);
    put_public_key(t, args->subject);
    put_extensions(t, args);
    part_end(o, DER_SEQUENCE, &tbs);
    put_signed(w, writer_bytes(o), args->issuer);
}

/* Entries of {serial, date, extensions {reason: keyCompromise}}. */
static void put_revoked(struct writer *w, const struct sim_crl_args *args)
{
    struct part list;
    struct writer *l = part_begin(&list);

    for (size_t i = 0; i < args->revoked_count; i++) {
        struct part entry, extensions;
        struct writer *n = part_begin(&entry), *x = part_begin(&extensions);
        put_tlv(n, DER_INTEGER, args->revoked[i]);
        put_time(n, args->this_update);
        put_extension(x, BYTES_LIT("\x55\x1d\x15"), false, BYTES_LIT("\x0a\x01\x01"));
        part_end(n, DER_SEQUENCE, &extensions);
        part_end(l, DER_SEQUENCE, &entry);
    }
    if (args->revoked_count > 0) /* an empty list is left out (RFC 5280 section 5.1.2.6) */
        part_end(w, DER_SEQUENCE, &list);
}

void sim_put_crl(struct writer *w, const struct sim_crl_args *args)
{
    struct part outer, tbs, explicit, list, value;
    struct writer *o = part_begin(&outer), *t = part_begin(&tbs), *x = part_begin(&explicit),
                  *l = part_begin(&list), *v = part_begin(&value);

    put_uint(t, DER_INTEGER, 1); /* version 2 */
    put_bytes(t, algorithm(args->issuer));
    put_name(t, args->issuer_kind, args->product);
    put_time(t, args->this_update);
    put_time(t, args->next_update);
    put_revoked(t, args);
    put_uint(v, DER_INTEGER, args->number);
    put_extension(l, BYTES_LIT("\x55\x1d\x14"), false, writer_bytes(v));
    put_authority(l, args->issuer);
    part_end(x, DER_SEQUENCE, &list);
    part_end(t, DER_CONTEXT_0, &explicit);
    part_end(o, DER_SEQUENCE, &tbs);
    put_signed(w, writer_bytes(o), args->issuer);
}
