/* attest/cbor_fuzz.c — the evidence extension of certificates; what is read is written again as it was. */
#include "attest/cbor.h"
#include "attest/ratls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t mem[1 << 16];
    struct ratls_evidence v;
    struct reader r = reader_of(bytes_of(data, len));
    struct err e;

    cbor_skip(&r);
    if (attest_ratls_read(&v, bytes_of(data, len), &e) == ATTEST_VERIFIED) {
        struct writer w = writer_fixed(mem, sizeof mem);
        attest_ratls_extension(&w, v.quote, v.claims);
        ASSERT(!writer_ok(&w) || bytes_eq(writer_bytes(&w), bytes_of(data, len)));
    }
    return 0;
}
