/* crypto/keccak.c — the Keccak-f[1600] permutation and Keccak-256 (the original padding, as Ethereum uses
 * it). */
#include "crypto/hash.h"

#define RATE 136 /* bytes absorbed per permutation at 256 bits of output */

static const uint64_t round_constants[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

static inline uint64_t rotl64(uint64_t v, unsigned n)
{
    return v << n | v >> (64 - n);
}

/* theta: each lane is mixed with the parities of two columns. Unrolled by hand, as everything here: compilers
 * keep the inner loops otherwise, which halves the speed. */
static inline void theta(uint64_t a[25])
{
#define PARITY(x) (a[x] ^ a[(x) + 5] ^ a[(x) + 10] ^ a[(x) + 15] ^ a[(x) + 20])
#define MIX(x, left, right)                     \
    do {                                        \
        uint64_t d = (left) ^ rotl64(right, 1); \
        a[x] ^= d;                              \
        a[(x) + 5] ^= d;                        \
        a[(x) + 10] ^= d;                       \
        a[(x) + 15] ^= d;                       \
        a[(x) + 20] ^= d;                       \
    } while (0)
    uint64_t c0 = PARITY(0), c1 = PARITY(1), c2 = PARITY(2), c3 = PARITY(3), c4 = PARITY(4);
    MIX(0, c4, c1);
    MIX(1, c0, c2);
    MIX(2, c1, c3);
    MIX(3, c2, c4);
    MIX(4, c3, c0);
#undef PARITY
#undef MIX
}

/* rho and pi in one walk: lanes move along one cycle, rotating on the way. Spelled out so that all is
 * constant. */
static inline void rho_pi(uint64_t a[25])
{
    uint64_t carried = a[1], next;
#define STEP(to, by)                 \
    do {                             \
        next = a[to];                \
        a[to] = rotl64(carried, by); \
        carried = next;              \
    } while (0)
    STEP(10, 1);
    STEP(7, 3);
    STEP(11, 6);
    STEP(17, 10);
    STEP(18, 15);
    STEP(3, 21);
    STEP(5, 28);
    STEP(16, 36);
    STEP(8, 45);
    STEP(21, 55);
    STEP(24, 2);
    STEP(4, 14);
    STEP(15, 27);
    STEP(23, 41);
    STEP(19, 56);
    STEP(13, 8);
    STEP(12, 25);
    STEP(2, 43);
    STEP(20, 62);
    STEP(14, 18);
    STEP(22, 39);
    STEP(9, 61);
    STEP(6, 20);
    STEP(1, 44);
#undef STEP
}

static inline void chi(uint64_t a[25], size_t y)
{
    uint64_t r0 = a[y], r1 = a[y + 1];
    a[y] ^= ~r1 & a[y + 2];
    a[y + 1] ^= ~a[y + 2] & a[y + 3];
    a[y + 2] ^= ~a[y + 3] & a[y + 4];
    a[y + 3] ^= ~a[y + 4] & r0;
    a[y + 4] ^= ~r0 & r1;
}

void keccak_f1600(uint64_t lanes[25])
{
    uint64_t a[25]; /* a copy, which the compiler may hold in registers */
    memcpy(a, lanes, sizeof a);
    for (size_t round = 0; round < 24; round++) {
        theta(a);
        rho_pi(a);
        chi(a, 0);
        chi(a, 5);
        chi(a, 10);
        chi(a, 15);
        chi(a, 20);
        a[0] ^= round_constants[round];
    }
    memcpy(lanes, a, sizeof a);
}

void keccak_256(uint8_t out[32], struct bytes in)
{
    uint64_t lanes[25] = {0};
    while (in.len >= RATE) {
        for (size_t i = 0; i < RATE / 8; i++)
            lanes[i] ^= load_u64le(in.p + 8 * i);
        keccak_f1600(lanes);
        in = bytes_from(in, RATE);
    }
    uint8_t last[RATE] = {0};
    if (in.len > 0)
        memcpy(last, in.p, in.len);
    last[in.len] = 0x01;
    last[RATE - 1] |= 0x80;
    for (size_t i = 0; i < RATE / 8; i++)
        lanes[i] ^= load_u64le(last + 8 * i);
    keccak_f1600(lanes);
    for (size_t i = 0; i < 4; i++)
        store_u64le(out + 8 * i, lanes[i]);
}
