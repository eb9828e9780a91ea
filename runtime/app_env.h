/* runtime/app_env.h — settings of a service and the storage it pays for. Source: pallets.md B3 call 3, X5,
 * X13. */
#ifndef RUNTIME_APP_ENV_H
#define RUNTIME_APP_ENV_H

#include "runtime/app_gen.h"
#include "runtime/exec.h"

/* Applies checked edits, all or none (the call's storage layer undoes a part). Fails: TooManyEnv,
 * EnvNotExist, EnvExists, NotEnoughBalance (the storage deposit). */
struct dispatch app_env_apply(struct exec *x, const struct account_id *owner, uint64_t id,
                              const struct app_env_input_vec *edits);
void app_env_forget(struct exec *x, uint64_t id);

/* The service's record changed from `old_opt` to `now`: the deposit follows its encoded length. */
struct dispatch app_rent_record(struct exec *x, const struct app_tee_app *old_opt,
                                const struct app_tee_app *now);
/* Returns everything reserved; yields the amount. */
struct balance app_rent_return(struct exec *x, const struct account_id *owner, uint64_t id);

#endif /* RUNTIME_APP_ENV_H */
