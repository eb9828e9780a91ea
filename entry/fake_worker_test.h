/* entry/fake_worker_test.h — the worker's side of the channel, for tests of the real wetee-entry program. */
#ifndef ENTRY_FAKE_WORKER_TEST_H
#define ENTRY_FAKE_WORKER_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/channel.h"
#include "attest/ratls.h"
#include "io/tls.h"
#include "tee/evidence.h"
#include "tee/sim.h"

#include <sys/types.h>

struct world {
    char folder[64], socket[96], platform[96], marker[96], output[96];
    struct evidence *evidence; /* of this process, which plays the worker */
    struct tls_identity *identity;
    struct attest_root root;
    struct attest_measurement entry_allowed;
    struct attest_policy policy; /* allows the entry's program file */
    struct hash32 entry_measurement;
    struct evidence_peer peer;
    struct attest_collateral collateral;
    struct arena arena, collateral_arena;
    int listener;
    bool first_process; /* spawn it as process 1 of a new namespace; exit code 99: not permitted here */
    pid_t entry;
    /* of the current session */
    struct tls_conn *conn;
    struct channel_hello hello;
    struct channel_attest attest; /* without the evidence */
};

void world_init(struct world *w);
void world_fini(struct world *w); /* also ends the entry */

/* Starts wetee-entry with `sh -c script`; NULL: the script comes with the configuration. `worker_hex`: the
 * measurement it expects, NULL: the right one. */
void entry_spawn(struct world *w, const char *script, const char *worker_hex);
int entry_wait(struct world *w); /* its exit code, or -1 when it does not end within 20 s */
bool marker_exists(const struct world *w);

/* Accepts the next connection and does the handshake; ERR_OK or why not. */
enum err_code session_accept(struct world *w, struct err *e);
void session_drop(struct world *w);
void send_message(struct world *w, const struct channel_message *m);
void send_bytes(struct world *w, struct bytes frame);
/* The next message that is not LOG, which must be of this type; 20 s. Valid until the next call. */
struct channel_message expect(struct world *w, enum channel_type type);
/* False when the connection ended instead. */
bool next_message(struct world *w, struct channel_message *m);

void send_hello(struct world *w);
/* What a worker thinks of an entry's evidence, bound to this. */
enum attest_class appraise_entry(const struct world *w, struct bytes evidence, const uint8_t report_data[64]);
/* HELLO and a verified ATTEST in this state. */
void until_attested(struct world *w, enum channel_state state);
struct bytes sealed_config(struct world *w, const struct channel_config *c, const struct attest_subject *s);
void send_release(struct world *w, struct bytes sealed);
/* The whole start with an empty configuration or `c_opt`; the program's pid. */
uint32_t start_program(struct world *w, const struct channel_config *c_opt);
void send_tick(struct world *w, uint64_t block);
/* Asks for a period and checks signature, roots and sizes; *m points into the connection. */
struct channel_proof close_period(struct world *w, uint64_t first, uint32_t length,
                                  struct channel_message *m);
void send_bye(struct world *w);

#endif /* ENTRY_FAKE_WORKER_TEST_H */
