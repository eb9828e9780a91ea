#include "worker/board.h"

#include "base/clock.h"
#include "base/fmt.h"
#include "base/int.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { SNAPSHOT_MAX = 256 << 20, STALE_MS = 600000 };

struct slot {
    struct work_status status;
    struct board_line *lines; /* ring of BOARD_LINES, made with the first line */
    uint64_t line_count;      /* written so far */
};

struct board {
    pthread_mutex_t lock; /* guards all below but stop and wake_fd */
    pthread_cond_t news;
    uint64_t generation;
    struct snapshot *latest;
    struct slot *slots[BOARD_WORKS_MAX];
    uint32_t slot_count;
    uint64_t opened_ms;
    atomic_bool stop;
    int wake_fd;
};

struct snapshot *snapshot_new(void)
{
    struct snapshot *s = calloc(1, sizeof *s);

    ASSERT(s != NULL);
    atomic_init(&s->refs, 1);
    arena_init(&s->arena, &arena_heap, SNAPSHOT_MAX);
    return s;
}

void snapshot_free(struct snapshot *s)
{
    if (s == NULL || atomic_fetch_sub(&s->refs, 1) != 1)
        return;
    arena_fini(&s->arena);
    free(s);
}

const char *session_phase_name(enum session_phase p)
{
    static const char *const names[] = {"none", "attested", "running", "exited"};
    return (unsigned)p < ARRAY_LEN(names) ? names[p] : "?";
}

struct board *board_new(void)
{
    struct board *b = calloc(1, sizeof *b);
    pthread_condattr_t attr;

    ASSERT(b != NULL);
    ASSERT(pthread_mutex_init(&b->lock, NULL) == 0);
    ASSERT(pthread_condattr_init(&attr) == 0);
    ASSERT(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    ASSERT(pthread_cond_init(&b->news, &attr) == 0);
    (void)pthread_condattr_destroy(&attr);
    atomic_init(&b->stop, false);
    b->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ASSERT(b->wake_fd >= 0);
    b->opened_ms = clock_mono_ms();
    return b;
}

void board_free(struct board *b)
{
    if (b == NULL)
        return;
    for (uint32_t i = 0; i < b->slot_count; i++) {
        free(b->slots[i]->lines);
        free(b->slots[i]);
    }
    snapshot_free(b->latest);
    (void)pthread_cond_destroy(&b->news);
    (void)pthread_mutex_destroy(&b->lock);
    (void)close(b->wake_fd);
    free(b);
}

static void lock(struct board *b)
{
    ASSERT(pthread_mutex_lock(&b->lock) == 0);
}

static void unlock(struct board *b)
{
    ASSERT(pthread_mutex_unlock(&b->lock) == 0);
}

/* With the lock held. */
static void tell(struct board *b)
{
    uint64_t one = 1;

    b->generation++;
    (void)pthread_cond_broadcast(&b->news);
    ssize_t n = write(b->wake_fd, &one, sizeof one);
    (void)n; /* full means it is readable already */
}

void board_publish(struct board *b, struct snapshot *owned)
{
    lock(b);
    struct snapshot *old = b->latest;
    b->latest = owned;
    tell(b);
    unlock(b);
    snapshot_free(old);
}

struct snapshot *board_snapshot(struct board *b)
{
    lock(b);
    struct snapshot *s = b->latest;
    if (s != NULL)
        (void)atomic_fetch_add(&s->refs, 1);
    unlock(b);
    return s;
}

bool board_stale(struct board *b)
{
    lock(b);
    uint64_t since = b->latest != NULL ? b->latest->taken_ms : b->opened_ms;
    unlock(b);
    return clock_mono_ms() - since > STALE_MS;
}

void board_wait(struct board *b, uint64_t *seen, uint64_t timeout_ms)
{
    uint64_t until = clock_mono_ms() + min_u64(timeout_ms, 3600000);
    struct timespec t = {.tv_sec = (time_t)(until / 1000), .tv_nsec = (long)(until % 1000) * 1000000};

    lock(b);
    while (b->generation == *seen && !atomic_load(&b->stop))
        if (pthread_cond_timedwait(&b->news, &b->lock, &t) != 0)
            break;
    *seen = b->generation;
    unlock(b);
}

void board_touch(struct board *b)
{
    lock(b);
    tell(b);
    unlock(b);
}

int board_wake_fd(const struct board *b)
{
    return b->wake_fd;
}

void board_wake_clear(struct board *b)
{
    uint64_t count;
    ssize_t n = read(b->wake_fd, &count, sizeof count);
    (void)n; /* empty is fine */
}

/* --- works --- */

static struct slot *find(struct board *b, struct work_key key)
{
    for (uint32_t i = 0; i < b->slot_count; i++)
        if (work_eq(b->slots[i]->status.key, key))
            return b->slots[i];
    return NULL;
}

/* NULL when the board is full: a status nobody sees, nothing else. */
static struct slot *find_or_make(struct board *b, struct work_key key)
{
    struct slot *s = find(b, key);

