/* runtime/worker_genesis.h — the part of a chain's first state that WeteeWorker and WeteeApp own.
 *
 * The JSON form is an object under the key "wetee" of the genesis file; every member is optional:
 *   {"stage": 3,
 *    "levels": [{"level": 1,
 *                "price":   {"cpu": 100, "memory": 100, "disk": 100,
 *                            "cvm_cpu": 100, "cvm_memory": 100, "gpu": 1000},
 *                "deposit": {"cpu": 10, "memory": 10, "disk": 10,
 *                            "cvm_cpu": 10, "cvm_memory": 10, "gpu": 10},
 *                "min_stake": 0, "min_score": 0, "tcb_max": 1, "classes": 3,
 *                "min": {"cpu": 0, "mem": 0, "cvm_cpu": 0, "cvm_mem": 0, "disk": 0, "gpu": 0}}],
 *    "challenge_slash": 3000,
 *    "worker_measurements": ["0x.."],
 *    "collateral": [{"kind": 0, "at": 1760000000, "document": "0x..", "signature": "0x..",
 *                    "issuer_chain": "0x.."}]}
 * A measurement's kind is told by its length (attest/policy.h). A piece of collateral is judged as if the
 * block's time were "at", in seconds: "kind", "at" and "document" are demanded.
 * Absent, the presets of spec Table C9 apply: development or production by the chain's dev_mode. */
#ifndef RUNTIME_WORKER_GENESIS_H
#define RUNTIME_WORKER_GENESIS_H

#include "base/err.h"
#include "chain/worker.h"
#include "codec/json_read.h"
#include "runtime/exec.h"

enum { WORKER_LEVELS_MAX = 8, WORKER_MEASUREMENTS_MAX = 16, GENESIS_COLLATERAL_MAX = 64 };

struct genesis_level {
    uint8_t level; /* 1..WORKER_LEVELS_MAX */
    struct worker_price price;
    struct worker_deposit_price deposit;
    struct worker_level_requirement requirement;
};

struct genesis_piece {
    struct worker_collateral_update_args piece;
    uint64_t at;
};

struct genesis_worker {
    uint32_t stage; /* blocks, at least 1 */
    uint32_t level_count;
    struct genesis_level levels[WORKER_LEVELS_MAX];
    uint32_t challenge_slash; /* bps */
    uint32_t measurement_count;
    struct worker_measurement measurements[WORKER_MEASUREMENTS_MAX];
    uint32_t piece_count;
    struct genesis_piece pieces[GENESIS_COLLATERAL_MAX];
};

/* The preset of Table C9. */
void worker_genesis_preset(struct genesis_worker *out, bool dev);

/* Reads the object described above over `out`, which holds a preset: what is named replaces what is there.
 * The failure sticks in `j`. */
void worker_genesis_json(struct genesis_worker *out, struct json_reader *j);

/* Writes the state. The genesis constant dev_mode must have been written before.
 *   returns  ERR_OK; ERR_MALFORMED when a value is out of range; ERR_UNVERIFIED for collateral that is not
 *            genuine, or older than another piece of the list */
FALLIBLE worker_genesis(struct exec *x, const struct genesis_worker *g, struct err *e);

/* Accounts of the modules that must hold at least the existential deposit from genesis on, so that what they
 * owe can always be paid to the last planck: the pot of services, the network treasury, the pool of block
 * authors. */
enum { WORKER_GENESIS_ACCOUNTS = 3 };
void worker_genesis_accounts(struct exec *x, struct account_id out[WORKER_GENESIS_ACCOUNTS]);

#endif /* RUNTIME_WORKER_GENESIS_H */
