/* worker/journal.h — what the worker remembers between runs: SQLite, write-ahead log, synced on every commit.
 *
 * Everything that matters is on the chain or in the containers' labels: losing the journal costs history
 * (log and usage files, proofs not yet sent) and the port numbers, never a workload. Any thread: one lock,
 * one statement at a time. */
#ifndef WORKER_JOURNAL_H
#define WORKER_JOURNAL_H

#include "attest/binding.h"
#include "attest/claims.h"
#include "base/arena.h"
#include "base/err.h"
#include "worker/work.h"

struct journal;

enum {
    JOURNAL_SCHEMA = 2,
    JOURNAL_PORT_MIN = 30100,
    JOURNAL_PORT_MAX = 32700,
    JOURNAL_PORT_REST_S = 3600, /* a port given back is not given out again for so long */
    JOURNAL_KEEP_PERIODS = 168,
    JOURNAL_FILE_MAX = 1 << 20,
};

/* ERR_CORRUPT: not a journal, or damaged; ERR_UNSUPPORTED: written by a newer program; ERR_EXISTS: of another
 * chain. Creates the file when it is missing. */
FALLIBLE journal_open(struct journal **out, const char *path, const struct hash32 *genesis, struct err *e);
void journal_free(struct journal *j);
DEFINE_CLEANUP(struct journal *, journal_free)

/* --- ports --- */

/* The host port leased to this port of a work; leases one when there is none: the first free from a position
 * that depends on the work. `now_s` is wall-clock. ERR_LIMIT: all are taken. */
FALLIBLE journal_port_lease(struct journal *j, uint16_t *host, struct work_key work, uint16_t inside,
                            bool udp, uint64_t now_s, struct err *e);
/* The host port cannot be bound (someone else's): the lease moves on, this number rests. */
FALLIBLE journal_port_blocked(struct journal *j, struct work_key work, uint16_t host, uint64_t now_s,
                              struct err *e);
FALLIBLE journal_port_release(struct journal *j, struct work_key work, uint64_t now_s, struct err *e);

/* --- sessions: what an entry proved, and when --- */

struct journal_session {
    uint8_t deploy_key[32];
    uint64_t version, seen_block;
};
FALLIBLE journal_session_put(struct journal *j, struct work_key work, const struct journal_session *s,
                             struct bytes evidence, struct err *e);
/* The evidence lives in the arena. ERR_NOT_FOUND. */
FALLIBLE journal_session_get(struct journal *j, struct arena *a, struct journal_session *out,
                             struct bytes *evidence, struct work_key work, struct err *e);

/* --- fresh evidence of running entries: the latest of each purpose --- */

struct journal_evidence {
    enum attest_purpose purpose;
    enum attest_kind kind;
    uint8_t deploy_key[32];
    struct hash32 nonce;
    uint64_t block; /* when it was asked for */
};
FALLIBLE journal_evidence_put(struct journal *j, struct work_key work, const struct journal_evidence *row,
                              struct bytes evidence, struct err *e);
/* The evidence lives in the arena. ERR_NOT_FOUND. */
FALLIBLE journal_evidence_get(struct journal *j, struct arena *a, struct journal_evidence *out,
                              struct bytes *evidence, struct work_key work, enum attest_purpose purpose,
                              struct err *e);

/* --- extrinsics: at most one under way per (kind, work, period) --- */

enum journal_call {
    JOURNAL_CALL_START = 1,
    JOURNAL_CALL_PROOF = 2,
    JOURNAL_CALL_DECLINE = 3,
    JOURNAL_CALL_RENEW = 4,
    JOURNAL_CALL_RESPOND = 5,
};

/* Records the intent before sending. ERR_EXISTS: one was sent and its mortality (`until_block`) has not
 * passed at `block`, or it was accepted. */
FALLIBLE journal_call_begin(struct journal *j, enum journal_call kind, struct work_key work,
                            uint64_t period_key, uint64_t block, uint64_t until_block, struct err *e);
/* accepted: never again; otherwise it may be sent again at once. */
FALLIBLE journal_call_end(struct journal *j, enum journal_call kind, struct work_key work,
                          uint64_t period_key, bool accepted, struct err *e);

/* --- proofs and their files --- */

enum journal_proof_state { JOURNAL_PROOF_READY, JOURNAL_PROOF_SENT };

struct journal_proof {
    struct work_key work;
    uint64_t first_block, version;
    uint32_t length;
    enum journal_proof_state state;
    uint8_t deploy_key[32];
    struct bytes proof, address; /* see attest/channel.h struct channel_proof; in the arena */
};
/* Stores the proof with both files in one transaction; the first one for (work, first block, deploy key)
 * stays. */
FALLIBLE journal_proof_put(struct journal *j, const struct journal_proof *p, const struct hash32 *log_root,
                           struct bytes log_file, const struct hash32 *usage_root, struct bytes usage_file,
                           struct err *e);
/* ERR_NOT_FOUND */
FALLIBLE journal_proof_get(struct journal *j, struct arena *a, struct journal_proof *out,
                           struct work_key work, uint64_t first_block, struct err *e);
FALLIBLE journal_proof_mark(struct journal *j, struct work_key work, uint64_t first_block,
                            enum journal_proof_state state, struct err *e);

/* kind: "log" or "usage". ERR_NOT_FOUND. */
FALLIBLE journal_file_get(struct journal *j, struct arena *a, struct bytes *out, struct work_key work,
                          uint64_t first_block, const char *kind, struct err *e);

/* Drops files and proofs beyond JOURNAL_KEEP_PERIODS periods of each work. */
FALLIBLE journal_trim(struct journal *j, struct err *e);

#endif /* WORKER_JOURNAL_H */
