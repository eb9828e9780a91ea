/* tee/sim_x509.c — writes the certificates by hand, in the shape the strict reader (attest/x509.h)
 * demands. */
#include "tee/sim_x509.h"
#include "attest/der.h"
#include "crypto/hash.h"
#include "crypto/random.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>

enum { PART_MAX = 2048, KEY_ID_LEN = 20, DAY = 86400 };

static const struct {
    const char *name;
    uint32_t days;
} kinds[] = {
    [SIM_ROOT] = {"Simulated SGX Root CA", 20 * 365},
    [SIM_PLATFORM_CA] = {"Simulated SGX PCK Platform CA", 10 * 365},
    [SIM_PCK] = {"Simulated SGX PCK Certificate", 7 * 365},
};

EVP_PKEY *sim_key_new(void)
{
    return EVP_EC_gen("P-256");
}

bool sim_key_public(uint8_t out[64], const EVP_PKEY *key)
{
    uint8_t point[65];
    size_t len = 0;

    if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &len) != 1 ||
        len != sizeof point || point[0] != 4)
        return false;
    memcpy(out, point + 1, 64);
    return true;
}

bool sim_sign(uint8_t sig[64], EVP_PKEY *key, struct bytes in)
{
    uint8_t der[80];
    const uint8_t *at = der;
    size_t len = sizeof der;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx != NULL && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestSign(ctx, der, &len, in.p, in.len) == 1;
    ECDSA_SIG *pair = ok ? d2i_ECDSA_SIG(NULL, &at, (long)len) : NULL;

    ok = pair != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), sig, 32) == 32 &&
         BN_bn2binpad(ECDSA_SIG_get0_s(pair), sig + 32, 32) == 32;
    ECDSA_SIG_free(pair);
    EVP_MD_CTX_free(ctx);
    return ok;
}

void sim_put_components(struct writer *w)
{
    static const uint8_t components[16] = {4, 4, 3, 3, 255, 255};
    put_mem(w, components, sizeof components);
}

static void put_tlv(struct writer *w, uint8_t tag, struct bytes content)
{
    ASSERT(content.len <= UINT16_MAX);
    put_u8(w, tag);
    if (content.len >= 256) {
        put_u8(w, 0x82);
        put_u16be(w, (uint16_t)content.len);
    } else if (content.len >= 128) {
        put_u8(w, 0x81);
        put_u8(w, (uint8_t)content.len);
    } else {
        put_u8(w, (uint8_t)content.len);
    }
    put_bytes(w, content);
}

/* A part under construction: content in fixed memory, then put_tlv of it. */
struct part {
    uint8_t mem[PART_MAX];
    struct writer w;
};

static struct writer *part_begin(struct part *p)
{
    p->w = writer_fixed(p->mem, sizeof p->mem);
    return &p->w;
}

static void part_end(struct writer *w, uint8_t tag, struct part *p)
{
    ASSERT(writer_ok(&p->w));
    put_tlv(w, tag, writer_bytes(&p->w));
}

