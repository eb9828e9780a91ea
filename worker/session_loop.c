/* worker/session_loop.c — one thread for all entries: a socket per work, a poll loop over their sessions. */
#include "base/clock.h"
#include "base/fmt.h"
#include "base/folder.h"
#include "worker/session.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { TICK_MS = 500, POSTS_MAX = BOARD_WORKS_MAX, BACKLOG = 4 };

/* The meeting point of a work. A new connection becomes the active one when it has attested itself: until
 * then it cannot push out the one that has. */
struct post {
    struct work_key key;
    int fd;
    struct session *active, *pending;
    uint64_t followed; /* the block the active session was last told about */
};

struct loop {
    struct worker *w;
    struct tls_identity *id;
    const struct trust_view *view; /* the collateral in its certificate */
    struct post posts[POSTS_MAX];
    uint32_t count;
    struct arena scratch;
    struct pollfd fds[1 + 3 * POSTS_MAX];
};

/* --- posts --- */

static FALLIBLE listen_at(int *out, const char *path, struct err *e)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof addr.sun_path)
        return FAIL(e, ERR_USAGE, "%s: too long for a socket: use a shorter --state-dir", path);
    memcpy(addr.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return FAIL_SYS(e, ERR_IO, errno, "no socket");
    (void)unlink(path); /* of an earlier run; the folder is this worker's alone */
    if (bind(fd, (const struct sockaddr *)(const void *)&addr, sizeof addr) != 0 ||
        listen(fd, BACKLOG) != 0) {
        int sys = errno;
        (void)close(fd);
        return FAIL_SYS(e, ERR_IO, sys, "%s: cannot listen", path);
    }
    *out = fd;
    return ERR_OK;
}

static void open_post(struct loop *l, struct work_key key)
{
    struct post *p = &l->posts[l->count];
    const char *dir = worker_socket_dir(l->w, &l->scratch, key);
    struct err e;

    *p = (struct post){.key = key, .fd = -1};
    if (folder_make(dir, &e) != ERR_OK ||
        listen_at(&p->fd, arena_fmt(&l->scratch, "%s/%s", dir, WORKER_SOCKET_NAME), &e) != ERR_OK) {
        LOG_ERROR("worker", "no socket for a work", F_ERR(&e));
        board_trouble(l->w->board, key, e.msg);
        return;
    }
    l->count++;
}

static void set_none(struct work_status *s, const void *arg)
{
    (void)arg;
    s->session = SESSION_NONE;
}

static void drop_session(struct loop *l, struct post *p, struct session **which, const struct err *why)
{
    char name[WORK_NAME_MAX];
    bool was_active = which == &p->active;

    (void)work_name(name, p->key);
    LOG_INFO("worker", "entry's connection ended", F_STR("work", name),
             F_STR("it", was_active ? "active" : "new"), F_ERR(why));
    session_free(*which);
    *which = NULL;
    if (was_active)
        board_update(l->w->board, p->key, set_none, NULL);
    if (why->code != ERR_CLOSED)
        board_trouble(l->w->board, p->key, why->msg);
}

static void close_post(struct loop *l, struct post *p)
{
    session_free(p->active);
    session_free(p->pending);
    (void)close(p->fd);
    *p = l->posts[--l->count];
}

static struct post *find_post(struct loop *l, struct work_key key)
{
    for (uint32_t i = 0; i < l->count; i++)
        if (work_eq(l->posts[i].key, key))
            return &l->posts[i];
    return NULL;
}

/* One post for each work that runs or closes. */
static void sync_posts(struct loop *l, const struct snapshot *snap)
{
    for (uint32_t i = l->count; i > 0; i--) {
        const struct desired_work *d = desired_find(&snap->desired, l->posts[i - 1].key);
        if (d == NULL || d->phase == DESIRED_GONE)
            close_post(l, &l->posts[i - 1]);
    }
    for (uint32_t i = 0; i < snap->desired.count && l->count < POSTS_MAX; i++) {
        const struct desired_work *d = &snap->desired.works[i];
        if (d->phase != DESIRED_GONE && find_post(l, d->key) == NULL)
            open_post(l, d->key);
    }
}

