#include "attest/tcb.h"
#include "attest/endorsed.h"

static const struct {
    const char *name;
    uint8_t rank;
} statuses[] = {
    [ATTEST_TCB_NOT_EVALUATED] = {"NotEvaluated", 255},
    [ATTEST_TCB_UP_TO_DATE] = {"UpToDate", 0},
    [ATTEST_TCB_SW_HARDENING_NEEDED] = {"SWHardeningNeeded", 1},
    [ATTEST_TCB_CONFIGURATION_NEEDED] = {"ConfigurationNeeded", 2},
    [ATTEST_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED] = {"ConfigurationAndSWHardeningNeeded", 2},
    [ATTEST_TCB_OUT_OF_DATE] = {"OutOfDate", 3},
    [ATTEST_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED] = {"OutOfDateConfigurationNeeded", 4},
    [ATTEST_TCB_TD_RELAUNCH_ADVISED] = {"TDRelaunchAdvised", 3},
    [ATTEST_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED] = {"TDRelaunchAdvisedConfigurationNeeded", 3},
    [ATTEST_TCB_REVOKED] = {"Revoked", 255},
};

const char *attest_tcb_name(enum attest_tcb status)
{
    return statuses[status].name;
}

uint8_t attest_tcb_rank(enum attest_tcb status)
{
    return statuses[status].rank;
}

enum attest_tcb attest_tcb_from_name(struct bytes name)
{
    for (size_t i = ATTEST_TCB_UP_TO_DATE; i < ARRAY_LEN(statuses); i++) {
        if (bytes_eq(name, bytes_of_str(statuses[i].name)))
            return (enum attest_tcb)i;
    }
    return ATTEST_TCB_NOT_EVALUATED;
}

enum attest_tcb attest_tcb_converge(enum attest_tcb platform, enum attest_tcb qe, enum attest_tcb module)
{
    if (platform == ATTEST_TCB_REVOKED || qe == ATTEST_TCB_REVOKED || module == ATTEST_TCB_REVOKED)
        return ATTEST_TCB_REVOKED;
    if (qe != ATTEST_TCB_OUT_OF_DATE && module != ATTEST_TCB_OUT_OF_DATE)
        return platform;
    switch (platform) {
    case ATTEST_TCB_UP_TO_DATE:
    case ATTEST_TCB_SW_HARDENING_NEEDED:
    case ATTEST_TCB_OUT_OF_DATE:
        return ATTEST_TCB_OUT_OF_DATE;
    case ATTEST_TCB_CONFIGURATION_NEEDED:
    case ATTEST_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED:
    case ATTEST_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED:
        return ATTEST_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
    case ATTEST_TCB_TD_RELAUNCH_ADVISED: /* results of two converged statuses, never an input */
    case ATTEST_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED:
    case ATTEST_TCB_NOT_EVALUATED:
    case ATTEST_TCB_REVOKED:
        break;
    }
    return platform;
}
