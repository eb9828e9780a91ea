/* node/verify.c — see verify.h. Two bounded queues, as long as what may be out at a time: neither can be
 * full. */
#include "node/verify.h"
#include "base/log.h"
#include "crypto/signature.h"
#include "io/queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct verify {
    struct queue *work, *done; /* of struct verify_batch * */
    void (*wake)(void *ctx);
    void *ctx;
    size_t out;
    unsigned thread_count;
    pthread_t thread[VERIFY_THREADS_MAX];
};

static void check(struct verify_check *c)
{
    struct bytes sig = bytes_of(c->sig, c->sig_len), msg = bytes_of(c->msg, c->msg_len);

    c->key = sigcache_key(c->kind, sig, msg, &c->who);
    c->good = signature_verify((enum signature_kind)c->kind, sig, msg, &c->who);
}

static void *run(void *arg)
{
    struct verify *v = arg;
    struct verify_batch *b;

    while (queue_pop(v->work, &b, -1) == QUEUE_ITEM) {
        for (size_t i = 0; i < b->count; i++)
            if (b->item[i].check.needed)
                check(&b->item[i].check);
        if (!queue_push(v->done, &b)) /* closed: the owner is leaving */
            verify_batch_free(b);
        else
            v->wake(v->ctx);
    }
    return NULL;
}

struct verify *verify_new(unsigned threads, void (*wake)(void *ctx), void *ctx)
{
    struct verify *v = calloc(1, sizeof *v);

    ASSERT(v != NULL);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (threads == 0)
        threads = cores < 1 ? 1 : (unsigned)cores;
    if (threads > VERIFY_THREADS_MAX)
        threads = VERIFY_THREADS_MAX;
    v->wake = wake;
    v->ctx = ctx;
    v->work = queue_new(VERIFY_BATCHES_MAX, sizeof(struct verify_batch *));
    v->done = queue_new(VERIFY_BATCHES_MAX, sizeof(struct verify_batch *));
    for (unsigned i = 0; i < threads; i++) {
        if (pthread_create(&v->thread[i], NULL, run, v) != 0)
            break;
        v->thread_count++;
    }
    ASSERT(v->thread_count > 0);
    return v;
}

void verify_free(struct verify *v)
{
    struct verify_batch *b;

    if (v == NULL)
        return;
    queue_close(v->work);
    for (unsigned i = 0; i < v->thread_count; i++)
        (void)pthread_join(v->thread[i], NULL);
    queue_close(v->done);
    while (queue_pop(v->done, &b, 0) == QUEUE_ITEM)
        verify_batch_free(b);
    queue_free(v->work);
    queue_free(v->done);
    free(v);
}

struct verify_batch *verify_batch_new(void)
{
    struct verify_batch *b = malloc(sizeof *b); /* items are filled one by one */

    ASSERT(b != NULL);
    b->count = 0;
    return b;
}

void verify_batch_free(struct verify_batch *b)
{
    if (b == NULL)
        return;
    for (size_t i = 0; i < b->count; i++)
        free(b->item[i].owned_tx);
    free(b);
}

bool verify_full(const struct verify *v)
{
    return v->out == VERIFY_BATCHES_MAX;
}

size_t verify_out(const struct verify *v)
{
    return v->out;
}

void verify_submit(struct verify *v, struct verify_batch *owned_batch)
{
    bool pushed = queue_push(v->work, &owned_batch);

    ASSERT(pushed);
    v->out++;
}

struct verify_batch *verify_take(struct verify *v, int64_t timeout_ms)
{
    struct verify_batch *b;

    if (queue_pop(v->done, &b, timeout_ms) != QUEUE_ITEM)
        return NULL;
    v->out--;
    return b;
}
