/* attest/snp_fuzz.c — SEV-SNP evidence of any shape, past the signatures (every signature is said to be
 * good), and certificate tables by themselves. */
#include "attest/snp.h"
#include "crypto/hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool any_p384(const uint8_t public_key[96], const uint8_t hash[48], const uint8_t sig[96])
{
    (void)public_key;
    (void)hash;
    (void)sig;
    return true;
}

static bool any_rsa(const uint8_t modulus[ATTEST_RSA_LEN], const uint8_t hash[48],
                    const uint8_t sig[ATTEST_RSA_LEN])
{
    (void)modulus;
    (void)hash;
    (void)sig;
    return true;
}

static void check_view(struct bytes view, struct bytes in)
{
    ASSERT(view.len == 0 || (view.p >= in.p && view.len <= in.len && view.p + view.len <= in.p + in.len));
}

static void read_table(struct bytes in)
{
    struct snp_table t;
    struct err e;

    if (snp_table_read(&t, in, &e) != ATTEST_VERIFIED) {
        ASSERT(e.code == ERR_UNVERIFIED && e.msg[0] != 0);
        return;
    }
    check_view(t.vcek, in);
    check_view(t.vlek, in);
    check_view(t.intermediate, in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct attest_primitives blind = {
        .sha256 = sha256, .sha384 = sha384, .p384_verify = any_p384, .rsa_pss_verify = any_rsa};
    const struct attest_policy policy = {
        .roots = attest_vendor_roots, .root_count = ATTEST_VENDOR_ROOTS, .without_amd_crl = true};
    /* a day on which the seeds' certificates are valid: those of version 5 are of 2026 */
    const struct attest_input in = {.evidence = bytes_of(data, len),
                                    .now = len > 0 && data[0] == 5 ? 1772323200 : 1748736000};
    struct attest_claims claims;
    struct err e;

    if (attest_snp_verify(&claims, &in, &policy, &blind, &e) == ATTEST_VERIFIED) {
        ASSERT(claims.declared_length == len && claims.kind == ATTEST_KIND_SNP);
        ASSERT(attest_vendor_roots[claims.root_index].product == claims.snp.product);
        ASSERT(claims.snp.csp_id_len <= ATTEST_CSP_ID_MAX && claims.valid_until >= in.now);
    } else {
        ASSERT(e.code == ERR_UNVERIFIED && e.msg[0] != 0);
    }
    read_table(in.evidence);
    return 0;
}
