/* cli/verify_class.c — what kind of answer a class is, and what to say besides. */
#include "cli/verify.h"

enum { TD_SEPT_VE_DISABLE = 28, TD_MIGRATABLE = 29, TD_PERFMON = 63, SNP_ALIAS_CHECK = 5 };

static const struct verify_kind
    verified = {EXIT_CODE_OK, "verified", "authentic, and the policy accepts it"},
    forged = {EXIT_CODE_FORGED, "forged", "a signature or a binding is wrong: do not believe any of it"},
    malformed = {EXIT_CODE_MALFORMED, "malformed", "not well formed, or of a kind that is not judged"},
    untrusted = {EXIT_CODE_UNTRUSTED, "untrusted", "signed by nobody who is trusted"},
    stale = {EXIT_CODE_STALE, "stale", "dates, revocation lists or collateral do not allow a verdict"},
    refused = {EXIT_CODE_POLICY, "refused", "authentic, and not what the policy allows"};

/* No default: a new class must be put somewhere. */
const struct verify_kind *verify_kind(enum attest_class c)
{
    switch (c) {
    case ATTEST_VERIFIED:
        return &verified;
    case ATTEST_FORMAT:
    case ATTEST_UNSUPPORTED_VERSION:
    case ATTEST_UNSUPPORTED_TEE_TYPE:
    case ATTEST_UNSUPPORTED_KEY_TYPE:
    case ATTEST_UNKNOWN_QE_VENDOR:
    case ATTEST_UNSUPPORTED_CERT_DATA:
    case ATTEST_SNP_FORMAT:
    case ATTEST_SNP_UNSUPPORTED_VERSION:
    case ATTEST_SNP_SIG_ALGO:
    case ATTEST_RATLS_NO_EVIDENCE:
    case ATTEST_RATLS_EVIDENCE_FORMAT:
        return &malformed;
    case ATTEST_PCK_CHAIN_UNTRUSTED:
    case ATTEST_PCK_CHAIN_SIGNATURE:
    case ATTEST_CERT_REVOKED:
    case ATTEST_TRUST_ROOT_NOT_ALLOWED:
    case ATTEST_SNP_CHAIN_UNTRUSTED:
    case ATTEST_SNP_CHAIN_SIGNATURE:
    case ATTEST_SNP_TCB_MISMATCH:
    case ATTEST_SNP_CHIP_ID_MISMATCH:
    case ATTEST_SNP_SIGNING_KEY_MISMATCH:
        return &untrusted;
    case ATTEST_CERT_EXPIRED:
    case ATTEST_CERT_NOT_YET_VALID:
    case ATTEST_CRL_MISSING:
    case ATTEST_CRL_FORMAT:
    case ATTEST_CRL_SIGNATURE:
    case ATTEST_CRL_EXPIRED:
    case ATTEST_CRL_NOT_YET_VALID:
    case ATTEST_TCB_INFO_CHAIN:
    case ATTEST_TCB_INFO_SIGNATURE:
    case ATTEST_TCB_INFO_FORMAT:
    case ATTEST_TCB_INFO_EXPIRED:
    case ATTEST_TCB_INFO_NOT_YET_VALID:
    case ATTEST_TCB_INFO_MISMATCH:
    case ATTEST_QE_IDENTITY_CHAIN:
    case ATTEST_QE_IDENTITY_SIGNATURE:
    case ATTEST_QE_IDENTITY_FORMAT:
    case ATTEST_QE_IDENTITY_EXPIRED:
    case ATTEST_QE_IDENTITY_NOT_YET_VALID:
    case ATTEST_COLLATERAL_MISSING:
    case ATTEST_COLLATERAL_TOO_OLD:
    case ATTEST_SNP_CERT_EXPIRED:
    case ATTEST_SNP_CERT_NOT_YET_VALID:
        return &stale;
    case ATTEST_QE_IDENTITY_MISMATCH:
    case ATTEST_QE_REPORT_SIGNATURE:
    case ATTEST_QE_REPORT_DATA:
    case ATTEST_QUOTE_SIGNATURE:
    case ATTEST_TDX_MODULE_MISMATCH:
    case ATTEST_REPORT_DATA_MISMATCH:
    case ATTEST_SNP_REPORT_SIGNATURE:
    case ATTEST_SNP_NOT_SIGNED:
    case ATTEST_RTMR_REPLAY_MISMATCH:
    case ATTEST_RATLS_CERT_SIGNATURE:
    case ATTEST_RATLS_KEY_BINDING:
    case ATTEST_RATLS_CLAIMS_BINDING:
        return &forged;
    case ATTEST_TCB_NOT_SUPPORTED:
    case ATTEST_TCB_STATUS_NOT_ALLOWED:
    case ATTEST_ADVISORY_NOT_ALLOWED:
    case ATTEST_DEBUG_NOT_ALLOWED:
    case ATTEST_MEASUREMENT_MISMATCH:
    case ATTEST_PLATFORM_NOT_ALLOWED:
    case ATTEST_TD_ATTRIBUTES_NOT_ALLOWED:
    case ATTEST_SERVICE_TD_NOT_ALLOWED:
    case ATTEST_SNP_POLICY_NOT_ALLOWED:
    case ATTEST_SNP_PRODUCT_NOT_ALLOWED:
        return &refused;
    }
    UNREACHABLE();
}

