/* worker/engine_podman.h — finds a container engine, or starts Podman's service for this worker alone.
 *
 * Order: the socket asked for, DOCKER_HOST, /run/podman/podman.sock, /var/run/docker.sock,
 * $XDG_RUNTIME_DIR/podman/podman.sock; then `podman system service` on a socket in the state folder. Its
 * configuration is generated only where this machine's defaults would fail, so a machine whose defaults are
 * right keeps them. The service ends with the worker; containers do not. */
#ifndef WORKER_ENGINE_PODMAN_H
#define WORKER_ENGINE_PODMAN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/writer.h"

struct engine_host;

/* engine_opt: a socket path or "unix://…"; asked for and not there is an error, not a reason to look further.
 *   returns  ERR_OK; ERR_NOT_FOUND (no engine, no podman); ERR_UNAVAILABLE; ERR_USAGE (not a unix socket) */
FALLIBLE engine_host_find(struct engine_host **out, const char *engine_opt, const char *state_dir,
                          struct err *e);
const char *engine_host_socket(const struct engine_host *h);
/* True when the service was started here. */
bool engine_host_started(const struct engine_host *h);
/* A service started here is still alive; true as well for one that was found. */
bool engine_host_alive(struct engine_host *h);
/* Ends the service if it was started here. NULL is accepted. */
void engine_host_free(struct engine_host *h);
DEFINE_CLEANUP(struct engine_host *, engine_host_free)

/* What decides about the configuration. */
struct podman_facts {
    bool cgroup2_only; /* false: cgroup v1 or hybrid, which crun refuses */
    bool systemd, journald;
    uint64_t nofile_hard;
};
struct podman_facts podman_facts_here(void);
/* containers.conf for these facts; nothing is written when the defaults will do. */
void podman_conf(struct writer *w, const struct podman_facts *f);

/* Explicit limits for a container: at most the hard limit of this machine. */
uint32_t podman_nofile(const struct podman_facts *f);

#endif /* WORKER_ENGINE_PODMAN_H */
