/* runtime/score.h — how good a cluster is for a work: an integer in ppm, higher is better. Pure.
 * Source: pallets.md C7 "Score". */
#ifndef RUNTIME_SCORE_H
#define RUNTIME_SCORE_H

#include "base/balance.h"
#include "chain/worker.h"

struct score_input {
    uint32_t reliability_ppm;
    struct worker_com_cr total, used, need; /* need fits in total - used */
    struct balance free_stake;              /* stake not bound by other contracts */
    struct balance sigma;                   /* stake this work would bind */
    uint16_t price_bps;
    uint8_t cluster_level, work_level; /* the first is not below the second */
};

int64_t score_of(const struct score_input *in);

#endif /* RUNTIME_SCORE_H */
