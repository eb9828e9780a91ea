/* entry/config.h — what an entry is told from outside: the environment and its arguments. None of it is
 * secret, and none of it is trusted beyond what the worker's evidence proves.
 *
 *     WETEE_WORKER              unix:/path or tcp:<ip>:<port>, tcp:[<ip6>]:<port>
 *     WETEE_WORKER_MEASUREMENT  hex of 32, 36, 48 or 240 bytes (attest/policy.h), several joined by commas,
 *                               or "any", which is said aloud and never the default
 *
 *     WETEE_TEE                 auto (default) or a provider's name (docs/evidence-providers.md)
 *
 *     WETEE_SIM_DIR             folder of the simulated platform
 *
 *     WETEE_LINGER_S            seconds to wait for the last proof after the program ended (60)
 *
 *     wetee-entry [--] program arguments...     used when the configuration names no arguments */
#ifndef ENTRY_CONFIG_H
#define ENTRY_CONFIG_H

#include "attest/policy.h"
#include "base/err.h"

#include <sys/socket.h>

enum { ENTRY_MEASUREMENTS_MAX = 8 };

struct entry_config {
    struct sockaddr_storage worker;
    socklen_t worker_len;
    struct attest_measurement measurements[ENTRY_MEASUREMENTS_MAX];
    uint8_t measurement_bytes[ENTRY_MEASUREMENTS_MAX][ATTEST_MEASUREMENT_MAX]; /* what they view */
    uint32_t measurement_count;
    bool any_measurement;
    const char *tee;
    const char *sim_dir_opt;
    uint64_t linger_ms;
    char *const *args; /* the program and its arguments, ends with NULL; may be empty */
};

/* ERR_USAGE. Views into the environment, argv and itself: not to be copied. */
FALLIBLE entry_config_read(struct entry_config *out, char *const *argv, struct err *e);

#endif /* ENTRY_CONFIG_H */
