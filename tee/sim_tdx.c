/* tee/sim_tdx.c — simulated trust domains: TD reports and run-time registers. */
#include "attest/quote.h"
#include "crypto/hash.h"
#include "tee/sim_priv.h"

enum { SEPT_VE_DISABLE_BYTE = 3, SEPT_VE_DISABLE_BIT = 0x10 };

size_t sim_td_length(uint8_t body_type)
{
    static const uint16_t lengths[] = {
        [QUOTE_BODY_TDX_10] = 584, [QUOTE_BODY_TDX_15] = 648, [QUOTE_BODY_TDX_15_EXTENDED] = 885};
    return body_type < QUOTE_BODY_TDX_10 || body_type > QUOTE_BODY_TDX_15_EXTENDED ? 0 : lengths[body_type];
}

void sim_put_td(struct writer *w, const struct attest_tdx_claims *td, const uint8_t report_data[64])
{
    size_t begin = w->len;

    put_mem(w, td->tee_tcb_svn, 16);
    put_mem(w, td->mrseam, 48);
    put_mem(w, td->mrsignerseam, 48);
    put_mem(w, td->seam_attributes, 8);
    put_mem(w, td->td_attributes, 8);
    put_mem(w, td->xfam, 8);
    put_mem(w, td->mrtd, 48);
    put_mem(w, td->mrconfigid, 48);
    put_mem(w, td->mrowner, 48);
    put_mem(w, td->mrownerconfig, 48);
    put_mem(w, td->rtmr, sizeof td->rtmr);
    put_mem(w, report_data, 64);
    if (td->body_type >= QUOTE_BODY_TDX_15) {
        put_mem(w, td->tee_tcb_svn2, 16);
        put_mem(w, td->mrservicetd, 48);
    }
    while (writer_ok(w) && w->len - begin < sim_td_length(td->body_type))
        put_u8(w, 0); /* the rest of type 4: no service TD, nothing migrated */
}

void attest_sim_td(const struct attest_sim *s, struct attest_tdx_claims *out, uint8_t body_type,
                   const uint8_t program[32])
{
    static const uint8_t svn[16] = {SIM_MODULE_MINOR, 1, SIM_TDX_LATE_MICROCODE};
    uint8_t measurement[ATTEST_MEASUREMENT_MAX];

    memset(out, 0, sizeof *out);
    out->body_type = body_type;
    memcpy(out->tee_tcb_svn, svn, sizeof svn);
    if (body_type >= QUOTE_BODY_TDX_15)
        memcpy(out->tee_tcb_svn2, svn, sizeof svn);
    sha384(out->mrseam, BYTES_LIT("sim tdx module"));
    out->td_attributes[SEPT_VE_DISABLE_BYTE] = SEPT_VE_DISABLE_BIT;
    out->xfam[0] = 7; /* x87, SSE, AVX */
    (void)attest_sim_measurement(measurement, ATTEST_KIND_TDX, program);
    memcpy(out->mrtd, measurement, sizeof out->mrtd);
    memcpy(out->rtmr, s->rtmr, sizeof out->rtmr);
}

void attest_sim_extend(struct attest_sim *s, unsigned index, const uint8_t digest[48])
{
    uint8_t both[96];

    ASSERT(index < ARRAY_LEN(s->rtmr));
    memcpy(both, s->rtmr[index], 48);
    memcpy(both + 48, digest, 48);
    sha384(s->rtmr[index], bytes_of(both, sizeof both));
}
