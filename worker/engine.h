/* worker/engine.h — what runs containers, behind one interface.
 *
 * A driver makes containers, observes them and takes them away; deciding which is worker/reconcile.h's. Every
 * container made here carries the labels below, and a driver never touches one that does not carry all of
 * them with its own genesis and cluster. One thread per engine. */
#ifndef WORKER_ENGINE_H
#define WORKER_ENGINE_H

#include "base/arena.h"
#include "base/err.h"
#include "worker/work.h"

#define ENGINE_LABEL_GENESIS "wetee.io/genesis" /* 16 hex digits of the genesis hash */
#define ENGINE_LABEL_CLUSTER "wetee.io/cluster"
#define ENGINE_LABEL_WORK "wetee.io/work"
#define ENGINE_LABEL_VERSION "wetee.io/version"
#define ENGINE_LABEL_SPEC "wetee.io/spec-hash" /* 64 hex digits */

enum {
    ENGINE_NAME_MAX = 96,
    ENGINE_ID_MAX = 72,
    ENGINE_CONTAINERS_MAX = 4096,
    ENGINE_PORTS_MAX = 64,
};

struct engine_port {
    uint16_t inside, host;
    bool udp;
};

struct engine_mount {
    const char *source, *target;
    bool read_only;
};

struct engine_env {
    const char *name, *value;
};

/* Whose containers: part of every label set and of every filter. */
struct engine_owner {
    char genesis[17]; /* hex */
    uint64_t cluster;
};

/* A container to be. Texts are NUL-terminated and were checked by worker/desired.h. */
struct engine_spec {
    struct work_key work;
    uint64_t version;
    struct hash32 spec_hash;
    const char *image;
    uint64_t memory_bytes, nano_cpus;
    uint32_t pids, nofile, nproc;
    const char *publish_address;
    const struct engine_port *ports;
    uint32_t port_count;
    const struct engine_mount *mounts;
    uint32_t mount_count;
    const struct engine_env *env;
    uint32_t env_count;
};

enum engine_state { ENGINE_CREATED, ENGINE_RUNNING, ENGINE_EXITED, ENGINE_OTHER };

/* A container that is. */
struct engine_container {
    char id[ENGINE_ID_MAX], name[ENGINE_NAME_MAX];
    struct work_key work;
    uint64_t version;
    struct hash32 spec_hash;
    enum engine_state state;
    bool labels_valid; /* false: ours by genesis and cluster, but the rest cannot be read */
};

struct engine_list {
    const struct engine_container *v;
    uint32_t count;
};

struct engine_status {
    enum engine_state state;
    int64_t exit_code;
    bool oom_killed;
    uint64_t restarts;
    struct engine_port ports[ENGINE_PORTS_MAX];
    uint32_t port_count;
};

struct engine_stats {
    uint64_t cpu_ns;       /* used since its start */
    uint64_t memory_bytes; /* without the page cache where the engine says */
    uint64_t pids;
};

/* Takes a piece of one stream of a container's output (1 stdout, 2 stderr); false ends it. */
typedef bool (*engine_log_sink)(void *ctx, uint8_t stream, struct bytes piece);
/* Something happened to a container of this owner: look again. False ends the stream. */
typedef bool (*engine_event_sink)(void *ctx, struct work_key work, struct bytes action);

struct engine;

struct engine_ops {
    /* Makes the container of spec->work and starts it. A container of that name with the same spec hash is
     * started if need be; another one is ERR_EXISTS. ERR_NOT_FOUND: no such image here nor to be pulled;
     * ERR_BUSY: a host port is taken; ERR_REJECTED: the engine refuses the spec; ERR_UNAVAILABLE, ... */
    enum err_code (*ensure)(struct engine *g, const struct engine_spec *spec, struct err *e);
    /* SIGTERM, up to grace_s seconds, SIGKILL, and away with it. A container that is gone is success. */
    enum err_code (*remove)(struct engine *g, const struct engine_container *c, uint32_t grace_s,
                            struct err *e);
    /* All containers of this owner, stopped ones too. A failure is a failure, never an empty list. */
    enum err_code (*list)(struct engine *g, struct arena *a, struct engine_list *out, struct err *e);
    enum err_code (*observe)(struct engine *g, struct work_key work, struct engine_status *out,
                             struct err *e);
    enum err_code (*logs)(struct engine *g, struct work_key work, uint32_t tail, engine_log_sink sink,
                          void *ctx, struct err *e);
    enum err_code (*stats)(struct engine *g, struct work_key work, struct engine_stats *out, struct err *e);
    /* Blocks until the sink or `keep_going` says no, or the engine ends the stream. */
    enum err_code (*events)(struct engine *g, engine_event_sink sink, bool (*keep_going)(void *ctx),
                            void *ctx, struct err *e);
    const char *(*describe)(const struct engine *g); /* "podman 4.3.1 at /run/..." */
    void (*free)(struct engine *g);
};

struct engine {
    const struct engine_ops *ops;
};

/* "wetee-<genesis8>-<cluster>-<work>": one name per work, so that two of them cannot exist. */
size_t engine_name(char out[ENGINE_NAME_MAX], const struct engine_owner *owner, struct work_key work);

static inline void engine_free(struct engine *g)
{
    if (g != NULL)
        g->ops->free(g);
}
DEFINE_CLEANUP(struct engine *, engine_free)

#endif /* WORKER_ENGINE_H */
