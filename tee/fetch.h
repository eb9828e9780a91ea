/* tee/fetch.h — collateral from Intel's service or a cache of it (PCCS), and from AMD's. Native; libcurl.
 *
 * All parts are fetched in one go, kept in a folder of bundles (tee/bundle.h) if one is given, and given as
 * they came: nothing fetched is trusted, attest_endorse judges it. Requests are bounded in size, time and
 * number; 429 and 5xx are tried again. One thread at a time.
 *
 *     CLEANUP(fetcher_free) struct fetcher *f = NULL;
 *     TRY(fetcher_new(&f, &(struct fetch_config){.cache_folder_opt = "/var/lib/wetee/collateral"}, e));
 *     TRY(fetch_for_evidence(f, arena, &got, evidence, ATTEST_FORM_DETECT, e)); */
#ifndef TEE_FETCH_H
#define TEE_FETCH_H

#include "attest/appraise.h"

#define FETCH_INTEL_URL "https://api.trustedservices.intel.com"
#define FETCH_INTEL_ROOT_CRL_URL "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"
#define FETCH_AMD_URL "https://kdsintf.amd.com"
enum { FETCH_ARENA = 16 << 20, FETCH_MAX_AGE_S = 86400 };

struct fetch_config {
    const char *intel_url_opt;          /* host and port; NULL: FETCH_INTEL_URL. A PCCS has the same paths */
    const char *intel_root_crl_url_opt; /* NULL: Intel's file, or /rootcacrl of a given intel_url_opt */
    const char *amd_url_opt;            /* NULL: FETCH_AMD_URL */
    const char *ca_file_opt;            /* PEM of authorities for TLS; NULL: the system's */
    bool insecure_tls; /* a PCCS with a self-made certificate: content is verified anyway, privacy is not */
    bool early;        /* Intel's next TCB evaluation instead of the standard one */
    const char *amd_product_opt; /* "Milan": for reports of version 2, which do not name it */

    const char *cache_folder_opt; /* an existing folder */
    uint32_t max_age_s;           /* of what is used without asking the service; 0: FETCH_MAX_AGE_S */
    bool use_stale; /* older is better than nothing when the service fails; the result says so */

    uint32_t timeout_ms; /* of one request; 0: 20 s */
    uint32_t tries;      /* of one request; 0: 4 */
    void (*sleep_ms_opt)(void *ctx, uint32_t ms);
    void *sleep_ctx;
};

struct fetcher;
/* The texts of the configuration are copied. ERR_INTERNAL: libcurl does not start. */
FALLIBLE fetcher_new(struct fetcher **out, const struct fetch_config *config, struct err *e);
void fetcher_free(struct fetcher *f);
DEFINE_CLEANUP(struct fetcher *, fetcher_free)

struct fetch_intel_key {
    bool tdx, platform_ca; /* else the Processor CA */
    uint8_t fmspc[6];
};
struct fetch_amd_key {
    enum attest_snp_product product;
    bool vlek; /* its leaf is not public: the host gives it with the report */
    uint8_t chip_id[64], reported_tcb[8];
};
/* What a quote's PCK certificate, an SNP report says about where its collateral is. Unverified.
 * ERR_MALFORMED; ERR_UNSUPPORTED: the quote carries no certificate, the chip hides its number, a report of
 * version 2 without `product_opt`. */
FALLIBLE fetch_intel_key_of(struct fetch_intel_key *out, struct arena *scratch, struct bytes quote,
                            struct err *e);
FALLIBLE fetch_amd_key_of(struct fetch_amd_key *out, struct bytes evidence, const char *product_opt,
                          struct err *e);

struct fetch_result {
    struct attest_collateral collateral; /* in the arena */
    bool from_cache;
    bool stale;      /* older than max_age_s, because the service failed: */
    struct err note; /* why, or why the cache could not be read or written; code is ERR_OK without one */
};
/* Collateral for this quote or report, by the platform it names. The arena must have FETCH_ARENA bytes left.
 *   ERR_MALFORMED, ERR_UNSUPPORTED  as the two above
 *   ERR_NOT_FOUND   the service does not know this FMSPC, chip or TCB
 *   ERR_UNAVAILABLE, ERR_TIMEOUT, ERR_CLOSED, ERR_BUSY (429 to the end), ERR_DENIED (401, 403)
 *   ERR_MALFORMED, ERR_LIMIT  an answer that is no such thing; ERR_IO, ERR_USAGE (URL) */
FALLIBLE fetch_for_evidence(struct fetcher *f, struct arena *a, struct fetch_result *out,
                            struct bytes evidence, enum attest_form form, struct err *e);

#endif /* TEE_FETCH_H */
