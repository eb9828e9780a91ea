#include "worker/converge.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/folder.h"
#include "base/int.h"
#include "crypto/random.h"
#include "worker/docker.h"
#include "worker/reconcile.h"

#include <sys/stat.h>
#include <unistd.h>

enum { LOOK_MS = 2000, NPROC = 4096 };

#define SOCKET_TARGET "/run/wetee"
#define SIM_TARGET "/run/wetee-sim"

struct pass {
    struct converge *c;
    struct worker *w;
    struct arena *a;
    struct reconcile *memory;
};

const char *worker_socket_dir(const struct worker *w, struct arena *a, struct work_key key)
{
    char name[WORK_NAME_MAX];

    (void)work_name(name, key);
    return arena_fmt(a, "%s/works/%s", w->config.state_dir, name);
}

/* --- one container --- */

static FALLIBLE lease_ports(struct pass *p, const struct desired_work *d, struct engine_port *out,
                            uint32_t *count, struct err *e)
{
    *count = 0;
    for (uint32_t i = 0; i < d->port_count; i++) {
        struct engine_port *port = &out[*count];
        if (!d->ports[i].published)
            continue;
        *port = (struct engine_port){.inside = d->ports[i].port, .udp = d->ports[i].udp};
        TRY(journal_port_lease(p->w->journal, &port->host, d->key, port->inside, port->udp,
                               clock_wall_ms() / 1000, e));
        (*count)++;
    }
    return ERR_OK;
}

static FALLIBLE try_ensure(struct pass *p, const struct desired_work *d, struct engine_port *ports,
                           uint32_t *port_count, struct err *e)
{
    const char *dir = worker_socket_dir(p->w, p->a, d->key);
    struct podman_facts facts = podman_facts_here();
    struct engine_mount mounts[2] = {{.source = dir, .target = SOCKET_TARGET}};
    struct engine_env env[4] = {{"WETEE_WORKER", "unix:" SOCKET_TARGET "/" WORKER_SOCKET_NAME},
                                {"WETEE_WORKER_MEASUREMENT", p->w->measurement_hex}};
    struct engine_spec spec = {.work = d->key,
                               .version = d->version,
                               .spec_hash = d->spec_hash,
                               .image = d->image,
                               .memory_bytes = d->memory_bytes,
                               .nano_cpus = d->nano_cpus,
                               .pids = DESIRED_PIDS,
                               .nofile = podman_nofile(&facts),
                               .nproc = NPROC,
                               .publish_address = p->w->config.publish_address,
                               .ports = ports,
                               .mounts = mounts,
                               .mount_count = 1,
                               .env = env,
                               .env_count = 2};

    TRY(folder_make(dir, e));
    TRY(lease_ports(p, d, ports, port_count, e));
    spec.port_count = *port_count;
    if (p->w->simulated) {
        const char *platform = arena_fmt(p->a, "%s/platform", p->w->config.sim_dir);
        mounts[spec.mount_count++] = (struct engine_mount){
            access(platform, F_OK) == 0 ? platform : p->w->config.sim_dir, SIM_TARGET, true};
        env[spec.env_count++] = (struct engine_env){"WETEE_SIM_DIR", SIM_TARGET};
        env[spec.env_count++] = (struct engine_env){"WETEE_TEE", evidence_provider(p->w->evidence)};
    }
    FAULT_POINT("worker.ensure.before");
    TRY(p->c->engine->ops->ensure(p->c->engine, &spec, e));
    FAULT_POINT("worker.ensure.after");
    return ERR_OK;
}

/* A host port that someone else holds: which one is not said, so all of this work's move on. */
static FALLIBLE ensure(struct pass *p, const struct desired_work *d, struct err *e)
{
    struct engine_port ports[DESIRED_PORTS_MAX];
    uint32_t count = 0;
    enum err_code code = try_ensure(p, d, ports, &count, e);

    if (code == ERR_BUSY && count > 0) {
        struct err ignored;
        struct engine_container left = {.work = d->key, .state = ENGINE_CREATED};
        struct engine_owner owner = {.cluster = p->w->cluster};
        memcpy(owner.genesis, p->w->genesis_hex, sizeof owner.genesis);
        char name[ENGINE_NAME_MAX];
        (void)engine_name(name, &owner, d->key);
        memcpy(left.id, name, min_u64(sizeof left.id - 1, strlen(name)));
        if (p->c->engine->ops->remove(p->c->engine, &left, 0, &ignored) != ERR_OK)
            LOG_WARN("worker", "half-made container", F_ERR(&ignored));
        if (journal_port_release(p->w->journal, d->key, clock_wall_ms() / 1000, &ignored) != ERR_OK)
            LOG_WARN("worker", "ports", F_ERR(&ignored));
    }
    return code;
}

static FALLIBLE remove_container(struct pass *p, const struct reconcile_action *x, struct err *e)
{
    FAULT_POINT("worker.remove.before");
    TRY(p->c->engine->ops->remove(p->c->engine, &x->have, RECONCILE_GRACE_S, e));
    FAULT_POINT("worker.remove.after");
    if (!x->release_ports)
        return ERR_OK;
    TRY(journal_port_release(p->w->journal, x->work, clock_wall_ms() / 1000, e));
    board_forget(p->w->board, x->work);
    return ERR_OK;
}

