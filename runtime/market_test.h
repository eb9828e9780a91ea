/* runtime/market_test.h — test support: clusters and services on a chain in memory, calls dispatched without
 * extrinsics or fees, every block followed by a check of the books (runtime/invariants_test.h).
 *
 * A call that fails must leave no change behind, and no call may do what its declaration does not say
 * (runtime/declared_test.h); the support checks that too. */
#ifndef RUNTIME_MARKET_TEST_H
#define RUNTIME_MARKET_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "chain/chain.h"
#include "runtime/app_gen.h"
#include "runtime/contract.h"
#include "runtime/declared_test.h"
#include "runtime/memory_host.h"
#include "runtime/worker_gen.h"

enum { MARKET_ACCOUNTS = 64 };

struct market {
    struct memory_host *m;
    struct access_count count;
    struct declared *declared; /* what every call is held against */
    struct host host;          /* counts, then memory */
    struct arena arena;        /* of the current block */
    struct exec x;
    uint32_t block;
    bool unchecked; /* while true, blocks end without a check of the books */
    struct balance issuance;
    struct account_id who[MARKET_ACCOUNTS]; /* each with 2^60 planck */
};

void market_init(struct market *k, const char *genesis_wetee_json_opt, bool dev);
void market_fini(struct market *k);
/* Of a test whose state is a market on the heap. */
int market_teardown(void **state);
/* Ends the current block (checks the books) and begins the next. */
void market_next(struct market *k);
void market_skip(struct market *k, uint32_t blocks);

/* Dispatches as account `who`, or as root when who < 0. */
struct dispatch market_do(struct market *k, int who, const struct call *call);
#define MARKET_DO(k, who, module, name, ...)                \
    market_do((k), (who),                                   \
              &(struct call){.pallet = &module##_pallet,    \
                             .desc = &module##_call_##name, \
                             .args = &(struct module##_##name##_args){__VA_ARGS__}})

#define assert_ok(expr) market_assert_ok((expr), __FILE__, __LINE__)
#define assert_fails(module, code, expr) \
    market_assert_fails((expr), module##_pallet.index, (code), __FILE__, __LINE__)
void market_assert_ok(struct dispatch d, const char *file, int line);
void market_assert_fails(struct dispatch d, uint8_t module, uint8_t code, const char *file, int line);

/* Events of this block so far with this pallet and variant. */
uint32_t market_events(struct market *k, const struct pallet_desc *pallet, uint8_t index);

struct balance market_free(struct market *k, int who);
struct balance market_reserved(struct market *k, int who);

/* ---- shorthand ---- */

/* Registers a cluster at level 1 and mortgages capacity with exactly the stake it needs (and `more`). */
uint64_t market_cluster(struct market *k, int who, const struct worker_com_cr *capacity, uint64_t more);
/* Orders an SGX service of this size at level 1. */
struct dispatch market_order(struct market *k, int who, uint32_t cpu, uint32_t memory, uint32_t disk,
                             uint64_t deposit);
/* A cluster that exists. */
struct worker_k8s_cluster market_cluster_of(struct market *k, uint64_t id);
struct app_tee_app market_app(struct market *k, uint64_t id);
struct app_work_balance market_balance(struct market *k, uint64_t id);
struct worker_contract_state market_contract(struct market *k, uint64_t app, uint64_t cluster);
struct dispatch market_prove(struct market *k, int who, uint64_t app);
#define PLANCK(n) ((unsigned long long)balance_planck(n))

#endif /* RUNTIME_MARKET_TEST_H */