    if (s != NULL || b->slot_count == BOARD_WORKS_MAX)
        return s;
    s = calloc(1, sizeof *s);
    ASSERT(s != NULL);
    s->status.key = key;
    b->slots[b->slot_count++] = s;
    return s;
}

bool board_status(struct board *b, struct work_status *out, struct work_key key)
{
    lock(b);
    const struct slot *s = find(b, key);
    if (s != NULL)
        *out = s->status;
    unlock(b);
    return s != NULL;
}

void board_update(struct board *b, struct work_key key,
                  void (*change)(struct work_status *s, const void *arg), const void *arg)
{
    lock(b);
    struct slot *s = find_or_make(b, key);
    if (s != NULL) {
        struct work_status before = s->status;
        change(&s->status, arg);
        if (memcmp(&before, &s->status, sizeof before) != 0)
            tell(b);
    }
    unlock(b);
}

static void set_trouble(struct work_status *s, const void *arg)
{
    (void)fmt_into(s->trouble, sizeof s->trouble, "%s", (const char *)arg);
}

void board_trouble(struct board *b, struct work_key key, const char *text)
{
    board_update(b, key, set_trouble, text);
}

uint32_t board_works(struct board *b, struct arena *a, struct work_status **out)
{
    struct work_status *v = arena_new_n(a, struct work_status, BOARD_WORKS_MAX);

    lock(b);
    uint32_t n = b->slot_count;
    for (uint32_t i = 0; i < n; i++)
        v[i] = b->slots[i]->status;
    unlock(b);
    *out = v;
    return n;
}

void board_forget(struct board *b, struct work_key key)
{
    lock(b);
    struct slot *s = find(b, key);
    for (uint32_t i = 0; s != NULL && i < b->slot_count; i++)
        if (b->slots[i] == s) {
            b->slots[i] = b->slots[--b->slot_count];
            break;
        }
    unlock(b);
    if (s != NULL)
        free(s->lines);
    free(s);
}

/* --- lines --- */

void board_log(struct board *b, struct work_key key, uint8_t stream, struct bytes text)
{
    lock(b);
    struct slot *s = find_or_make(b, key);
    if (s != NULL && s->lines == NULL) {
        s->lines = calloc(BOARD_LINES, sizeof *s->lines);
        ASSERT(s->lines != NULL);
    }
    if (s != NULL) {
        struct board_line *l = &s->lines[s->line_count % BOARD_LINES];
        l->seq = s->line_count++;
        l->stream = stream;
        l->len = (uint16_t)min_u64(text.len, BOARD_LINE_MAX);
        if (l->len > 0)
            memcpy(l->text, text.p, l->len);
    }
    unlock(b);
}

uint32_t board_lines(struct board *b, struct arena *a, struct board_line **out, struct work_key key,
                     uint64_t from, uint32_t limit)
{
    struct board_line *v = arena_new_n(a, struct board_line, limit);
    uint32_t n = 0;

    lock(b);
    const struct slot *s = find(b, key);
    uint64_t count = s != NULL ? s->line_count : 0;
    for (uint64_t i = count > BOARD_LINES ? count - BOARD_LINES : 0; i < count && n < limit; i++)
        if (s->lines[i % BOARD_LINES].seq >= from)
            v[n++] = s->lines[i % BOARD_LINES];
    unlock(b);
    *out = v;
    return n;
}

/* --- stopping --- */

void board_stop(struct board *b)
{
    atomic_store(&b->stop, true);
    board_touch(b);
}

bool board_stopping(const struct board *b)
{
    return atomic_load(&b->stop);
}