bool verify_simulated(const struct verify *v)
{
    return v->authentic && v->claims.root_label == ATTEST_ROOT_DEVELOPMENT;
}

bool verify_known_root(const struct verify *v)
{
    const struct attest_root *root = &v->policy.roots[v->claims.root_index];

    for (size_t i = 0; i < ATTEST_VENDOR_ROOTS; i++)
        if (bytes_eq(attest_vendor_roots[i].public_key, root->public_key))
            return true;
    return false;
}

bool verify_code_listed(const struct verify *v)
{
    for (uint32_t i = 0; i < v->policy.measurement_count; i++)
        if (attest_measurement_matches(&v->policy.measurements[i], &v->claims))
            return true;
    return false;
}

bool verify_bound_as_asked(const struct verify *v)
{
    return memcmp(v->claims.report_data, v->report_data, sizeof v->report_data) == 0;
}

void verify_note(struct verify *v, const char *text)
{
    ASSERT(v->note_count < VERIFY_NOTES_MAX);
    v->notes[v->note_count++] = text;
}

static void notes_of_tdx(struct verify *v)
{
    const struct attest_tdx_claims *t = &v->claims.tdx;
    uint64_t bits = load_u64le(t->td_attributes);

    if (!bytes_all_zero(BYTES_OF(t->mrservicetd)))
        verify_note(v, "a service TD is bound to this TD and has power over it");
    if ((bits >> TD_SEPT_VE_DISABLE & 1) == 0)
        verify_note(v,
                    "SEPT_VE_DISABLE is not set: the host can raise exceptions inside by taking memory away");
    if ((bits >> TD_MIGRATABLE & 1) != 0)
        verify_note(v, "the TD can be migrated to another machine");
    if ((bits >> TD_PERFMON & 1) != 0)
        verify_note(v, "performance monitoring is on: it widens side channels");
    if (v->event_log.len == 0)
        verify_note(v,
                    "kernel and command line are in RTMR1 and RTMR2: compare them too, or give --event-log");
}

static void notes_of_snp(struct verify *v)
{
    const struct attest_snp_claims *s = &v->claims.snp;

    if (v->claims.collateral_issued == 0) /* a list of another root is none */
        verify_note(v, "revocation: not checked (no list given)");
    if (s->vlek)
        verify_note(v, "signed by a cloud provider's key (VLEK): no chip is named");
    if (memcmp(s->reported_tcb, s->current_tcb, sizeof s->reported_tcb) != 0)
        verify_note(v, "the reported TCB is not the one that runs: the host chose an older signing key");
    if ((s->platform_info >> SNP_ALIAS_CHECK & 1) == 0)
        verify_note(v, "the platform does not say that its memory alias check (BadRAM) is complete");
    if (s->vmpl > 0)
        verify_note(v, "the report was asked for below VMPL 0: other software in the guest stands above");
}

void verify_notes(struct verify *v)
{
    if (v->fetch_note != NULL)
        verify_note(v, v->fetch_note);
    if (v->chain_opt != NULL)
        verify_chain_notes(v);
    if (!v->authentic)
        return;
    if (verify_simulated(v))
        verify_note(v, "SIMULATED: a development root signed this, which proves nothing about hardware");
    else if (!verify_known_root(v))
        verify_note(
            v, "the root is none of the vendors' that are known here: --root alone says that it is believed");
    if (v->policy.any_measurement)
        verify_note(v, "which code ran was not compared with anything: give --measurement");
    if (!v->report_data_given && v->file.certificate.len == 0)
        verify_note(v, "what it is bound to was not compared with anything: give --report-data");
    if (v->claims.kind == ATTEST_KIND_SNP) {
        notes_of_snp(v);
        return;
    }
    if (v->signatures_only)
        verify_note(v, "signatures only: revocation, TCB and quoting enclave were not judged");
    if (v->claims.platform.sgx_type == 1)
        verify_note(v, "this kind of platform does not protect the integrity of memory against its owner");
    if (v->claims.kind == ATTEST_KIND_TDX)
        notes_of_tdx(v);
}
