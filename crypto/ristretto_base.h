/* crypto/ristretto_base.h — precomputed multiples of the base point. */
#ifndef CRYPTO_RISTRETTO_BASE_H
#define CRYPTO_RISTRETTO_BASE_H

#include "base/base.h"

#define RISTRETTO_BASE_COUNT 64

struct ristretto_base_point {
    uint64_t y_plus_x[5], y_minus_x[5], xy2d[5];
};

extern const struct ristretto_base_point ristretto_base[RISTRETTO_BASE_COUNT];

#endif /* CRYPTO_RISTRETTO_BASE_H */
