#include "attest/quote_claims.h"
#include "crypto/hash.h"

enum { SGX_ATTRIBUTE_INIT = 1, SGX_ATTRIBUTE_DEBUG = 2 };

/* Offsets in a TD's report body. */
enum {
    TDX_TEE_TCB_SVN = 0,
    TDX_MRSEAM = 16,
    TDX_MRSIGNERSEAM = 64,
    TDX_SEAM_ATTRIBUTES = 112,
    TDX_TD_ATTRIBUTES = 120,
    TDX_XFAM = 128,
    TDX_MRTD = 136,
    TDX_MRCONFIGID = 184,
    TDX_MROWNER = 232,
    TDX_MROWNERCONFIG = 280,
    TDX_RTMR = 328,
    TDX_TEE_TCB_SVN2 = 584, /* these two from TDX 1.5 on */
    TDX_MRSERVICETD = 600,
};

enum attest_class quote_check_reports(const struct quote *q, struct err *e)
{
    const uint8_t *body = q->report.p;

    if ((q->qe_report.p[SGX_ATTRIBUTES] & SGX_ATTRIBUTE_DEBUG) != 0)
        return attest_refuse(e, ATTEST_QE_IDENTITY_MISMATCH, "the quoting enclave runs in debug mode");
    if (quote_is_tdx(q)) {
        if (!bytes_all_zero(bytes_of(body + TDX_SEAM_ATTRIBUTES, 8)))
            return attest_refuse(e, ATTEST_TDX_MODULE_MISMATCH, "the TDX module has attributes");
        return ATTEST_VERIFIED;
    }
    if (!bytes_all_zero(bytes_of(body + SGX_RESERVED1, 12)) ||
        !bytes_all_zero(bytes_of(body + SGX_RESERVED2, 32)) ||
        !bytes_all_zero(bytes_of(body + SGX_RESERVED3, 32)) ||
        !bytes_all_zero(bytes_of(body + SGX_RESERVED4, 42)))
        return attest_refuse(e, ATTEST_FORMAT, "reserved bytes of the report are not zero");
    if ((body[SGX_ATTRIBUTES] & SGX_ATTRIBUTE_INIT) == 0)
        return attest_refuse(e, ATTEST_FORMAT, "the enclave was not initialised");
    return ATTEST_VERIFIED;
}

#define COPY(field, at) memcpy((field), body + (at), sizeof(field))

static void claim_sgx(struct attest_claims *out, const uint8_t *body)
{
    struct attest_sgx_claims *c = &out->sgx;

    out->kind = ATTEST_KIND_SGX;
    COPY(c->cpu_svn, SGX_CPU_SVN);
    COPY(c->misc_select, SGX_MISC_SELECT);
    COPY(c->isv_ext_prod_id, SGX_ISV_EXT_PROD_ID);
    COPY(c->attributes, SGX_ATTRIBUTES);
    COPY(c->mrenclave, SGX_MRENCLAVE);
    COPY(c->mrsigner, SGX_MRSIGNER);
    COPY(c->config_id, SGX_CONFIG_ID);
    COPY(c->isv_family_id, SGX_ISV_FAMILY_ID);
    c->isv_prod_id = load_u16le(body + SGX_ISV_PROD_ID);
    c->isv_svn = load_u16le(body + SGX_ISV_SVN);
    c->config_svn = load_u16le(body + SGX_CONFIG_SVN);
    out->debug = (body[SGX_ATTRIBUTES] & SGX_ATTRIBUTE_DEBUG) != 0;
}

static void claim_tdx(struct attest_claims *out, const uint8_t *body, uint16_t body_type)
{
    struct attest_tdx_claims *c = &out->tdx;

    out->kind = ATTEST_KIND_TDX;
    c->body_type = (uint8_t)body_type;
    COPY(c->tee_tcb_svn, TDX_TEE_TCB_SVN);
    COPY(c->mrseam, TDX_MRSEAM);
    COPY(c->mrsignerseam, TDX_MRSIGNERSEAM);
    COPY(c->seam_attributes, TDX_SEAM_ATTRIBUTES);
    COPY(c->td_attributes, TDX_TD_ATTRIBUTES);
    COPY(c->xfam, TDX_XFAM);
    COPY(c->mrtd, TDX_MRTD);
    COPY(c->mrconfigid, TDX_MRCONFIGID);
    COPY(c->mrowner, TDX_MROWNER);
    COPY(c->mrownerconfig, TDX_MROWNERCONFIG);
    COPY(c->rtmr, TDX_RTMR);
    if (body_type >= QUOTE_BODY_TDX_15) {
        COPY(c->tee_tcb_svn2, TDX_TEE_TCB_SVN2);
        COPY(c->mrservicetd, TDX_MRSERVICETD);
    }
    /* bit 0 is DEBUG; the module's specification reserves bits 1 to 7 for further ways of being untrusted */
    out->debug = c->td_attributes[0] != 0;
}

void quote_claim(struct attest_claims *out, const struct quote *q)
{
    if (quote_is_tdx(q))
        claim_tdx(out, q->report.p, q->body_type);
    else
        claim_sgx(out, q->report.p);
    memcpy(out->report_data, quote_report_data(q).p, sizeof out->report_data);
    out->declared_length = q->declared_length;
    blake2_256(out->signed_hash, q->signed_part);
}
