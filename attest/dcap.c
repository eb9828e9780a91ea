/* attest/dcap.c — verification of SGX and TDX quotes, step by step as docs/formats/attestation.md counts
 * them. Without collateral only what signatures and dates of certificates can say is judged. */
#include "attest/pck_path.h"
#include "attest/quote.h"
#include "attest/quote_claims.h"
#include "attest/tcb_match.h"

static void earliest(uint64_t *at, uint64_t candidate)
{
    if (candidate < *at)
        *at = candidate;
}

static enum attest_class check_list_dates(const struct crl *list, uint64_t now, const char *which,
                                          struct err *e)
{
    if (now < list->this_update)
        return attest_refuse(e, ATTEST_CRL_NOT_YET_VALID, which);
    if (now > list->next_update)
        return attest_refuse(e, ATTEST_CRL_EXPIRED, which);
    return ATTEST_VERIFIED;
}

static enum attest_class check_cert_dates(const struct x509 *cert, uint64_t now, const char *which,
                                          struct err *e)
{
    if (now < cert->not_before)
        return attest_refuse(e, ATTEST_CERT_NOT_YET_VALID, which);
    if (now > cert->not_after)
        return attest_refuse(e, ATTEST_CERT_EXPIRED, which);
    return ATTEST_VERIFIED;
}

/* Step 4. The lists' signatures were checked with the endorsements, but the second one must be of the very
 * authority that issued this leaf. */
static enum attest_class check_revocation(const struct pck_path *path, const struct attest_endorsements *d,
                                          uint64_t now, const struct attest_primitives *crypto, struct err *e)
{
    if (!bytes_eq(d->pck_crl.issuer, path->leaf->issuer))
        return attest_refuse(e, ATTEST_CRL_MISSING, "no list of the authority that issued the leaf");
    if (!bytes_eq(d->pck_crl_issuer.public_key, path->intermediate->public_key) &&
        !crl_signed_by(&d->pck_crl, path->intermediate->public_key, crypto))
        return attest_refuse(e, ATTEST_CRL_SIGNATURE, "the intermediate did not sign the PCK list");
    enum attest_class c = check_list_dates(&d->root_crl, now, "the root's list", e);
    if (c == ATTEST_VERIFIED)
        c = check_list_dates(&d->pck_crl, now, "the PCK list", e);
    if (c == ATTEST_VERIFIED)
        c = check_cert_dates(&d->pck_crl_issuer, now, "the issuer of the PCK list", e);
    if (c != ATTEST_VERIFIED)
        return c;
    if (crl_revokes(&d->pck_crl, path->leaf->serial))
        return attest_refuse(e, ATTEST_CERT_REVOKED, "the PCK certificate");
    if (crl_revokes(&d->root_crl, path->intermediate->serial) ||
        crl_revokes(&d->root_crl, d->pck_crl_issuer.serial))
        return attest_refuse(e, ATTEST_CERT_REVOKED, "the PCK certificate authority");
    if (crl_revokes(&d->root_crl, d->tcb_signer.serial) || crl_revokes(&d->root_crl, d->qe_signer.serial))
        return attest_refuse(e, ATTEST_CERT_REVOKED, "the signer of TCB information or QE identity");
    return ATTEST_VERIFIED;
}

/* Step 5. */
static enum attest_class check_tcb_info(const struct tcb_info *info, const struct x509 *signer, bool tdx,
                                        const struct attest_platform *platform, uint64_t now, struct err *e)
{
    enum attest_class c = check_cert_dates(signer, now, "the signer of the TCB information", e);

    if (c != ATTEST_VERIFIED)
        return c;
    if (now < info->issued)
        return attest_refuse(e, ATTEST_TCB_INFO_NOT_YET_VALID, "issued after now");
    if (now > info->next_update)
        return attest_refuse(e, ATTEST_TCB_INFO_EXPIRED, "its next update is due");
    if (info->tdx != tdx)
        return attest_refuse(e, ATTEST_TCB_INFO_MISMATCH, "it is about another kind of TEE");
    if (memcmp(info->fmspc, platform->fmspc, sizeof info->fmspc) != 0)
        return attest_refuse(e, ATTEST_TCB_INFO_MISMATCH, "it is about another FMSPC");
    if (memcmp(info->pceid, platform->pceid, sizeof info->pceid) != 0)
        return attest_refuse(e, ATTEST_TCB_INFO_MISMATCH, "it is about another PCEID");
    return ATTEST_VERIFIED;
}

/* Step 6. */
static enum attest_class check_qe_identity(const struct qe_identity *id, const struct x509 *signer, bool tdx,
                                           uint64_t now, struct err *e)
{
    enum attest_class c = check_cert_dates(signer, now, "the signer of the QE identity", e);

    if (c != ATTEST_VERIFIED)
        return c;
    if (now < id->issued)
        return attest_refuse(e, ATTEST_QE_IDENTITY_NOT_YET_VALID, "issued after now");
    if (now > id->next_update)
        return attest_refuse(e, ATTEST_QE_IDENTITY_EXPIRED, "its next update is due");
    if (id->tdx != tdx)
        return attest_refuse(e, ATTEST_QE_IDENTITY_MISMATCH, "it is about another kind of TEE");
    return ATTEST_VERIFIED;
}

