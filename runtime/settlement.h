/* runtime/settlement.h — the formulas of prices, periods and earnings. Pure: no storage, no arena.
 *
 * A contract's period 0 covers [anchor, anchor + lead); period p >= 1 covers `stage` blocks each from there
 * on. lead equals stage except after a change of Stage, when the period that was running keeps its length.
 * Source: pallets.md C1 (price), C3 (settlement), C4 (vesting, closing), C5 (reliability). */
#ifndef RUNTIME_SETTLEMENT_H
#define RUNTIME_SETTLEMENT_H

#include "base/balance.h"
#include "chain/worker.h"

enum { BPS = 10000, PPM = 1000000, VEST_BUCKETS = 8 };

/* Price of one period: ask_bps (at most BPS) of the list price of `need`, rounded up. */
struct balance settlement_fee(const struct worker_price *price, const struct worker_com_cr *need,
                              uint16_t ask_bps);

/* What a proof is worth. All amounts are exact: gross = fee + net, fee = treasury + authors. */
struct settlement {
    struct balance gross; /* taken from the owner's held balance */
    struct balance fee;   /* to the network */
    struct balance net;   /* to the cluster */
    struct balance treasury, authors;
};

struct settlement_terms {
    struct balance full;  /* F: the price of the whole span at full reservation */
    struct balance usage; /* F_use: the price of what was used, at most F */
    uint32_t up_blocks;   /* at most span */
    uint32_t span;        /* blocks; 0 earns nothing */
    uint32_t usage_bps;   /* u */
    uint32_t fee_bps;     /* phi */
};

/* false when the amounts leave 128 bits. */
MUST_USE bool settlement_of(struct settlement *out, const struct settlement_terms *t);

/* Periods. start(p) saturates at the end of time. */
uint64_t period_start(const struct worker_contract_state *c, uint32_t p);
uint32_t period_len(const struct worker_contract_state *c, uint32_t p);
/* The period `now` lies in; 0 before the anchor. */
uint32_t period_at(const struct worker_contract_state *c, uint64_t now);

/* ⌈F·L/S⌉ over the unsettled span [start(next_period), at), at most `held`. */
struct balance closing_reserve(const struct worker_contract_state *c, uint64_t at, struct balance per_period);

/* Vesting: bucket width is ⌈window / 7⌉. */
uint32_t vest_bucket(uint64_t block, uint32_t window);
uint64_t vest_matures(uint32_t bucket, uint32_t window);
/* Adds `amount` earned at `block`; with a window of 0 it is withdrawable at once. */
void vest_add(struct worker_contract_state *c, struct worker_vest_bucket room[VEST_BUCKETS],
              struct balance amount, uint64_t block, uint32_t window);
/* Moves matured buckets to withdrawable. `room` holds the vector afterwards. */
void vest_fold(struct worker_contract_state *c, struct worker_vest_bucket room[VEST_BUCKETS], uint64_t block,
               uint32_t window);

/* Reliability in ppm, and the slash of the k-th period missed in a row (k >= 1). */
uint32_t reliability_up(uint32_t ppm);
uint32_t reliability_down(uint32_t ppm, uint32_t divisor);
uint32_t missed_slash_bps(uint32_t base_bps, uint32_t k);

#endif /* RUNTIME_SETTLEMENT_H */
