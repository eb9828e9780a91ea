/* bench/micro_bench.c — single operations on one core: signature verification, extrinsic decoding, hashing.
 */
#include "base/clock.h"
#include "base/hex.h"
#include "chain/chain.h"
#include "codec/extrinsic.h"
#include "codec/walk.h"
#include "crypto/hash.h"
#include "crypto/keys.h"
#include <stdio.h>

enum { RUN_MS = 1000 };

/* A signed Balances.transfer_keep_alive as polkadot.js encodes it; its signature is not checked here. */
static const char transfer_hex[] =
    "4502840090b5ab205c6974c9ea841be688864633dc9ca8a357843eeacf2314649965fe220186d7062b26ceff11ccb5af"
    "ee3623dce915521d42ed1065128fd7a074231595080ca1367d0a87089d63d6a85af1fae88bc8d717f6f656e45ce60c4b"
    "761a75128900000000040300344f723d49c37c766296eb085612901d2c96be128ab41d6be9521050238c2fee0bf22fce"
    "733a0b";

static void report(const char *name, uint64_t count, uint64_t us)
{
    (void)printf("name=%s per_second=%llu count=%llu ms=%llu\n", name,
                 (unsigned long long)(count * 1000000 / us), (unsigned long long)count,
                 (unsigned long long)(us / 1000));
}

static void bench_verify(enum signature_kind kind, const char *name)
{
    CLEANUP(keypair_fini) struct keypair key = {0};
    struct err e;
    uint8_t sig[SIGNATURE_MAX_LEN];
    struct bytes msg = BYTES_LIT(
        "a payload of about a hundred bytes, as long as that of a transfer that a wallet signs ....");

    if (keypair_from_uri(&key, kind, BYTES_LIT("//Alice"), &e) != ERR_OK)
        base_abort(__FILE__, __LINE__, e.msg);
    size_t len = keypair_sign(&key, sig, msg);
    uint64_t start = clock_mono_us(), count = 0;
    for (; clock_mono_us() - start < RUN_MS * 1000ull; count++)
        ASSERT(signature_verify(kind, bytes_of(sig, len), msg, &key.account));
    report(name, count, clock_mono_us() - start);
}

static void bench_decode(void)
{
    struct arena a;
    struct err e;
    struct bytes in;
    uint64_t start = clock_mono_us(), count = 0;

    arena_init(&a, &arena_heap, 64 << 20);
    if (hex_decode(&a, &in, bytes_of_str(transfer_hex), &e) != ERR_OK)
        base_abort(__FILE__, __LINE__, e.msg);
    struct arena_mark m = arena_mark(&a);
    for (; count % 1024 != 0 || clock_mono_us() - start < RUN_MS * 1000ull; count++) {
        struct extrinsic_parts parts;
        struct call call;
        arena_rewind(&a, m);
        if (extrinsic_decode(&parts, in, &e) != ERR_OK ||
            call_decode(&a, &call, parts.call, &chain_registry, &e) != ERR_OK)
            base_abort(__FILE__, __LINE__, e.msg);
    }
    report("extrinsic_decode", count, clock_mono_us() - start);
    arena_fini(&a);
}

static void bench_hash(void)
{
    static uint8_t block[1 << 20];
    uint8_t out[32];
    uint64_t start = clock_mono_us(), count = 0;

    for (; clock_mono_us() - start < RUN_MS * 1000ull; count++)
        blake2_256(out, bytes_of(block, sizeof block));
    report("blake2_256_mib", count, clock_mono_us() - start);
}

int main(void)
{
    bench_verify(SIGNATURE_SR25519, "sr25519_verify");
    bench_verify(SIGNATURE_ED25519, "ed25519_verify");
    bench_verify(SIGNATURE_ECDSA, "ecdsa_verify");
    bench_decode();
    bench_hash();
    return 0;
}
