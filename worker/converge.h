/* worker/converge.h — the thread that makes the container engine match the chain. */
#ifndef WORKER_CONVERGE_H
#define WORKER_CONVERGE_H

#include "worker/engine.h"
#include "worker/engine_podman.h"
#include "worker/worker.h"

struct converge {
    struct worker *worker;
    struct engine_host *host;
    struct engine *engine; /* this thread's alone */
};

/* Takes a struct converge; returns NULL when the board says stop. Containers stay. */
void *converge_thread(void *converge);

#endif /* WORKER_CONVERGE_H */
