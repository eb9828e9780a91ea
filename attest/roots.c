/* attest/roots.c — the vendor roots. A development root is never compiled in: it comes from the
 * configuration. */
#include "attest/policy.h"

/* Intel SGX Root CA: C=US, ST=CA, L=Santa Clara, O=Intel Corporation, CN=Intel SGX Root CA. Both editions
 * have this name and key; the SHA-256 of the SubjectPublicKeyInfo begins a0af031289f5d5d4. */
#define INTEL_SUBJECT                                                                                  \
    "\x30\x68\x31\x1a\x30\x18\x06\x03\x55\x04\x03\x0c\x11\x49\x6e\x74\x65\x6c\x20\x53\x47\x58\x20\x52" \
    "\x6f\x6f\x74\x20\x43\x41\x31\x1a\x30\x18\x06\x03\x55\x04\x0a\x0c\x11\x49\x6e\x74\x65\x6c\x20\x43" \
    "\x6f\x72\x70\x6f\x72\x61\x74\x69\x6f\x6e\x31\x14\x30\x12\x06\x03\x55\x04\x07\x0c\x0b\x53\x61\x6e" \
    "\x74\x61\x20\x43\x6c\x61\x72\x61\x31\x0b\x30\x09\x06\x03\x55\x04\x08\x0c\x02\x43\x41\x31\x0b\x30" \
    "\x09\x06\x03\x55\x04\x06\x13\x02\x55\x53"

const struct attest_root attest_intel_root = {
    .subject = {(const uint8_t *)INTEL_SUBJECT, sizeof(INTEL_SUBJECT) - 1},
    .public_key = {0x0b, 0xa9, 0xc4, 0xc0, 0xc0, 0xc8, 0x61, 0x93, 0xa3, 0xfe, 0x23, 0xd6, 0xb0,
                   0x2c, 0xda, 0x10, 0xa8, 0xbb, 0xd4, 0xe8, 0x8e, 0x48, 0xb4, 0x45, 0x85, 0x61,
                   0xa3, 0x6e, 0x70, 0x55, 0x25, 0xf5, 0x67, 0x91, 0x8e, 0x2e, 0xdc, 0x88, 0xe4,
                   0x0d, 0x86, 0x0b, 0xd0, 0xcc, 0x4e, 0xe2, 0x6a, 0xac, 0xc9, 0x88, 0xe5, 0x05,
                   0xa9, 0x53, 0x55, 0x8c, 0x45, 0x3f, 0x6b, 0x09, 0x04, 0xae, 0x73, 0x94},
    .not_before = 1526899510,
    .not_after = 2524607999,
    .label = ATTEST_ROOT_VENDOR,
};
