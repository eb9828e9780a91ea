/* worker/reconcile.h — what to do next: the difference between what should run and what runs.
 *
 * Level-triggered: events only make the next look come sooner. A pass reads a desired state and a list of
 * containers, both complete, and yields actions; doing them twice does no harm. Rules (docs/worker.md 2.3):
 *   - nothing is removed before one full snapshot of finalized state was read, nor on stale state;
 *   - removed is what the chain positively says is gone, or an orphan (our labels, not in the snapshot) seen
 * in two full resyncs; at most max(3, 20 %) per pass on anything weaker than an ended contract's record;
 *   - a work that fails waits 1 s · 2ⁿ up to 5 min, ± 20 %; success is a minute of running.
 * Pure but for its own memory; one thread. */
#ifndef WORKER_RECONCILE_H
#define WORKER_RECONCILE_H

#include "worker/desired.h"
#include "worker/engine.h"

enum {
    RECONCILE_BACKOFF_MIN_MS = 1000,
    RECONCILE_BACKOFF_MAX_MS = 300000,
    RECONCILE_STEADY_MS = 60000,  /* running so long is success */
    RECONCILE_RESYNC_MS = 600000, /* full resync */
    RECONCILE_ORPHAN_RESYNCS = 2,
    RECONCILE_GUARD_MIN = 3,
    RECONCILE_GRACE_S = 10, /* as engines do: nothing else is done meanwhile */
};

enum reconcile_kind { RECONCILE_ENSURE, RECONCILE_REMOVE };

struct reconcile_action {
    enum reconcile_kind kind;
    struct work_key work;
    const struct desired_work *want; /* ENSURE */
    struct engine_container have;    /* REMOVE */
    bool release_ports;              /* REMOVE for good */
    const char *why;                 /* for the log */
};

struct reconcile_input {
    const struct desired *desired_opt; /* NULL: no full snapshot yet */
    bool stale;                        /* the chain was not heard of for too long */
    bool resync;                       /* this pass is a full resync */
    bool confirmed;                    /* the operator allows mass removal */
    struct engine_list actual;
    uint64_t now_ms; /* monotonic */
};

struct reconcile_plan {
    const struct reconcile_action *actions;
    uint32_t count;
    uint32_t guarded;     /* removals held back: the operator must confirm */
    uint64_t next_due_ms; /* when a waiting work becomes due; UINT64_MAX: none */
};

struct reconcile;
struct reconcile *reconcile_new(uint64_t seed);
void reconcile_free(struct reconcile *r);
DEFINE_CLEANUP(struct reconcile *, reconcile_free)

/* The plan lives in `a` and points into the input. */
void reconcile_plan(struct reconcile *r, struct arena *a, struct reconcile_plan *out,
                    const struct reconcile_input *in);
/* Tells how an action ended: a failed one waits longer each time. */
void reconcile_done(struct reconcile *r, struct work_key work, bool ok, uint64_t now_ms);

/* 1 s · 2ⁿ ≤ 5 min, ± 20 % by `random`. */
uint64_t reconcile_backoff_ms(uint32_t failures, uint64_t random);

#endif /* WORKER_RECONCILE_H */
