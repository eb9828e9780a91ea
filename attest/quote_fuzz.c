/* attest/quote_fuzz.c — quotes of any shape, past the signatures: every signature is said to be good, so that
 * what lies behind them is reached, without collateral and with collateral about the quote's own platform. */
#include "attest/chain.h"
#include "attest/endorsed.h"
#include "attest/quote.h"
#include "crypto/hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { NOW = 1751328000 };

static bool any_signature(const uint8_t public_key[64], const uint8_t hash[32], const uint8_t sig[64])
{
    (void)public_key;
    (void)hash;
    (void)sig;
    return true;
}

static bool any_p384(const uint8_t public_key[96], const uint8_t hash[48], const uint8_t sig[96])
{
    return any_signature(public_key, hash, sig);
}

static bool any_rsa(const uint8_t modulus[ATTEST_RSA_LEN], const uint8_t hash[48],
                    const uint8_t sig[ATTEST_RSA_LEN])
{
    return any_signature(modulus, hash, sig);
}

/* Documents of two levels each, good at NOW, in the caller's storage. */
struct documents {
    struct tcb_level levels[2];
    struct isv_level isv_levels[2];
    struct tdx_module_identity module;
    struct bytes advisories[2];
    struct attest_endorsements endorsed;
};

static void describe(struct documents *d, const struct attest_claims *c, const struct quote *q,
                     const struct x509 *issuer)
{
    memset(d, 0, sizeof *d);
    struct tcb_info *info = &d->endorsed.tcb_info;
    struct qe_identity *qe = &d->endorsed.qe_identity;

    d->advisories[0] = BYTES_LIT("INTEL-SA-00002");
    d->advisories[1] = BYTES_LIT("INTEL-SA-00001");
    memcpy(d->levels[0].sgx, c->platform.components, 16);
    memset(d->levels[0].tdx, 2, 16);
    d->levels[0].verdict = (struct tcb_verdict){ATTEST_TCB_SW_HARDENING_NEEDED, NOW, d->advisories, 2};
    d->levels[1].verdict = (struct tcb_verdict){ATTEST_TCB_OUT_OF_DATE, 1, d->advisories, 1};
    d->isv_levels[0] = (struct isv_level){3, {ATTEST_TCB_UP_TO_DATE, NOW, NULL, 0}};
    d->isv_levels[1] = (struct isv_level){1, {ATTEST_TCB_OUT_OF_DATE, 2, d->advisories, 2}};
    d->module = (struct tdx_module_identity){.major = 1, .levels = d->isv_levels, .level_count = 2};
    *info = (struct tcb_info){.tdx = quote_is_tdx(q),
                              .next_update = UINT64_MAX,
                              .modules = &d->module,
                              .module_count = 1,
                              .levels = d->levels,
                              .level_count = 2};
    memcpy(info->fmspc, c->platform.fmspc, sizeof info->fmspc);
    memcpy(info->pceid, c->platform.pceid, sizeof info->pceid);
    *qe = (struct qe_identity){.tdx = info->tdx,
                               .next_update = UINT64_MAX,
                               .isv_prod_id = load_u16le(q->qe_report.p + 256),
                               .levels = d->isv_levels,
                               .level_count = 2};
    memcpy(qe->mrsigner, q->qe_report.p + 128, sizeof qe->mrsigner);
    d->endorsed.intel = true;
    d->endorsed.intel_root_key = attest_vendor_roots[0].public_key;
    d->endorsed.pck_chain = q->cert_data;
    d->endorsed.root_crl.next_update = d->endorsed.pck_crl.next_update = UINT64_MAX;
    d->endorsed.tcb_signer.not_after = d->endorsed.qe_signer.not_after = UINT64_MAX;
    d->endorsed.pck_crl_issuer.not_after = UINT64_MAX;
    d->endorsed.pck_crl_issuer.public_key = issuer->public_key;
    d->endorsed.pck_crl.issuer = issuer->subject;
}

static void judge_with_documents(const struct attest_claims *bare, const struct attest_input *in,
                                 const struct attest_policy *policy, const struct attest_primitives *blind)
{
    static struct documents d; /* large; a fuzz target runs alone */
    struct attest_input again = *in;
    struct attest_claims claims;
    struct chain chain;
    uint8_t der[SGX_QUOTE_MAX];
    struct writer w = writer_fixed(der, sizeof der);
    struct quote q;
    struct err e;

    if (quote_read(&q, in->evidence, policy->zero_tail, &e) != ATTEST_VERIFIED ||
        chain_read(&chain, &w, q.cert_data, &e) != ERR_OK)
        return;
    describe(&d, bare, &q, chain_issuer(&chain, chain_leaf(&chain)));
    again.endorsements = &d.endorsed;
    enum attest_class c = attest_quote_verify(&claims, &again, policy, blind, &e);
    if (c == ATTEST_VERIFIED) {
        ASSERT(claims.tcb != ATTEST_TCB_NOT_EVALUATED && claims.tcb_platform.judged && claims.tcb_qe.judged);
        ASSERT(claims.advisory_count <= 2 && claims.valid_until == bare->valid_until);
        ASSERT(memcmp(claims.signed_hash, bare->signed_hash, sizeof claims.signed_hash) == 0);
    } else {
        ASSERT(c == ATTEST_TCB_NOT_SUPPORTED || c == ATTEST_TDX_MODULE_MISMATCH);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct attest_primitives blind = {.sha256 = sha256,
                                                   .sha384 = sha384,
                                                   .p256_verify = any_signature,
                                                   .p384_verify = any_p384,
                                                   .rsa_pss_verify = any_rsa};
    struct attest_policy policy = {.roots = attest_vendor_roots,
                                   .root_count = 1,
                                   .without_collateral = true,
                                   .zero_tail = (len & 1) != 0};
    struct attest_claims claims;
    struct err e;

    const struct attest_input in = {.evidence = bytes_of(data, len), .now = NOW};
    enum attest_class c = attest_quote_verify(&claims, &in, &policy, &blind, &e);
    if (c == ATTEST_VERIFIED) {
        ASSERT(claims.declared_length <= len && claims.root_index == 0);
        judge_with_documents(&claims, &in, &policy, &blind);
    } else {
        ASSERT(e.code == ERR_UNVERIFIED && e.msg[0] != 0);
    }
    return 0;
}
