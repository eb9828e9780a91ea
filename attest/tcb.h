/* attest/tcb.h — TCB statuses: names, rank, convergence. Sources: Intel's quote verification as described in
 * docs/formats/attestation.md "TCB evaluation". Pure. */
#ifndef ATTEST_TCB_H
#define ATTEST_TCB_H

#include "attest/claims.h"

const char *attest_tcb_name(enum attest_tcb status); /* "UpToDate"; "NotEvaluated" */

/* The one table from status to number that levels of the chain compare (`tcb_max`): 0 UpToDate; 1
 * SWHardeningNeeded; 2 ConfigurationNeeded, ConfigurationAndSWHardeningNeeded; 3 OutOfDate,
 * TDRelaunchAdvised...; 4 OutOfDateConfigurationNeeded; 255 Revoked and not evaluated. */
uint8_t attest_tcb_rank(enum attest_tcb status);

/* The platform's status with the QE's and, unless NOT_EVALUATED, the TDX module's. */
enum attest_tcb attest_tcb_converge(enum attest_tcb platform, enum attest_tcb qe, enum attest_tcb module);

#endif /* ATTEST_TCB_H */
