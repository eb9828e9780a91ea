/* attest/hcl_fuzz.c — paravisor reports of any shape; half of them past the hash. */
#include "attest/hcl.h"
#include "attest/snp.h"
#include "crypto/hash.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The report data of the seed, whatever is hashed. */
static void seed_hash(uint8_t out[32], struct bytes in)
{
    static const uint8_t value[32] = {0xb3, 0xfb, 0xad, 0x65, 0x14, 0xc8, 0x3c, 0xae, 0xb0, 0x38, 0x08,
                                      0x82, 0x14, 0x5e, 0x49, 0xf7, 0x94, 0x22, 0x9e, 0xf3, 0x7c, 0x42,
                                      0x1b, 0x91, 0xfc, 0x47, 0xff, 0x93, 0x55, 0x6b, 0xaf, 0xac};
    (void)in;
    memcpy(out, value, sizeof value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct attest_primitives real = {.sha256 = sha256}, blind = {.sha256 = seed_hash};
    struct bytes in = bytes_of(data, len);
    struct hcl h;
    struct err e;

    if (hcl_read(&h, in, (len & 1) != 0 ? &real : &blind, &e) != ATTEST_VERIFIED) {
        ASSERT(e.code == ERR_UNVERIFIED && e.msg[0] != 0);
        return 0;
    }
    ASSERT(h.report.len == SNP_REPORT_LEN && h.report.p == in.p + 32);
    ASSERT(h.runtime.p >= h.report.p + h.report.len && h.runtime.p + h.runtime.len <= in.p + in.len);
    return 0;
}
