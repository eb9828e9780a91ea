/* node/config.h — the command line of wetee-node: one table of options, which also prints the help. */
#ifndef NODE_CONFIG_H
#define NODE_CONFIG_H

#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"

enum config_end {
    CONFIG_RUN,  /* go on */
    CONFIG_DONE, /* help or version was printed */
};

struct config {
    const char *base_path; /* NULL: temporary */
    const char *chain;     /* "dev", or a file; NULL: what is stored, else "dev" */
    const char *wasm;      /* NULL: beside the program, if there */
    const char *sim_root;  /* NULL: none */
    uint16_t rpc_port;
    bool rpc_external, rpc_unsafe;
    uint32_t rpc_max_connections;
    uint32_t seal_ms;        /* 0: instant */
    uint32_t pruning;        /* states kept; 0: all */
    uint32_t verify_threads; /* 0: one per core */
    enum log_level log_level;
};

/* Texts live in the arena or in argv. ERR_USAGE with a hint. */
FALLIBLE config_parse(struct arena *a, struct config *out, enum config_end *end, int argc, char **argv,
                      struct err *e);

#endif /* NODE_CONFIG_H */