static void put_uint(struct writer *w, uint8_t tag, uint32_t v)
{
    uint8_t be[5] = {0, (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};
    size_t skip = 0;
    while (skip < 4 && be[skip] == 0 && be[skip + 1] < 0x80)
        skip++;
    put_tlv(w, tag, bytes_of(be + skip, sizeof be - skip));
}

/* A positive INTEGER of big-endian bytes. */
static void put_big(struct writer *w, struct bytes be)
{
    uint8_t text[33] = {0};
    size_t skip = 0;
    memcpy(text + 1, be.p, be.len);
    while (skip < be.len && text[skip] == 0 && text[skip + 1] < 0x80)
        skip++;
    put_tlv(w, DER_INTEGER, bytes_of(text + skip, be.len + 1 - skip));
}

static void put_name_part(struct writer *w, uint8_t last_arc, const char *text)
{
    const uint8_t oid[3] = {0x55, 0x04, last_arc};
    struct part set, pair;
    struct writer *s = part_begin(&set), *p = part_begin(&pair);

    put_tlv(p, DER_OID, bytes_of(oid, sizeof oid));
    put_tlv(p, 0x0c, bytes_of_str(text)); /* UTF8String */
    part_end(s, DER_SEQUENCE, &pair);
    part_end(w, DER_SET, &set);
}

static void put_name(struct writer *w, enum sim_cert kind)
{
    struct part name;
    struct writer *n = part_begin(&name);

    put_name_part(n, 3, kinds[kind].name);
    put_name_part(n, 10, "Simulated attestation, not for production");
    part_end(w, DER_SEQUENCE, &name);
}

/* UTCTime up to 2049, GeneralizedTime after (RFC 5280). Civil date from days, by Hinnant's algorithm. */
static void put_time(struct writer *w, uint64_t seconds)
{
    struct part text;
    struct writer *t = part_begin(&text);
    uint64_t z = seconds / DAY + 719468, era = z / 146097, doe = z % 146097;
    uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    unsigned day = (unsigned)(doy - (153 * mp + 2) / 5 + 1), month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
    unsigned year = (unsigned)(yoe + era * 400) + (month <= 2 ? 1 : 0), second = (unsigned)(seconds % DAY);
    bool utc = year < 2050;

    if (utc)
        put_fmt(t, "%02u", year % 100);
    else
        put_fmt(t, "%04u", year);
    put_fmt(t, "%02u%02u%02u%02u%02uZ", month, day, second / 3600, second / 60 % 60, second % 60);
    part_end(w, utc ? DER_UTC_TIME : DER_GENERALIZED_TIME, &text);
}

static void put_extension(struct writer *w, struct bytes oid, bool critical, struct bytes value)
{
    static const uint8_t yes = 0xff;
    struct part ext;
    struct writer *x = part_begin(&ext);

    put_tlv(x, DER_OID, oid);
    if (critical)
        put_tlv(x, DER_BOOLEAN, bytes_of(&yes, 1));
    put_tlv(x, DER_OCTET_STRING, value);
    part_end(w, DER_SEQUENCE, &ext);
}

static struct bytes sgx_oid(uint8_t out[11], uint8_t member, uint8_t sub)
{
    static const uint8_t base[9] = {0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};
    memcpy(out, base, sizeof base);
    out[9] = member;
    out[10] = sub;
    return bytes_of(out, member == 0 ? 9 : sub == 0 ? 10 : 11);
}

/* {member OID, value of `tag`} */
static void put_member(struct writer *w, uint8_t member, uint8_t sub, uint8_t tag, struct bytes content)
{
    struct part pair;
    struct writer *p = part_begin(&pair);
    uint8_t oid[11];

    put_tlv(p, DER_OID, sgx_oid(oid, member, sub));
    put_tlv(p, tag, content);
    part_end(w, DER_SEQUENCE, &pair);
}

static void put_uint_member(struct writer *w, uint8_t member, uint8_t sub, uint32_t v)
{
    struct part pair;
    struct writer *p = part_begin(&pair);
    uint8_t oid[11];

    put_tlv(p, DER_OID, sgx_oid(oid, member, sub));
    put_uint(p, DER_INTEGER, v);
    part_end(w, DER_SEQUENCE, &pair);
}

static void put_sgx_extension(struct writer *w)
{
    static const uint8_t pceid[2] = {0, 0}, fmspc[6] = {0x5d, 0, 0xd0, 0, 0, 0}, scalable = 1, yes = 0xff;
    struct part all, tcb, config;
    struct writer *a = part_begin(&all), *t = part_begin(&tcb), *c = part_begin(&config);
    uint8_t svn[16], random[16];
    struct writer v = writer_fixed(svn, sizeof svn);

    sim_put_components(&v);
    random_bytes(random, sizeof random);
    put_member(a, 1, 0, DER_OCTET_STRING, bytes_of(random, sizeof random)); /* PPID */
    for (uint8_t i = 0; i < 16; i++)
        put_uint_member(t, 2, (uint8_t)(i + 1), svn[i]);
    put_uint_member(t, 2, 17, 11); /* PCESVN */
    put_member(t, 2, 18, DER_OCTET_STRING, bytes_of(svn, sizeof svn));
    put_member(a, 2, 0, DER_SEQUENCE, writer_bytes(t));
    put_member(a, 3, 0, DER_OCTET_STRING, bytes_of(pceid, sizeof pceid));
    put_member(a, 4, 0, DER_OCTET_STRING, bytes_of(fmspc, sizeof fmspc));
    put_member(a, 5, 0, DER_ENUMERATED, bytes_of(&scalable, 1));
    random_bytes(random, sizeof random);
    put_member(a, 6, 0, DER_OCTET_STRING, bytes_of(random, sizeof random)); /* platform instance */
    for (uint8_t i = 1; i <= 3; i++)
        put_member(c, 7, i, DER_BOOLEAN, bytes_of(&yes, 1));
    put_member(a, 7, 0, DER_SEQUENCE, writer_bytes(c));
    part_end(w, DER_SEQUENCE, &all);
}

static void key_id(uint8_t out[KEY_ID_LEN], const uint8_t public_key[64])
{
    uint8_t hash[32];
    sha256(hash, bytes_of(public_key, 64));
    memcpy(out, hash, KEY_ID_LEN);
}

/* Context-tagged key identifier inside a sequence: the authority key identifier. */
static void put_authority(struct writer *list, const uint8_t issuer_key[64])
{
    uint8_t id[KEY_ID_LEN];
    struct part seq, value;
    struct writer *s = part_begin(&seq), *v = part_begin(&value);

    key_id(id, issuer_key);
    put_tlv(s, 0x80, bytes_of(id, sizeof id));
    part_end(v, DER_SEQUENCE, &seq);
    put_extension(list, BYTES_LIT("\x55\x1d\x23"), false, writer_bytes(v));
}

static void put_extensions(struct writer *w, enum sim_cert kind, const uint8_t subject_key[64],
                           const uint8_t issuer_key[64])
{
    struct part outer, list, value;
    struct writer *o = part_begin(&outer), *l = part_begin(&list), *v;
    uint8_t id[KEY_ID_LEN], oid[11];

    put_authority(l, issuer_key);
    key_id(id, subject_key);
    v = part_begin(&value);
    put_tlv(v, DER_OCTET_STRING, bytes_of(id, sizeof id));
    put_extension(l, BYTES_LIT("\x55\x1d\x0e"), false, writer_bytes(v));
    /* CA: keyCertSign and cRLSign; leaf: digitalSignature and nonRepudiation */
    put_extension(l, BYTES_LIT("\x55\x1d\x0f"), true,
                  kind == SIM_PCK ? BYTES_LIT("\x03\x02\x06\xc0") : BYTES_LIT("\x03\x02\x01\x06"));
    put_extension(l, BYTES_LIT("\x55\x1d\x13"), true,
                  kind == SIM_PCK    ? BYTES_LIT("\x30\x00")
                  : kind == SIM_ROOT ? BYTES_LIT("\x30\x06\x01\x01\xff\x02\x01\x01")
                                     : BYTES_LIT("\x30\x06\x01\x01\xff\x02\x01\x00"));
    if (kind == SIM_PCK) {
        v = part_begin(&value);
        put_sgx_extension(v);
        put_extension(l, sgx_oid(oid, 0, 0), false, writer_bytes(v));
    }
    part_end(o, DER_SEQUENCE, &list);
    part_end(w, DER_CONTEXT_3, &outer);
}

static const struct bytes ecdsa_sha256 = {(const uint8_t *)"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02",
                                          12};

static void put_tbs(struct writer *w, enum sim_cert kind, const uint8_t subject_key[64],
                    const uint8_t issuer_key[64], uint64_t now)
{
    struct part tbs, validity;
    struct writer *t = part_begin(&tbs), *v = part_begin(&validity);
    uint8_t serial[20];

    random_bytes(serial, sizeof serial);
    serial[0] |= 0x40; /* 20 bytes, positive */
    serial[0] &= 0x7f;
    put_tlv(t, DER_CONTEXT_0, BYTES_LIT("\x02\x01\x02")); /* version 3 */
    put_tlv(t, DER_INTEGER, bytes_of(serial, sizeof serial));
    put_bytes(t, ecdsa_sha256);
    put_name(t, kind == SIM_PCK ? SIM_PLATFORM_CA : SIM_ROOT);
    put_time(v, now - DAY); /* clocks differ a little */
    put_time(v, now + (uint64_t)kinds[kind].days * DAY);
    part_end(t, DER_SEQUENCE, &validity);
    put_name(t, kind);
    put_bytes(t,
              BYTES_LIT("\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03"
                        "\x01\x07\x03\x42\x00\x04"));
    put_mem(t, subject_key, 64);
    put_extensions(t, kind, subject_key, issuer_key);
    part_end(w, DER_SEQUENCE, &tbs);
}

void sim_put_cert(struct writer *w, enum sim_cert kind, const EVP_PKEY *subject_key, EVP_PKEY *issuer_key,
                  uint64_t now)
{
    struct part cert, sig_bits, pair;
    struct writer *c = part_begin(&cert), *b = part_begin(&sig_bits), *p = part_begin(&pair);
    uint8_t sig[64], subject[64], issuer[64];

    ASSERT(sim_key_public(subject, subject_key) && sim_key_public(issuer, issuer_key));
    put_tbs(c, kind, subject, issuer, now);
    ASSERT(sim_sign(sig, issuer_key, writer_bytes(c)));
    put_bytes(c, ecdsa_sha256);
    put_big(p, bytes_of(sig, 32));
    put_big(p, bytes_of(sig + 32, 32));
    put_u8(b, 0);
    part_end(b, DER_SEQUENCE, &pair);
    part_end(c, DER_BIT_STRING, &sig_bits);
    part_end(w, DER_SEQUENCE, &cert);
}
