/* runtime/capacity.h — arithmetic on the six resources of a cluster, field by field. Pure. */
#ifndef RUNTIME_CAPACITY_H
#define RUNTIME_CAPACITY_H

#include "base/balance.h"
#include "chain/worker.h"

enum { CAPACITY_FIELDS = 6 };

/* The fields in the order of struct worker_com_cr: cpu, mem, cvm_cpu, cvm_mem, disk, gpu. */
uint32_t capacity_at(const struct worker_com_cr *c, unsigned field);

bool capacity_is_zero(const struct worker_com_cr *c);
bool capacity_eq(const struct worker_com_cr *a, const struct worker_com_cr *b);
/* Every field of `need` is at most that of `have`. */
bool capacity_fits(const struct worker_com_cr *need, const struct worker_com_cr *have);
/* false, with *out untouched, when a field would leave u32. */
MUST_USE bool capacity_add(struct worker_com_cr *out, const struct worker_com_cr *a,
                           const struct worker_com_cr *b);
MUST_USE bool capacity_sub(struct worker_com_cr *out, const struct worker_com_cr *a,
                           const struct worker_com_cr *b);
struct worker_com_cr capacity_min(const struct worker_com_cr *a, const struct worker_com_cr *b);

/* Sum over the fields of price times amount: below 2^99, so it cannot overflow. */
struct balance capacity_price(const struct worker_com_cr *c, const struct worker_price *price);
struct balance capacity_stake(const struct worker_com_cr *c, const struct worker_deposit_price *price);

#endif /* RUNTIME_CAPACITY_H */
