/* crypto/hmac.c — HMAC, HKDF, PBKDF2. */
#include "crypto/hmac.h"

#include "crypto/wipe.h"

/* Inner and outer hash after their key blocks; a copy of this starts each message under the key. */
struct hmac512 {
    struct sha512 inner, outer;
};

static void hmac512_init(struct hmac512 *m, struct bytes key)
{
    uint8_t block[128] = {0};
    if (key.len > sizeof block)
        sha512(block, key);
    else if (key.len > 0)
        memcpy(block, key.p, key.len);
    for (size_t i = 0; i < sizeof block; i++)
        block[i] ^= 0x36;
    sha512_init(&m->inner);
    sha512_update(&m->inner, BYTES_OF(block));
    for (size_t i = 0; i < sizeof block; i++)
        block[i] ^= 0x36 ^ 0x5c;
    sha512_init(&m->outer);
    sha512_update(&m->outer, BYTES_OF(block));
    wipe(block, sizeof block);
}

/* MAC of a then b under a prepared key. */
static void hmac512_run(const struct hmac512 *m, uint8_t out[64], struct bytes a, struct bytes b)
{
    struct hmac512 t = *m;
    sha512_update(&t.inner, a);
    sha512_update(&t.inner, b);
    uint8_t mid[64];
    sha512_final(&t.inner, mid);
    sha512_update(&t.outer, BYTES_OF(mid));
    sha512_final(&t.outer, out);
    wipe(&t, sizeof t);
    wipe(mid, sizeof mid);
}

void hmac_sha512(uint8_t out[64], struct bytes key, struct bytes in)
{
    struct hmac512 m;
    hmac512_init(&m, key);
    hmac512_run(&m, out, in, BYTES_EMPTY);
    wipe(&m, sizeof m);
}

static void hmac256_parts(uint8_t out[32], struct bytes key, struct bytes a, struct bytes b, struct bytes c)
{
    uint8_t block[64] = {0}, mid[32];
    if (key.len > sizeof block)
        sha256(block, key);
    else if (key.len > 0)
        memcpy(block, key.p, key.len);
    for (size_t i = 0; i < sizeof block; i++)
        block[i] ^= 0x36;
    struct sha256 s;
    sha256_init(&s);
    sha256_update(&s, BYTES_OF(block));
    sha256_update(&s, a);
    sha256_update(&s, b);
    sha256_update(&s, c);
    sha256_final(&s, mid);
    for (size_t i = 0; i < sizeof block; i++)
        block[i] ^= 0x36 ^ 0x5c;
    sha256_init(&s);
    sha256_update(&s, BYTES_OF(block));
    sha256_update(&s, BYTES_OF(mid));
    sha256_final(&s, out);
    wipe(block, sizeof block);
    wipe(mid, sizeof mid);
    wipe(&s, sizeof s);
}

void hmac_sha256(uint8_t out[32], struct bytes key, struct bytes in)
{
    hmac256_parts(out, key, in, BYTES_EMPTY, BYTES_EMPTY);
}

void hkdf_sha256(uint8_t *out, size_t len, struct bytes salt, struct bytes secret, struct bytes info)
{
    ASSERT(len <= HKDF_SHA256_MAX);
    uint8_t prk[32], t[32];
    hmac_sha256(prk, salt, secret); /* an empty salt keys like the 32 zeros RFC 5869 asks for */
    uint8_t n = 0;
    size_t prev = 0;
    while (len > 0) {
        n++;
        hmac256_parts(t, BYTES_OF(prk), bytes_of(t, prev), info, BYTES_OF(n));
        prev = sizeof t;
        size_t take = len < sizeof t ? len : sizeof t;
        memcpy(out, t, take);
        out += take;
        len -= take;
    }
    wipe(prk, sizeof prk);
    wipe(t, sizeof t);
}

void pbkdf2_sha512(uint8_t out[64], struct bytes password, struct bytes salt, uint32_t rounds)
{
    ASSERT(rounds >= 1);
    static const uint8_t block_index[4] = {0, 0, 0, 1};
    struct hmac512 m;
    hmac512_init(&m, password);
    uint8_t u[64], acc[64];
    hmac512_run(&m, u, salt, BYTES_OF(block_index));
    memcpy(acc, u, sizeof acc);
    for (uint32_t i = 1; i < rounds; i++) {
        hmac512_run(&m, u, BYTES_OF(u), BYTES_EMPTY);
        for (size_t j = 0; j < sizeof acc; j++)
            acc[j] ^= u[j];
    }
    memcpy(out, acc, sizeof acc);
    wipe(&m, sizeof m);
    wipe(u, sizeof u);
    wipe(acc, sizeof acc);
}
