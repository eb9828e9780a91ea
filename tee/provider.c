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

static bool all_zero(struct bytes b)
{
    uint8_t any = 0;
    for (size_t i = 0; i < b.len; i++)
        any |= b.p[i];
    return any == 0;
}

static enum err_code declared_length(size_t *out, const struct provider_answer *got, struct err *e)
{
    struct quote q;

    if (got->form == ATTEST_FORM_SNP) {
        if (got->raw.len < TEE_SNP_REPORT_LEN)
            return FAIL(e, ERR_CORRUPT, "report of %zu bytes, %d expected", got->raw.len, TEE_SNP_REPORT_LEN);
        *out = TEE_SNP_REPORT_LEN;
        return ERR_OK;
    }
    if (quote_read(&q, got->raw, true, e) != ATTEST_VERIFIED) {
        e->code = ERR_CORRUPT;
        return err_wrap(e, "own evidence");
    }
    *out = q.declared_length;
    return ERR_OK;
}

enum err_code provider_check(struct bytes *out, const struct provider_answer *got,
                             const uint8_t report_data[64], bool *other_data, struct err *e)
{
    uint8_t have[64];
    size_t len;

    *other_data = false;
    TRY(declared_length(&len, got, e));
    if (!all_zero(bytes_from(got->raw, len)))
        return FAIL(e, ERR_CORRUPT, "own evidence is followed by other bytes");
    struct bytes cut = bytes_of(got->raw.p, len);
    if (cut.len > ATTEST_EVIDENCE_MAX)
        return FAIL(e, ERR_LIMIT, "own evidence of %zu bytes, at most %d", cut.len, ATTEST_EVIDENCE_MAX);
    if (!attest_peek_report_data(have, cut, got->form))
        return FAIL(e, ERR_CORRUPT, "own evidence is not well formed");
    if (!secret_eq(have, report_data, sizeof have)) {
        *other_data = true;
        return FAIL(e, ERR_CORRUPT, "own evidence carries other report data than was asked for");
    }
    *out = cut;
    return ERR_OK;
}