/* --- sessions --- */

static void accept_one(struct loop *l, struct post *p)
{
    int fd = accept4(p->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct err e;

    if (fd < 0)
        return; /* gone again, or out of descriptors: the entry comes back */
    if (p->pending != NULL) {
        (void)close(fd);
        return;
    }
    if (session_new(&p->pending, l->w, p->key, fd, l->id, &e) != ERR_OK)
        LOG_WARN("worker", "entry's connection", F_ERR(&e));
}

static void step(struct loop *l, struct post *p, struct session **which, const struct snapshot *snap_opt)
{
    struct err e;

    arena_reset(&l->scratch);
    if (*which == NULL)
        return;
    if (session_step(*which, &l->scratch, snap_opt, &e) != ERR_OK ||
        session_check_deadline(*which, clock_mono_ms(), &e) != ERR_OK) {
        drop_session(l, p, which, &e);
        return;
    }
    if (which == &p->pending && p->pending->state >= SESSION_STATE_RELEASED) {
        session_free(p->active);
        p->active = p->pending;
        p->pending = NULL;
    }
}

static void follow(struct loop *l, struct post *p, const struct snapshot *snap)
{
    struct err e;

    arena_reset(&l->scratch);
    if (p->active != NULL && session_follow(p->active, &l->scratch, snap, &e) != ERR_OK)
        drop_session(l, p, &p->active, &e);
}

static void add_fd(struct loop *l, nfds_t *n, int fd, short events)
{
    l->fds[(*n)++] = (struct pollfd){.fd = fd, .events = events};
}

static void wait_for_something(struct loop *l)
{
    nfds_t n = 0;

    add_fd(l, &n, board_wake_fd(l->w->board), POLLIN);
    for (uint32_t i = 0; i < l->count; i++) {
        const struct post *p = &l->posts[i];
        add_fd(l, &n, p->fd, POLLIN);
        if (p->active != NULL)
            add_fd(l, &n, tls_fd(p->active->tls), tls_events(p->active->tls));
        if (p->pending != NULL)
            add_fd(l, &n, tls_fd(p->pending->tls), tls_events(p->pending->tls));
    }
    (void)poll(l->fds, n, TICK_MS);
    board_wake_clear(l->w->board);
}

static void round_of(struct loop *l)
{
    CLEANUP(snapshot_free) struct snapshot *snap = board_snapshot(l->w->board);

    arena_reset(&l->scratch);
    if (snap != NULL)
        sync_posts(l, snap);
    for (uint32_t i = 0; i < l->count; i++) {
        struct post *p = &l->posts[i];
        accept_one(l, p);
        step(l, p, &p->active, snap);
        step(l, p, &p->pending, snap);
        if (snap != NULL)
            follow(l, p, snap);
    }
}

/* A certificate with the newest collateral: entries that come later have none of their own. Connections that
 * are there keep the one they began with. */
static void keep_identity(struct loop *l)
{
    const struct trust_view *newest = trust_take(l->w->trust);
    struct tls_identity *id = NULL;
    struct err e;

    if (newest == l->view) {
        trust_give(l->w->trust, newest);
        return;
    }
    if (session_identity(&id, l->w, &e) == ERR_OK) {
        tls_identity_free(l->id);
        l->id = id;
    } else {
        LOG_ERROR("worker", "no identity towards entries", F_ERR(&e));
        if (l->id == NULL)
            board_stop(l->w->board);
    }
    if (l->view != NULL)
        trust_give(l->w->trust, l->view);
    l->view = newest;
}

void *worker_session_thread(void *worker)
{
    struct loop *l = calloc(1, sizeof *l);

    ASSERT(l != NULL);
    l->w = worker;
    arena_init(&l->scratch, &arena_heap, 64 << 20);
    keep_identity(l);
    while (!board_stopping(l->w->board)) {
        keep_identity(l);
        wait_for_something(l);
        round_of(l);
    }
    while (l->count > 0)
        close_post(l, &l->posts[l->count - 1]);
    tls_identity_free(l->id);
    trust_give(l->w->trust, l->view);
    arena_fini(&l->scratch);
    free(l);
    return NULL;
}
