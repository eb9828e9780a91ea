/* attest/piece_fuzz.c — pieces of collateral past the signatures: every signature is said to be good. What is
 * accepted is read again, as from a store.
 *
 * Input: kind u8, length of the document u16, document, issuer chain. */
#include "attest/collateral.h"
#include "attest/x509.h"
#include "crypto/hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void any_hash(uint8_t out[48], struct bytes in)
{
    (void)in;
    memset(out, 0, 48);
}

static bool any_signature(const uint8_t public_key[64], const uint8_t hash[32], const uint8_t sig[64])
{
    (void)public_key;
    (void)hash;
    (void)sig;
    return true;
}

static bool any_rsa_signature(const uint8_t modulus[ATTEST_RSA_LEN], const uint8_t hash[48],
                              const uint8_t sig[ATTEST_RSA_LEN])
{
    (void)modulus;
    (void)hash;
    (void)sig;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct attest_primitives blind = {.sha256 = sha256,
                                                   .sha384 = any_hash,
                                                   .p256_verify = any_signature,
                                                   .rsa_pss_verify = any_rsa_signature};
    static const struct attest_policy policy = {.roots = attest_vendor_roots,
                                                .root_count = ATTEST_VENDOR_ROOTS};
    static const uint8_t signature[64];
    struct reader r = reader_of(bytes_of(data, len));
    struct attest_piece p = {.kind = (enum attest_piece_kind)take_u8(&r)};
    struct attest_piece_facts f;
    const struct attest_endorsements *en;
    struct arena a;
    struct err e = {0};

    p.document = take_bytes(&r, take_u16(&r));
    if (!reader_ok(&r))
        return 0;
    p.issuer_chain = take_bytes(&r, r.left);
    if (p.kind == ATTEST_PIECE_TCB_INFO || p.kind == ATTEST_PIECE_QE_IDENTITY)
        p.signature = BYTES_OF(signature);
    arena_init(&a, &arena_heap, ATTEST_ENDORSE_ARENA);
    enum attest_class c = attest_piece_accept(&f, &a, &p, 1751328000, &policy, &blind, &e);
    if (c == ATTEST_VERIFIED) {
        ASSERT(f.issued <= 1751328000 && f.valid_until >= 1751328000 && f.key_len <= sizeof f.key);
        arena_fini(&a);
        arena_init(&a, &arena_heap, ATTEST_ENDORSE_ARENA);
        c = attest_endorse_accepted(&en, &a, &p, 1, f.root_index, &policy, &e);
        ASSERT(p.kind == ATTEST_PIECE_AMD_CA ? c == ATTEST_VERIFIED
                                             : c == ATTEST_CRL_MISSING || c == ATTEST_COLLATERAL_MISSING);
    } else {
        ASSERT(e.code == ERR_UNVERIFIED && e.msg[0] != 0);
    }
    arena_fini(&a);
    return 0;
}
