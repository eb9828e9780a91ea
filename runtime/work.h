/* runtime/work.h — what clusters and the scheduler see of a work, whichever module it belongs to.
 *
 * Only services (WeteeApp) exist so far; works of other types are not found. Source: pallets.md A2, B1, C2,
 * D2. */
#ifndef RUNTIME_WORK_H
#define RUNTIME_WORK_H

#include "runtime/app_gen.h"
#include "runtime/cluster.h"
#include "runtime/exec.h"

enum work_status { /* stored: never renumbered */
                   WORK_CREATED = 0,
                   WORK_DEPLOYING = 1,
                   WORK_STOPPED = 2,
                   WORK_DEPLOYED = 3,
                   WORK_RESCHEDULING = 4,
                   WORK_UNSCHEDULABLE = 5,
};

struct work {
    struct worker_work_id id;
    struct account_id owner;
    uint8_t status; /* enum work_status */
    uint8_t level;
    enum work_class class;
    struct worker_com_cr need; /* of one replica, side containers included */
};

bool work_get(struct exec *x, struct work *out, const struct worker_work_id *id);
void work_set_status(struct exec *x, struct work *w, enum work_status status);

/* The active price of the work's level and the block since which it is; false when the level has none. */
bool work_price(struct exec *x, struct worker_price *out, uint64_t *since, const struct work *w);

void work_balance_get(struct exec *x, struct app_work_balance *out, const struct work *w);
void work_balance_put(struct exec *x, const struct work *w, const struct app_work_balance *b);

/* Pays `amount` of what is available to the owner; emits Refunded. On failure nothing changed. */
struct dispatch work_refund(struct exec *x, const struct work *w, struct balance amount);

/* Total of a service's main and side containers in the fields of its TEE kind; false when one exceeds u32. */
bool work_need_of_app(struct worker_com_cr *out, const struct app_tee_app *app);

/* A contract record of this work was deleted: closes the books of a removed service with its last record. */
void work_record_dropped(struct exec *x, const struct worker_work_id *id);

#define WORK_APP(n) ((struct worker_work_id){.wtype = WORKER_WORK_TYPE_APP, .id = (n)})

#endif /* RUNTIME_WORK_H */
