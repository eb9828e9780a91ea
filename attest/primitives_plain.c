/* attest/primitives_plain.c — the freestanding table. */
#include "attest/primitives.h"
#include "crypto/hash.h"
#include "crypto/p256.h"

const struct attest_primitives attest_plain = {.sha256 = sha256, .p256_verify = p256_verify};
