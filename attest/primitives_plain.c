/* attest/primitives_plain.c — the freestanding table. */
#include "attest/primitives.h"
#include "crypto/hash.h"
#include "crypto/p256.h"
#include "crypto/p384.h"
#include "crypto/rsa.h"

const struct attest_primitives attest_plain = {
    .sha256 = sha256,
    .sha384 = sha384,
    .p256_verify = p256_verify,
    .p384_verify = p384_verify,
    .rsa_pss_verify = rsa4096_pss_verify,
};
