/* node/genesis_dev.h — the genesis document of `--chain dev`: chain/dev-genesis.json, built in. */
#ifndef NODE_GENESIS_DEV_H
#define NODE_GENESIS_DEV_H

#include "base/bytes.h"

struct bytes genesis_dev(void);

#endif /* NODE_GENESIS_DEV_H */
