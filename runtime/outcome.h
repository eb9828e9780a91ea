/* runtime/outcome.h — dispatch outcomes as the values events and API answers carry. */
#ifndef RUNTIME_OUTCOME_H
#define RUNTIME_OUTCOME_H

#include "chain/system.h"
#include "runtime/dispatch.h"

/* Of a failure (asserted). */
struct system_dispatch_error outcome_error(struct dispatch d);
struct system_unit_dispatch_error_result outcome_result(struct dispatch d);

#endif /* RUNTIME_OUTCOME_H */
