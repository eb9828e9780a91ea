/* attest/x509_fuzz.c — certificates, the SGX extension, names and PEM text. */
#include "attest/claims.h"
#include "attest/pem.h"
#include "attest/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes in = bytes_of(data, len), text = in, der;
    struct x509 c;
    struct attest_platform platform;
    struct err e;
    uint8_t mem[4096];
    struct writer w = writer_fixed(mem, sizeof mem);

    if (x509_read(&c, in, &e) == ERR_OK) {
        ASSERT(c.whole.len == len && c.tbs.len < len && c.public_key.len < c.spki.len);
        (void)x509_common_name(c.subject);
        (void)!pck_extension_read(&platform, x509_extension(&c, x509_oid_sgx), &e);
    }
    (void)!pck_extension_read(&platform, in, &e);
    while (pem_next(&text, &w, &der) == PEM_BLOCK)
        ASSERT(der.len <= sizeof mem);
    return 0;
}
