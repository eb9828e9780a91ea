/* attest/vcek_fuzz.c — AMD's extensions in certificates of any shape. */
#include "attest/vcek.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void read_leaf(const struct x509 *cert)
{
    struct vcek v;
    struct err e;
    uint8_t tcb[8];

    if (vcek_read(&v, cert, &e) != ERR_OK) {
        ASSERT(e.code == ERR_MALFORMED && e.msg[0] != 0);
        return;
    }
    ASSERT(v.hwid.len == 0 || v.hwid.len == 8 || v.hwid.len == 64);
    for (int i = 0; i < ATTEST_SNP_PRODUCTS; i++) {
        (void)vcek_product_is(v.product, (enum attest_snp_product)i);
        if (vcek_tcb(tcb, &v, (enum attest_snp_product)i))
            ASSERT(tcb[7] == v.spl[VCEK_SPL_MICROCODE]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct x509 cert;
    struct err e;

    if (x509_read(&cert, bytes_of(data, len), &e) == ERR_OK)
        read_leaf(&cert);
    memset(&cert, 0, sizeof cert);
    cert.extensions = bytes_of(data, len); /* without the rest of a certificate around them */
    read_leaf(&cert);
    return 0;
}