static void act(struct pass *p, const struct reconcile_action *x)
{
    struct err e;
    char name[WORK_NAME_MAX];
    bool make = x->kind == RECONCILE_ENSURE;
    uint64_t from = clock_mono_ms();

    (void)work_name(name, x->work);
    enum err_code code = make ? ensure(p, x->want, &e) : remove_container(p, x, &e);
    reconcile_done(p->memory, x->work, code == ERR_OK, clock_mono_ms());
    if (code != ERR_OK) {
        LOG_WARN("worker", make ? "container not made" : "container not removed", F_STR("work", name),
                 F_ERR(&e));
        board_trouble(p->w->board, x->work, e.msg);
        return;
    }
    LOG_INFO("worker", make ? "container runs" : "container removed", F_STR("work", name),
             F_STR("why", x->why), F_U64("took_ms", clock_mono_ms() - from));
    if (make)
        board_trouble(p->w->board, x->work, "");
}

/* --- a pass --- */

struct observed {
    const struct engine_container *container; /* NULL: none */
    struct engine_port ports[DESIRED_PORTS_MAX];
    uint32_t port_count;
};

static void set_observed(struct work_status *s, const void *arg)
{
    const struct observed *o = arg;

    s->has_container = o->container != NULL;
    s->container = o->container != NULL ? o->container->state : ENGINE_OTHER;
    s->port_count = o->port_count;
    memcpy(s->ports, o->ports, sizeof s->ports);
}

static void show_ports(struct pass *p, const struct desired_work *d, struct observed *o)
{
    struct err e;

    if (d != NULL && d->phase == DESIRED_RUN && lease_ports(p, d, o->ports, &o->port_count, &e) != ERR_OK)
        LOG_WARN("worker", "ports", F_ERR(&e));
}

/* Tells the board what is here, also for works the chain did not name: it is asked about them next. */
static void show(struct pass *p, const struct engine_list *list, const struct desired *d)
{
    for (uint32_t i = 0; i < list->count; i++) {
        struct observed o = {.container = &list->v[i]};
        if (!list->v[i].labels_valid)
            continue;
        if (d != NULL && list->v[i].state == ENGINE_RUNNING)
            show_ports(p, desired_find(d, list->v[i].work), &o);
        board_update(p->w->board, list->v[i].work, set_observed, &o);
    }
    for (uint32_t i = 0; d != NULL && i < d->count; i++) {
        bool here = false;
        for (uint32_t k = 0; k < list->count && !here; k++)
            here = list->v[k].labels_valid && work_eq(list->v[k].work, d->works[i].key);
        if (here)
            continue;
        if (d->works[i].phase == DESIRED_GONE)
            board_forget(p->w->board, d->works[i].key);
        else
            board_update(p->w->board, d->works[i].key, set_observed, &(struct observed){0});
    }
}

static FALLIBLE converge_once(struct pass *p, bool resync, uint64_t *next_due_ms, bool *acted, struct err *e)
{
    CLEANUP(snapshot_free) struct snapshot *snap = NULL;
    struct reconcile_plan plan;
    struct engine_list list;

    /* Containers first, then the chain: a work that was just made is never taken for one nobody asked for. */
    TRY(p->c->engine->ops->list(p->c->engine, p->a, &list, e));
    snap = board_snapshot(p->w->board);
    show(p, &list, snap != NULL ? &snap->desired : NULL);
    reconcile_plan(p->memory, p->a, &plan,
                   &(struct reconcile_input){.desired_opt = snap != NULL ? &snap->desired : NULL,
                                             .stale = board_stale(p->w->board),
                                             .resync = resync,
                                             .confirmed = p->w->config.confirm_removals,
                                             .actual = list,
                                             .now_ms = clock_mono_ms()});
    if (plan.guarded > 0 && resync)
        LOG_ERROR("worker", "removals held back: restart with --confirm-removals if they are right",
                  F_U64("containers", plan.guarded));
    for (uint32_t i = 0; i < plan.count && !board_stopping(p->w->board); i++)
        act(p, &plan.actions[i]);
    *next_due_ms = plan.next_due_ms;
    *acted = plan.count > 0;
    return ERR_OK;
}

static void nap(struct worker *w, uint64_t *seen, uint64_t next_due_ms)
{
    uint64_t now = clock_mono_ms(), ms = LOOK_MS;

    if (next_due_ms != UINT64_MAX)
        ms = min_u64(ms, next_due_ms > now ? next_due_ms - now : 1);
    board_wait(w->board, seen, ms);
}

void *converge_thread(void *arg)
{
    struct converge *c = arg;
    struct arena a;
    struct pass p = {.c = c, .w = c->worker, .a = &a};
    uint64_t seed, seen = 0, next_resync = 0;

    random_bytes(&seed, sizeof seed);
    p.memory = reconcile_new(seed);
    arena_init(&a, &arena_heap, 64 << 20);
    while (!board_stopping(c->worker->board)) {
        struct err e;
        uint64_t due = UINT64_MAX;
        bool acted = false, resync = clock_mono_ms() >= next_resync;
        arena_reset(&a);
        if (converge_once(&p, resync, &due, &acted, &e) != ERR_OK)
            LOG_WARN("worker", "the engine does not answer", F_ERR(&e));
        else if (resync)
            next_resync = clock_mono_ms() + RECONCILE_RESYNC_MS;
        if (!acted)
            nap(c->worker, &seen, due);
    }
    reconcile_free(p.memory);
    arena_fini(&a);
    return NULL;
}
