/* worker/board.h — where the worker's threads meet: the latest snapshot of the chain, what is known of each
 * work, and the request to stop. Everything is copied in and out under one lock; nobody waits holding it. */
#ifndef WORKER_BOARD_H
#define WORKER_BOARD_H

#include "attest/policy.h"
#include "worker/desired.h"
#include "worker/engine.h"

#include <stdatomic.h>

enum { BOARD_WORKS_MAX = 1024, BOARD_LINES = 512, BOARD_LINE_MAX = 512 };

/* Finalized state as it was read in one go. Shared by reference, never changed. */
struct snapshot {
    atomic_uint refs;
    struct arena arena;
    struct desired desired;
    uint64_t taken_ms; /* monotonic */
    bool development;  /* the chain allows development evidence */
};
struct snapshot *snapshot_new(void);    /* one reference */
void snapshot_free(struct snapshot *s); /* drops one reference; NULL is accepted */
DEFINE_CLEANUP(struct snapshot *, snapshot_free)

enum session_phase { SESSION_NONE, SESSION_ATTESTED, SESSION_RUNNING, SESSION_EXITED };
const char *session_phase_name(enum session_phase p);

struct work_status {
    struct work_key key;
    bool has_container;
    enum engine_state container;
    struct engine_port ports[DESIRED_PORTS_MAX];
    uint32_t port_count;
    enum session_phase session;
    uint8_t deploy_key[32]; /* from ATTESTED on */
    uint8_t measurement[ATTEST_MEASUREMENT_MAX];
    uint16_t measurement_len;
    uint64_t proofs_sent;
    char trouble[160]; /* the last thing that went wrong; empty when all is well */
};

struct board_line {
    uint64_t seq;
    uint8_t stream;
    uint16_t len;
    char text[BOARD_LINE_MAX];
};

struct board;
struct board *board_new(void);
void board_free(struct board *b);
DEFINE_CLEANUP(struct board *, board_free)

/* --- the chain --- */
/* Takes the reference over and wakes everyone. */
void board_publish(struct board *b, struct snapshot *owned);
/* A reference to the latest, or NULL before the first. */
struct snapshot *board_snapshot(struct board *b);
/* Not heard of the chain for too long: nothing is taken away, no secret is released. */
bool board_stale(struct board *b);
/* Waits for news (a snapshot, a touch, stop) since *seen, at most timeout_ms; updates *seen. */
void board_wait(struct board *b, uint64_t *seen, uint64_t timeout_ms);
void board_touch(struct board *b);
/* Readable when there is news, for poll loops; board_wake_clear empties it. */
int board_wake_fd(const struct board *b);
void board_wake_clear(struct board *b);

/* --- works --- */
bool board_status(struct board *b, struct work_status *out, struct work_key key);
/* Changes a status under the lock, making it if need be; then wakes everyone. */
void board_update(struct board *b, struct work_key key,
                  void (*change)(struct work_status *s, const void *arg), const void *arg);
void board_trouble(struct board *b, struct work_key key, const char *text); /* "" clears */
/* Copies of all, in the arena. */
uint32_t board_works(struct board *b, struct arena *a, struct work_status **out);
void board_forget(struct board *b, struct work_key key);

/* --- the last lines of a work, for people --- */
void board_log(struct board *b, struct work_key key, uint8_t stream, struct bytes text);
uint32_t board_lines(struct board *b, struct arena *a, struct board_line **out, struct work_key key,
                     uint64_t from, uint32_t limit);

/* --- stopping; async-signal-safe is not needed, a thread waits for the signals --- */
void board_stop(struct board *b);
bool board_stopping(const struct board *b);

#endif /* WORKER_BOARD_H */
