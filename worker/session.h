/* worker/session.h — one connection with an entry: from the handshake to the last proof.
 *
 * A session is driven by the poll loop of session_loop.c; nothing here waits. It releases nothing before both
 * pieces of evidence verify, and stores no proof it has not checked itself. */
#ifndef WORKER_SESSION_H
#define WORKER_SESSION_H

#include "io/tls.h"
#include "worker/worker.h"

enum session_state {
    SESSION_STATE_HANDSHAKE,
    SESSION_STATE_HELLO_SENT,
    SESSION_STATE_RELEASED, /* waits for STARTED */
    SESSION_STATE_LIVE,
};

struct session {
    struct worker *worker;
    struct work_key key;
    struct tls_conn *tls;
    enum session_state state;
    uint64_t deadline_ms; /* monotonic; UINT64_MAX: none */
    struct channel_hello hello;
    uint8_t deploy_key[32];
    bool exited, stop_sent, bye_sent;
    uint64_t last_tick;
    bool asked; /* CLOSE_PERIOD is out */
    struct channel_close_period ask;
    char address[CHANNEL_ADDRESS_MAX];
    /* fresh evidence for the chain: what was asked for last */
    struct hash32 challenge_nonce, renew_nonce;
    uint64_t renew_block; /* 0: never */
};

/* Takes the accepted socket over, also on failure. */
FALLIBLE session_new(struct session **out, struct worker *w, struct work_key key, int owned_fd,
                     const struct tls_identity *id, struct err *e);
/* NULL is accepted. */
void session_free(struct session *s);

/* After poll: reads, writes, answers. Any failure ends the session. `scratch` is used up to the return. */
FALLIBLE session_step(struct session *s, struct arena *scratch, const struct snapshot *snap_opt,
                      struct err *e);
/* A new snapshot: ticks, the end of a period, the end of the work. Only once LIVE. */
FALLIBLE session_follow(struct session *s, struct arena *scratch, const struct snapshot *snap, struct err *e);
/* ERR_TIMEOUT when the entry did not answer in time. */
FALLIBLE session_check_deadline(const struct session *s, uint64_t now_ms, struct err *e);

/* The chain does not know this entry's key yet, and will soon not believe the evidence for it any more. */
bool session_start_stale(const struct session *s, const struct desired_work *d, uint64_t block);

/* The identity of this worker for TLS: a fresh key, and evidence over it. */
FALLIBLE session_identity(struct tls_identity **out, struct worker *w, struct err *e);

#endif /* WORKER_SESSION_H */
