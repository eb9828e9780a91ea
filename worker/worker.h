/* worker/worker.h — what all threads of the worker share. Set up by main before they start, then read only,
 * except what locks itself (board, journal). */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include "attest/policy.h"
#include "crypto/keys.h"
#include "tee/evidence.h"
#include "worker/board.h"
#include "worker/config.h"
#include "worker/journal.h"
#include "worker/trust.h"

enum {
    WORKER_ENTRIES_MAX = CONFIG_ALLOWED_MAX + 1, /* and the program beside this one */
    /* The chain takes nonces of its last 256 blocks (docs/pallets.md, Evidence): renewed well before. */
    WORKER_START_FRESH_BLOCKS = 200,
};

struct worker {
    struct config config;
    struct hash32 genesis;
    char genesis_hex[17]; /* its first 8 bytes */
    bool development;     /* a development chain: SIMULATED evidence is believed */
    uint16_t ss58_prefix;
    uint64_t cluster;
    struct keypair controller;
    struct board *board;
    struct journal *journal;
    /* trust: what an entry must be */
    struct evidence *evidence; /* trust_evidence uses it */
    bool simulated;
    bool chain_verifies; /* the chain knows this root: evidence goes there too, not only to this worker */
    struct trust *trust;
    struct attest_root roots[ATTEST_VENDOR_ROOTS];         /* the vendors', or the simulated one alone */
    struct attest_measurement entries[WORKER_ENTRIES_MAX]; /* the entries that are given secrets */
    uint32_t entry_count;
    char measurement_hex[2 * ATTEST_MEASUREMENT_MAX +
                         1]; /* of this program: what entries are told to expect */
    struct attest_policy policy;
};

/* "<state>/works/<work>": the folder whose socket a container sees at /run/wetee. */
const char *worker_socket_dir(const struct worker *w, struct arena *a, struct work_key key);
#define WORKER_SOCKET_NAME "worker.sock"

/* The threads; each takes a struct worker and returns NULL when the board says stop. */
void *worker_session_thread(void *worker); /* session.c: entries */
void *worker_submit_thread(void *worker);  /* submit.c: extrinsics */

#endif /* WORKER_WORKER_H */
