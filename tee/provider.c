#include "tee/provider.h"
#include "attest/quote.h"
#include "crypto/wipe.h"

enum err_code provider_fail(struct err *e, int negative_errno, const char *what,
                            const struct provider_reason *reasons, size_t count)
{
    int sys = -negative_errno;
    for (size_t i = 0; i < count; i++) {
        if (reasons[i].sys == sys)
            return FAIL_SYS(e, reasons[i].code, sys, "%s: %s", what, reasons[i].text);
    }
    return FAIL_SYS(e, ERR_IO, sys, "%s: error %d", what, sys);
}

/* Where the evidence ends and what it is about. */
static enum err_code structure(size_t *len, uint8_t data[64], const struct provider_answer *got,
                               struct err *e)
{
    struct snp_report report;
    struct quote q;

    if (got->form == ATTEST_FORM_SNP) {
        if (got->raw.len < SNP_REPORT_LEN)
            return FAIL(e, ERR_CORRUPT, "report of %zu bytes, %d expected", got->raw.len, SNP_REPORT_LEN);
        if (snp_report_read(&report, bytes_of(got->raw.p, SNP_REPORT_LEN), e) != ATTEST_VERIFIED)
            return ERR_CORRUPT;
        memcpy(data, report.report_data, 64);
        *len = SNP_REPORT_LEN;
        return ERR_OK;
    }
    if (quote_read(&q, got->raw, true, e) != ATTEST_VERIFIED)
        return ERR_CORRUPT;
    memcpy(data, quote_report_data(&q).p, 64);
    *len = q.declared_length;
    return ERR_OK;
}

enum err_code provider_check(struct bytes *out, const struct provider_answer *got,
                             const uint8_t report_data[64], bool *other_data, struct err *e)
{
    uint8_t have[64];
    size_t len;

    *other_data = false;
    if (structure(&len, have, got, e) != ERR_OK) {
        e->code = ERR_CORRUPT;
        return err_wrap(e, "own evidence");
    }
    if (!bytes_all_zero(bytes_from(got->raw, len)))
        return FAIL(e, ERR_CORRUPT, "own evidence is followed by other bytes");
    if (len > ATTEST_EVIDENCE_MAX)
        return FAIL(e, ERR_LIMIT, "own evidence of %zu bytes, at most %d", len, ATTEST_EVIDENCE_MAX);
    if (!secret_eq(have, report_data, sizeof have)) {
        *other_data = true;
        return FAIL(e, ERR_CORRUPT, "own evidence carries other report data than was asked for");
    }
    *out = bytes_of(got->raw.p, len);
    return ERR_OK;
}
