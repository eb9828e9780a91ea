/* runtime/params.h — parameters of the WeTEE modules, one table per mode. Source: pallets.md Table C9.
 *
 * Stage, prices, deposit prices and level requirements are state, written by genesis. */
#ifndef RUNTIME_PARAMS_H
#define RUNTIME_PARAMS_H

#include "runtime/exec.h"

struct params {
    uint32_t stage_min, stage_max; /* of set_stage */
    uint32_t min_prepay_periods;
    uint32_t usage_share_bps;  /* u: the part of the price that follows usage */
    uint32_t protocol_fee_bps; /* phi */
    uint32_t challenge_window; /* blocks until earnings mature */
    uint32_t unbond_period;    /* blocks until stake is free */
    uint32_t start_timeout;    /* blocks from assignment to start */
    uint32_t missed_slash_bps; /* of sigma, for the first period missed in a row */
    uint32_t missed_row_limit; /* 0: no limit */
    uint32_t price_notice;     /* blocks from announcement to activation */
    uint16_t placement_attempts;
    uint8_t hash_len_min, hash_len_max; /* of the hashes in a proof */
    uint32_t attest_max_age;            /* blocks an attestation lasts; 0: for ever */
    uint32_t attest_grace;       /* blocks running replicas have to meet a new code policy; 0: for ever */
    uint32_t collateral_max_age; /* seconds since the issue of TCB info and QE identity; 0: their own dates */
    uint32_t challenge_gap;      /* blocks between two challenges of a contract */
    uint32_t suspend_blocks;     /* after a failed challenge, at least */
    uint32_t jail_blocks;        /* in which a second one jails, and which a jailed cluster must wait */
    uint32_t challenge_slash_bps; /* of sigma, written to state by genesis */
    struct balance challenge_bond_min;
    bool sanity; /* price changes must pass C1's checks */
    struct balance register_deposit;
    struct balance item_deposit, byte_deposit;
};

enum {
    PARAM_PLACEMENTS_PER_BLOCK = 32, /* list bound of RetryAt */
    PARAM_DUE_PER_BLOCK = 64,        /* list bound of DueAt */
    PARAM_QUEUE_MAX = 65536,
    PARAM_CONTRACTS_PER_CLUSTER = 1024,
    PARAM_CANDIDATES = 32,
    PARAM_EXCLUSION_BLOCKS = 28800,
    PARAM_RETRY_DELAY_MAX = 300,
    PARAM_PROOF_RING = 168,
    PARAM_RELIABILITY_START = 500000, /* ppm */
    PARAM_CHALLENGE_BLOCKS = 50,      /* to answer */
    PARAM_CHALLENGE_BOND_DIV = 10,    /* of the price of a period */
    PARAM_CHALLENGER_BPS = 1000,      /* of what is slashed */
    PARAM_ELIGIBLE_MIN = 10,          /* milli-cores and MiB free in a cluster to be listed */
    PARAM_CPU_MIN = 10,
    PARAM_MEMORY_MIN = 10,
};

extern const struct params params_dev, params_production;

const struct params *params_of(struct exec *x);

#endif /* RUNTIME_PARAMS_H */
