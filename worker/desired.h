/* worker/desired.h — what should run here, as a pure function of finalized chain state.
 *
 * Two readings of the same state give equal results, byte for byte: `spec_hash` names what a container is
 * made from and is what drift is judged by. Strings from the chain are hostile: they are checked here, before
 * anything becomes JSON or a path; a work that cannot be run says why in `refused`. No I/O, no clock. */
#ifndef WORKER_DESIRED_H
#define WORKER_DESIRED_H

#include "attest/channel.h"
#include "base/arena.h"
#include "chain/app.h"
#include "chain/worker.h"
#include "worker/work.h"

enum {
    DESIRED_IMAGE_MAX = 255,
    DESIRED_PORTS_MAX = 16,
    DESIRED_ENTRY_MEMORY_MIB = 32, /* for the entry itself, on top of what was bought */
    DESIRED_PIDS = 256,
    DESIRED_TEXT_MAX = 64 << 10, /* all settings of a work */
};

/* The chain's ContractState.status. */
enum contract_status { CONTRACT_ASSIGNED, CONTRACT_RUNNING, CONTRACT_CLOSING, CONTRACT_ENDED };

/* What finalized state says about one work and this cluster; views live as long as what they were read into.
 */
struct chain_work {
    struct work_key key;
    bool has_contract; /* false: positively absent at this block */
    struct worker_contract_state contract;
    bool has_app;
    struct app_tee_app app;
    uint64_t version;
    const struct app_env *env;
    uint32_t env_count;
    bool challenged; /* fresh evidence with this nonce is demanded */
    struct hash32 challenge_nonce;
    uint64_t attested_at, attested_until; /* block of the latest evidence the chain took, and until
                                             when the contract counts it; UINT64_MAX: for ever */
};

struct chain_view {
    uint64_t cluster;
    uint64_t block; /* finalized */
    struct hash32 block_hash, genesis;
    const struct chain_work *works;
    uint32_t work_count;
};

enum desired_phase {
    DESIRED_RUN,   /* a container should run */
    DESIRED_CLOSE, /* stop it, prove what is left, then remove */
    DESIRED_GONE,  /* the chain says there is nothing here: remove what is ours */
};

struct desired_port {
    uint16_t port;
    bool udp, published; /* project ports stay inside */
};

struct desired_work {
    struct work_key key;
    enum desired_phase phase;
    bool ended; /* GONE, and the chain still has the record that says so */
    struct account_id owner;
    uint64_t version;
    struct hash32 spec_hash;
    const char *refused; /* NULL: fit to run */
    const char *image;
    struct desired_port ports[DESIRED_PORTS_MAX];
    uint32_t port_count;
    uint64_t memory_bytes, nano_cpus;
    uint32_t disk_mib;
    struct channel_config config; /* goes over the attested channel only */
    struct worker_contract_state contract;
    bool challenged; /* the chain demands fresh evidence with this nonce */
    struct hash32 challenge_nonce;
    bool renew; /* half the time of the latest evidence is over */
};

struct desired {
    uint64_t cluster, block;
    struct hash32 block_hash, genesis;
    const struct desired_work *works; /* by key, ascending */
    uint32_t count;
};

/* The result lives in `a` and points into the view. Never fails: what cannot run is marked. */
void desired_build(struct arena *a, struct desired *out, const struct chain_view *view);
const struct desired_work *desired_find(const struct desired *d, struct work_key key);

/* The bytes whose SHA-256 is the spec hash. */
void desired_serialise(struct writer *w, const struct desired_work *d, const struct hash32 *genesis,
                       uint64_t cluster);

/* Periods, as the chain counts them (docs/pallets.md C3). */
uint64_t contract_period_start(const struct worker_contract_state *c, uint32_t period);
uint32_t contract_period_len(const struct worker_contract_state *c, uint32_t period);
/* The period a proof sent at `block` is for; false when none is complete and unproven. `until` is the first
 * block that is too late. */
MUST_USE bool contract_provable(const struct worker_contract_state *c, uint64_t block, uint32_t *period,
                                uint64_t *first, uint32_t *length, uint64_t *until);

/* Is this the reference of an image: name[:tag][@sha256:…] of the OCI distribution grammar? */
MUST_USE bool desired_image_valid(struct bytes text);

#endif /* WORKER_DESIRED_H */
