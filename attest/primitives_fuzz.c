/* attest/primitives_fuzz.c — plain C and OpenSSL give one verdict on keys, hashes and signatures of any kind:
 * random, valid, valid and then damaged, near the moduli.
 *
 * Input: a byte that chooses primitive and making, the bytes of the making, then triples (field, operation,
 * value), each of which changes one field. What the input lacks is zero. */
#include "attest/forge_test.h"

#include <openssl/obj_mac.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct field {
    uint8_t *p;
    size_t len;
    const BIGNUM *modulus; /* whose neighbours are worth trying */
};

static void take(struct bytes *in, uint8_t *out, size_t len)
{
    size_t got = in->len < len ? in->len : len;
    memset(out, 0, len);
    if (got > 0)
        memcpy(out, in->p, got);
    *in = bytes_from(*in, got);
}

static uint8_t take_u8(struct bytes *in)
{
    uint8_t v;
    take(in, &v, 1);
    return v;
}

/* One signed byte, or a whole scalar. */
static BIGNUM *take_scalar(struct bytes *in, size_t len, bool small)
{
    uint8_t b[FORGE_EC_MAX];
    BIGNUM *n;

    take(in, b, small ? 1 : len);
    if (!small)
        return BN_bin2bn(b, (int)len, NULL);
    n = BN_new();
    ASSERT(BN_set_word(n, b[0] & 0x7f) == 1);
    BN_set_negative(n, b[0] >> 7);
    return n;
}

/* The modulus plus a small number, or the distance to it. Numbers that do not fit are left out. */
static void near_modulus(const struct field *f, int offset, bool distance)
{
    BIGNUM *x = distance ? BN_bin2bn(f->p, (int)f->len, NULL) : BN_new();
    uint8_t out[ATTEST_RSA_LEN];

    if (distance)
        (void)BN_sub(x, f->modulus, x);
    else if (BN_copy(x, f->modulus) != NULL)
        (void)(offset < 0 ? BN_sub_word(x, (BN_ULONG)-offset) : BN_add_word(x, (BN_ULONG)offset));
    if (!BN_is_negative(x) && BN_bn2binpad(x, out, (int)f->len) >= 0)
        memcpy(f->p, out, f->len);
    BN_free(x);
}

static void change(const struct field *f, uint8_t operation, uint8_t value)
{
    size_t at = value % f->len;

    switch (operation % 8) {
    case 0:
    case 1:
    case 2: /* single bits are what breaks a valid signature, whole words of ones what breaks carries */
        f->p[(operation % 8U * 256 + value) % f->len] ^= (uint8_t)(1 << (operation >> 5));
        break;
    case 3:
        f->p[at] = operation >> 3;
        break;
    case 4:
        memset(f->p + at, operation & 8 ? 0xff : 0, f->len - at < 8 ? f->len - at : 8);
        break;
    case 5:
        memset(f->p, operation & 8 ? 0xff : 0, f->len);
        f->p[f->len - 1] ^= value;
        break;
    case 6:
        near_modulus(f, (int8_t)value, false);
        break;
    default:
        near_modulus(f, 0, true);
        break;
    }
}

/* True when there was nothing to change. */
static bool change_all(struct bytes in, const struct field *fields, size_t count)
{
    bool untouched = in.len == 0;
    for (int i = 0; i < 8 && in.len > 0; i++) {
        uint8_t field = take_u8(&in), operation = take_u8(&in), value = take_u8(&in);
        change(&fields[field % count], operation, value);
    }
    return untouched;
}

static void fuzz_ecdsa(struct bytes in, int nid, unsigned making)
{
    static struct forge_curve curves[2];
    bool wide = nid == NID_secp384r1, made = false;
    struct forge_curve *c = &curves[wide];
    struct forge_ecdsa e;

    if (c->group == NULL)
        *c = forge_curve_new(nid);
    if (making != 0) {
        BIGNUM *d = take_scalar(&in, c->len, making == 1);
        BIGNUM *u1 = take_scalar(&in, c->len, making != 3), *u2 = take_scalar(&in, c->len, making == 1);
        made = forge_ecdsa(c, &e, d, u1, u2);
        BN_free(d);
        BN_free(u1);
        BN_free(u2);
    }
    if (!made) {
        take(&in, e.key, 2 * c->len);
        take(&in, e.hash, c->len);
        take(&in, e.sig, 2 * c->len);
    }
    const struct field fields[] = {
        {e.key, c->len, c->prime},     {e.key + c->len, c->len, c->prime}, {e.hash, c->len, c->order},
        {e.sig, c->len, c->order},     {e.sig + c->len, c->len, c->order}, {e.sig, c->len, c->prime},
        {e.key, 2 * c->len, c->prime},
    };
    made = change_all(in, fields, ARRAY_LEN(fields)) && made;
    bool plain = wide ? attest_plain.p384_verify(e.key, e.hash, e.sig)
                      : attest_plain.p256_verify(e.key, e.hash, e.sig);
    bool openssl = wide ? attest_openssl.p384_verify(e.key, e.hash, e.sig)
                        : attest_openssl.p256_verify(e.key, e.hash, e.sig);
    ASSERT(plain == openssl && (plain || !made));
}

/* making 0 takes all bytes from the input, 1 a recovered number, 2 and 3 an encoding that may be right */
static void fuzz_rsa(struct bytes in, unsigned making)
{
    uint8_t modulus[ATTEST_RSA_LEN], hash[48], sig[ATTEST_RSA_LEN], em[ATTEST_RSA_LEN];
    struct forge_pss shape = {.salt_len = 48, .trailer = 0xbc};
    enum forge_modulus kind = making & 1 ? FORGE_LOW : FORGE_HIGH;
    bool good = false;

    take(&in, hash, sizeof hash);
    if (making >= 2) {
        take(&in, shape.salt, sizeof shape.salt);
        shape.salt_len = (48 + take_u8(&in)) % sizeof shape.salt;
        shape.xor_at = take_u8(&in) * 2U;
        shape.xor_by = take_u8(&in);
        shape.trailer ^= take_u8(&in);
        uint8_t unusual = take_u8(&in);
        shape.top_bit = unusual & 1;
        if (unusual & 2)
            kind = FORGE_SHORT;
        good = shape.salt_len == 48 && shape.xor_by == 0 && shape.trailer == 0xbc && (unusual & 3) == 0;
        forge_pss(em, hash, &shape);
    } else {
        take(&in, em, sizeof em);
    }
    forge_rsa(modulus, sig, em, kind);
    if (making == 0) {
        memcpy(sig, em, sizeof sig);
        take(&in, modulus, sizeof modulus);
    }
    BIGNUM *n = BN_bin2bn(modulus, sizeof modulus, NULL);
    const struct field fields[] = {
        {modulus, sizeof modulus, n}, {sig, sizeof sig, n}, {hash, sizeof hash, n}};
    good = change_all(in, fields, ARRAY_LEN(fields)) && good;
    BN_free(n);
    bool plain = attest_plain.rsa_pss_verify(modulus, hash, sig);
    ASSERT(plain == attest_openssl.rsa_pss_verify(modulus, hash, sig) && (plain || !good));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes in = bytes_of(data, len);
    unsigned choice = take_u8(&in), making = choice >> 2 & 3;

    switch (choice % 4) {
    case 0:
        fuzz_ecdsa(in, NID_X9_62_prime256v1, making);
        break;
    case 1:
        fuzz_ecdsa(in, NID_secp384r1, making);
        break;
    default:
        fuzz_rsa(in, making);
        break;
    }
    return 0;
}
