#include "attest/chain.h"
#include "attest/quote.h"
#include "attest/snp.h"
#include "tee/fetch.h"

static enum err_code read_leaf(struct fetch_intel_key *out, const struct chain *ch, struct err *e)
{
    const struct x509 *leaf = ch->count == 1 ? &ch->cert[0] : chain_leaf(ch);
    struct attest_platform platform;
    struct bytes value = leaf == NULL ? BYTES_EMPTY : x509_extension(leaf, x509_oid_sgx);

    if (value.len == 0)
        return FAIL(e, ERR_MALFORMED, "the quote carries no PCK certificate");
    TRY(pck_extension_read(&platform, value, e));
    memcpy(out->fmspc, platform.fmspc, sizeof out->fmspc);
    struct bytes issuer = x509_common_name(leaf->issuer);
    out->platform_ca = bytes_eq(issuer, BYTES_LIT("Intel SGX PCK Platform CA"));
    if (out->platform_ca || bytes_eq(issuer, BYTES_LIT("Intel SGX PCK Processor CA")))
        return ERR_OK;
    if (bytes_starts_with(issuer, BYTES_LIT("Simulated")))
        return FAIL(e, ERR_UNSUPPORTED, "simulated evidence: its collateral is in the simulator's folder");
    return FAIL(e, ERR_MALFORMED, "the PCK certificate is of an unknown authority");
}

enum err_code fetch_intel_key_of(struct fetch_intel_key *out, struct arena *scratch, struct bytes quote,
                                 struct err *e)
{
    struct fetch_intel_key key = {0};
    struct quote q;

    if (quote_read(&q, quote, true, e) != ATTEST_VERIFIED) {
        e->code = ERR_MALFORMED;
        return ERR_MALFORMED;
    }
    if (q.cert_data_type != SGX_CERT_DATA_PEM_CHAIN && q.cert_data_type != SGX_CERT_DATA_LEAF)
        return FAIL(e, ERR_UNSUPPORTED,
                    "the quote names its platform by certification data %u, not by a certificate",
                    q.cert_data_type);
    key.tdx = quote_is_tdx(&q);
    size_t room = chain_der_len(q.cert_data);
    struct writer der = writer_fixed(arena_alloc(scratch, room), room);
    struct chain *ch = arena_new(scratch, struct chain);
    TRY(chain_read(ch, &der, q.cert_data, e));
    TRY(read_leaf(&key, ch, e));
    *out = key;
    return ERR_OK;
}

static bool product_by_name(enum attest_snp_product *out, const char *name)
{
    for (int p = 0; p < ATTEST_SNP_PRODUCTS; p++) {
        if (strcmp(name, attest_product_name((enum attest_snp_product)p)) == 0) {
            *out = (enum attest_snp_product)p;
            return true;
        }
    }
    return false;
}

enum err_code fetch_amd_key_of(struct fetch_amd_key *out, struct bytes evidence, const char *product_opt,
                               struct err *e)
{
    struct fetch_amd_key key = {0};
    struct snp_report r;

    if (evidence.len < SNP_REPORT_LEN ||
        snp_report_read(&r, bytes_of(evidence.p, SNP_REPORT_LEN), e) != ATTEST_VERIFIED)
        return FAIL(e, ERR_MALFORMED, "not an SNP report");
    if (r.has_cpuid) {
        key.product = snp_product_of_cpuid(r.family, r.model);
        if (key.product == ATTEST_SNP_PRODUCTS)
            return FAIL(e, ERR_UNSUPPORTED, "no product line is known for CPU family 0x%x model 0x%x",
                        r.family, r.model);
    } else if (product_opt == NULL) {
        return FAIL(e, ERR_UNSUPPORTED,
                    "a report of version %u does not name its product line: give its collateral in a file",
                    r.claims.version);
    } else if (!product_by_name(&key.product, product_opt)) {
        return FAIL(e, ERR_UNSUPPORTED, "\"%s\" is no product line: Milan, Genoa or Turin", product_opt);
    }
    key.vlek = r.signing_key == SNP_KEY_VLEK;
    memcpy(key.chip_id, r.claims.chip_id, sizeof key.chip_id);
    memcpy(key.reported_tcb, r.claims.reported_tcb, sizeof key.reported_tcb);
    if (!key.vlek && bytes_all_zero(BYTES_OF(key.chip_id)))
        return FAIL(e, ERR_UNSUPPORTED,
                    "the host hides the chip's number: take the certificate from its table");
    *out = key;
    return ERR_OK;
}
