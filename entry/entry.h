/* entry/entry.h — one life of an entry: prove itself, get the configuration, run the program, report, end
 * with its code.
 *
 *             connect, TLS             HELLO            RELEASE
 *     DOWN ------------------> HELLO ---------> RELEASE --------> UP
 *       ^                        |                 |              | TICK, CLOSE_PERIOD, STOP, BYE
 *       +---- any failure -------+-----------------+--------------+
 *
 * Before the program runs, a failed verification ends the entry (exit code 78) and a worker that cannot be
 * reached ends it after a while (75). Once it runs, every failure of the session costs only the session: the
 * entry tries again with growing pauses and attests anew, and the program never notices. One thread, one poll
 * loop; nothing waits for the network. */
#ifndef ENTRY_ENTRY_H
#define ENTRY_ENTRY_H

#include "attest/ratls.h"
#include "crypto/wipe.h"
#include "entry/config.h"
#include "entry/output.h"
#include "entry/period.h"
#include "entry/program.h"
#include "entry/usage.h"
#include "io/tls.h"
#include "tee/evidence.h"

enum { ENTRY_EXIT_UNAVAILABLE = 75, ENTRY_EXIT_UNVERIFIED = 78, ENTRY_EXIT_NOT_STARTED = 127 };

enum session_state {
    SESSION_DOWN,
    SESSION_CONNECTING,
    SESSION_TLS,
    SESSION_HELLO,
    SESSION_RELEASE,
    SESSION_UP
};

struct entry {
    struct entry_config config;
    struct evidence *evidence;
    struct tls_identity *identity;
    struct attest_root worker_root; /* simulated; hardware is judged by the vendors' roots */
    struct attest_policy policy;
    struct evidence_peer peer;
    struct arena peer_arena; /* of the collateral that the worker brings along */
    struct arena arena;      /* of one message */

    struct secret32 deploy_seed, exchange_secret;
    uint8_t deploy_key[32], exchange_key[32];

    enum session_state state;
    int connecting_fd; /* -1 when there is none */
    struct tls_conn *conn;
    uint64_t deadline_ms; /* of the state, 0: none */
    uint64_t retry_at_ms;
    uint32_t failures;   /* in a row */
    uint64_t give_up_ms; /* before the program runs */
    bool has_hello;
    struct channel_hello hello;

    struct program program;
    struct output output[2];
    struct period *period;
    struct usage last_usage;
    uint64_t last_sample_us, next_sample_ms;
    uint64_t linger_until_ms;
    bool asked_to_end; /* from outside, by a signal */

    int signal_fd;
    bool done;
    int exit_code;
};

/* Everything that is needed before the first connection. ERR_USAGE, ERR_UNSUPPORTED, ERR_IO. */
FALLIBLE entry_init(struct entry *n, char *const *argv, struct err *e);
void entry_fini(struct entry *n); /* wipes the keys */
/* Runs to the end; the exit code. */
int entry_run(struct entry *n);

void entry_sample(struct entry *n); /* a usage sample, now */

/* --- session.c --- */
/* Moves the session on as far as it goes without waiting. */
void session_step(struct entry *n);
/* Ends the session: before the start of the program perhaps the entry too. `verified_failure`: the peer or
 * what it said is not acceptable, as opposed to not reachable. */
void session_fail(struct entry *n, const struct err *why);
/* Queues a message; failures end the session. */
void session_send(struct entry *n, const struct channel_message *m);
static inline bool session_up(const struct entry *n)
{
    return n->state == SESSION_UP;
}
/* What to poll for: the descriptor or -1. */
int session_poll(const struct entry *n, short *events);
void session_send_exited(struct entry *n);
/* A record for people; dropped when the session is slow. */
void session_send_log(struct entry *n, uint8_t stream, uint64_t seq, struct bytes text);
void session_close(struct entry *n);

#endif /* ENTRY_ENTRY_H */