/* Steps 4 to 6: is the collateral good now, and about this platform? */
static enum attest_class check_collateral(struct attest_claims *out, const struct pck_path *path, bool tdx,
                                          const struct attest_endorsements *d, const struct attest_input *in,
                                          const struct attest_policy *policy,
                                          const struct attest_primitives *crypto, struct err *e)
{
    /* all chains of one verification end in the same root: no mixing of a development root with a vendor's */
    if (d->intel_root != path->root || !chain_same_root(policy, path->root, ATTEST_INTEL, d->intel_root_key))
        return attest_refuse(e, ATTEST_TCB_INFO_CHAIN, "the collateral ends in another root than the quote");
    enum attest_class c = check_revocation(path, d, in->now, crypto, e);
    if (c == ATTEST_VERIFIED)
        c = check_tcb_info(&d->tcb_info, &d->tcb_signer, tdx, &path->platform, in->now, e);
    if (c == ATTEST_VERIFIED)
        c = check_qe_identity(&d->qe_identity, &d->qe_signer, tdx, in->now, e);
    if (c != ATTEST_VERIFIED)
        return c;
    const uint64_t ends[] = {d->root_crl.next_update, d->pck_crl.next_update,  d->pck_crl_issuer.not_after,
                             d->tcb_info.next_update, d->tcb_signer.not_after, d->qe_identity.next_update,
                             d->qe_signer.not_after};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        earliest(&out->valid_until, ends[i]);
    out->collateral_issued = d->tcb_info.issued;
    earliest(&out->collateral_issued, d->qe_identity.issued);
    out->tcb_evaluation_number = d->tcb_info.evaluation;
    out->qe_evaluation_number = d->qe_identity.evaluation;
    return ATTEST_VERIFIED;
}

/* Step 7: PCK key -> QE report. */
static enum attest_class check_qe_report(const struct quote *q, struct bytes pck_key,
                                         const struct attest_primitives *crypto, struct err *e)
{
    uint8_t hash[32];

    crypto->sha256(hash, q->qe_report);
    if (pck_key.len != X509_KEY_P256 || !crypto->p256_verify(pck_key.p, hash, q->qe_signature.p))
        return attest_refuse(e, ATTEST_QE_REPORT_SIGNATURE, "not by the PCK key");
    return ATTEST_VERIFIED;
}

/* Steps 9 and 10: QE report -> attestation key -> quote. */
static enum attest_class check_quote_signature(const struct quote *q, const struct attest_primitives *crypto,
                                               struct err *e)
{
    uint8_t hash[32], want[64] = {0}, bound[64 + SGX_AUTH_DATA_MAX];

    memcpy(bound, q->attestation_key.p, 64);
    if (q->auth_data.len > 0)
        memcpy(bound + 64, q->auth_data.p, q->auth_data.len);
    crypto->sha256(want, bytes_of(bound, 64 + q->auth_data.len));
    if (memcmp(q->qe_report.p + SGX_REPORT_DATA_AT, want, sizeof want) != 0)
        return attest_refuse(e, ATTEST_QE_REPORT_DATA, "the quoting enclave vouches for another key");
    crypto->sha256(hash, q->signed_part);
    if (!crypto->p256_verify(q->attestation_key.p, hash, q->signature.p))
        return attest_refuse(e, ATTEST_QUOTE_SIGNATURE, "not by the attestation key");
    return ATTEST_VERIFIED;
}

/* Steps 7 to 12, once the platform and its collateral stand. */
static enum attest_class check_evidence(struct attest_claims *out, const struct quote *q,
                                        const struct pck_path *path, const struct attest_endorsements *judged,
                                        const struct attest_primitives *crypto, struct err *e)
{
    const struct isv_level *qe_level = NULL;
    enum attest_class c = check_qe_report(q, path->leaf->public_key, crypto, e);

    if (c == ATTEST_VERIFIED && judged != NULL)
        c = qe_identity_match(&qe_level, &judged->qe_identity, q->qe_report, e);
    if (c == ATTEST_VERIFIED)
        c = check_quote_signature(q, crypto, e);
    if (c == ATTEST_VERIFIED)
        c = quote_check_reports(q, e);
    if (c != ATTEST_VERIFIED)
        return c;
    quote_claim(out, q);
    return judged != NULL ? tcb_claim(out, &judged->tcb_info, qe_level, e) : ATTEST_VERIFIED;
}

enum attest_class attest_quote_verify(struct attest_claims *out, const struct attest_input *in,
                                      const struct attest_policy *policy,
                                      const struct attest_primitives *crypto, struct err *e)
{
    const struct attest_endorsements *given = in->endorsements;
    const struct attest_endorsements *judged = given != NULL && given->intel ? given : NULL;
    struct quote q;
    struct pck_path path;
    struct attest_claims claims;

    memset(&claims, 0, sizeof claims);
    enum attest_class c = quote_read(&q, in->evidence, policy->zero_tail, e);
    if (c == ATTEST_VERIFIED && judged == NULL && !policy->without_collateral)
        return attest_refuse(e, ATTEST_COLLATERAL_MISSING, "TCB information, QE identity, revocation lists");
    if (c == ATTEST_VERIFIED)
        c = pck_path_verify(&path, &q, given, in->now, policy, crypto, e);
    if (c != ATTEST_VERIFIED)
        return c;
    claims.platform = path.platform;
    claims.root_index = path.root;
    claims.root_label = policy->roots[path.root].label;
    claims.valid_until = path.valid_until;
    if (judged != NULL)
        c = check_collateral(&claims, &path, quote_is_tdx(&q), judged, in, policy, crypto, e);
    if (c == ATTEST_VERIFIED)
        c = check_evidence(&claims, &q, &path, judged, crypto, e);
    if (c == ATTEST_VERIFIED)
        *out = claims;
    return c;
}
