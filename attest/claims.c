#include "attest/claims.h"

struct bytes attest_measurement_of(const struct attest_claims *c)
{
    switch (c->kind) {
    case ATTEST_KIND_SGX:
        return bytes_of(c->sgx.mrenclave, sizeof c->sgx.mrenclave);
    case ATTEST_KIND_TDX:
        return bytes_of(c->tdx.mrtd, sizeof c->tdx.mrtd);
    case ATTEST_KIND_SNP:
        return bytes_of(c->snp.measurement, sizeof c->snp.measurement);
    }
    UNREACHABLE();
}

const char *attest_kind_name(enum attest_kind kind)
{
    static const char *const names[] = {"SGX", "TDX", "SEV-SNP"};
    return (size_t)kind < ARRAY_LEN(names) ? names[kind] : "unknown";
}

const char *attest_product_name(enum attest_snp_product p)
{
    static const char *const names[] = {"Milan", "Genoa", "Turin"};
    return (size_t)p < ARRAY_LEN(names) ? names[p] : "unknown";
}
