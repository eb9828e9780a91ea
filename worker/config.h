/* worker/config.h — the command line of wetee-worker: one table of options, which also prints the help. */
#ifndef WORKER_CONFIG_H
#define WORKER_CONFIG_H

#include "attest/policy.h"
#include "base/arena.h"
#include "base/balance.h"
#include "base/err.h"
#include "base/log.h"

enum config_end {
    CONFIG_RUN,
    CONFIG_DONE, /* help or version was printed */
};

enum { CONFIG_ALLOWED_MAX = 8 };

struct config {
    const char *state_dir, *node, *name, *engine; /* engine: NULL: look for one */
    const char *publish_address, *public_address; /* where ports are bound; what is told to others */
    const char *sim_dir;                          /* simulated platform; NULL: none */
    const char *tee;                              /* "auto", "simulated-tdx" */
    const char *pccs, *pccs_ca; /* where collateral comes from; NULL: the vendors, the system */
    const char *entry_program;  /* NULL: beside this program */
    const char *controller_uri; /* NULL: the key in the state folder */
    uint32_t cpu, mem, disk;    /* capacity to mortgage */
    struct balance deposit;
    uint8_t level;
    uint16_t api_port;
    bool auto_register, confirm_removals;
    bool tcb_strict;
    struct attest_measurement allowed[CONFIG_ALLOWED_MAX]; /* entries, by measurement */
    uint32_t allowed_count;
    enum log_level log_level;
};

/* Texts live in the arena or in argv. ERR_USAGE with a hint. */
FALLIBLE config_parse(struct arena *a, struct config *out, enum config_end *end, int argc, char **argv,
                      struct err *e);

#endif /* WORKER_CONFIG_H */
