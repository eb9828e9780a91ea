/* runtime/app_price.h — price tables of services and how they change. Source: pallets.md C1, B3 call 7. */
#ifndef RUNTIME_APP_PRICE_H
#define RUNTIME_APP_PRICE_H

#include "runtime/app_gen.h"
#include "runtime/exec.h"

/* Makes the announced price of a level the active one if its time has come. */
void app_price_activate(struct exec *x, uint8_t level);

#endif /* RUNTIME_APP_PRICE_H */
