#include "tee/fetch.h"
#include "attest/x509.h"
#include "base/clock.h"
#include "base/fmt.h"
#include "base/hex.h"
#include "crypto/hash.h"
#include "io/http.h"
#include "tee/fetch_cache.h"
#include "tee/fetch_parts.h"
#include "tee/io.h"

#include <stdlib.h>

enum {
    TIMEOUT_MS = 20000,
    TRIES = 4,
    BACK_OFF_MS = 500,
    BODY_MAX = 128 * 1024,
    HEADERS_MAX = 64 * 1024,
};

struct fetcher {
    struct fetch_config config; /* its texts are in `texts`, its URLs set */
    struct http_client *http;
    struct arena texts;
};

static const char *keep(struct fetcher *f, const char *text_opt, const char *otherwise)
{
    const char *text = text_opt == NULL ? otherwise : text_opt;
    size_t len = text == NULL ? 0 : strlen(text);
    while (len > 0 && text[len - 1] == '/')
        len--;
    return text == NULL ? NULL : arena_str(&f->texts, bytes_of(text, len));
}

enum err_code fetcher_new(struct fetcher **out, const struct fetch_config *config, struct err *e)
{
    const struct http_client_config http = {.ca_file_opt = config->ca_file_opt,
                                            .insecure = config->insecure_tls};
    CLEANUP(fetcher_free) struct fetcher *f = calloc(1, sizeof *f);

    ASSERT(f != NULL);
    arena_init(&f->texts, &arena_heap, 1 << 20);
    f->config = *config;
    struct fetch_config *c = &f->config;
    const char *pccs = config->intel_url_opt;
    c->intel_url_opt = keep(f, pccs, FETCH_INTEL_URL);
    c->intel_root_crl_url_opt =
        keep(f, config->intel_root_crl_url_opt,
             pccs == NULL ? FETCH_INTEL_ROOT_CRL_URL
                          : arena_fmt(&f->texts, "%s/sgx/certification/v4/rootcacrl", c->intel_url_opt));
    c->amd_url_opt = keep(f, config->amd_url_opt, FETCH_AMD_URL);
    c->cache_folder_opt = keep(f, config->cache_folder_opt, NULL);
    c->amd_product_opt = keep(f, config->amd_product_opt, NULL);
    c->max_age_s = c->max_age_s == 0 ? FETCH_MAX_AGE_S : c->max_age_s;
    c->timeout_ms = c->timeout_ms == 0 ? TIMEOUT_MS : c->timeout_ms;
    c->tries = c->tries == 0 ? TRIES : c->tries;
    if (c->sleep_ms_opt == NULL)
        c->sleep_ms_opt = tee_io_posix.sleep_ms;
    TRY(http_client_new(&f->http, &http, e));
    *out = MOVE(f);
    return ERR_OK;
}

void fetcher_free(struct fetcher *f)
{
    if (f == NULL)
        return;
    http_client_free(f->http);
    arena_fini(&f->texts);
    free(f);
}

/* --- one request --- */

static enum err_code status_error(const struct http_resp *r, const char *what, struct err *e)
{
    switch (r->status) {
    case 404:
        return FAIL(e, ERR_NOT_FOUND, "%s: the service does not know it (404)", what);
    case 410:
        return FAIL(e, ERR_NOT_FOUND, "%s: no longer served, this evaluation is over (410)", what);
    case 429:
        return FAIL(e, ERR_BUSY, "%s: too many requests, still after waiting (429)", what);
    case 401:
    case 403:
        return FAIL(e, ERR_DENIED, "%s: the service refuses us (%d)", what, r->status);
    default:
        return FAIL(e, r->status >= 500 ? ERR_UNAVAILABLE : ERR_MALFORMED, "%s: the service answers %d", what,
                    r->status);
    }
}

static bool worth_another_try(enum err_code code, const struct http_resp *r)
{
    if (code != ERR_OK)
        return code == ERR_UNAVAILABLE || code == ERR_TIMEOUT || code == ERR_CLOSED;
    return r->status == 429 || r->status >= 500;
}

/* GETs until the answer is one to work with: 200 and a body. `what` names the thing in errors. */
static enum err_code get(struct fetcher *f, struct arena *a, struct http_resp *out, const char *url,
                         const char *what, struct err *e)
{
    const struct fetch_config *c = &f->config;
    const struct http_req req = {
        .method = "GET",
        .url = url,
        .timeout_ms = c->timeout_ms,
        .connect_ms = c->timeout_ms,
        .response_len_max = BODY_MAX,
        .response_header_len_max = HEADERS_MAX,
    };
    for (uint32_t i = 0;; i++) {
        struct arena_mark mark = arena_mark(a);
        struct http_resp r = {0};
        enum err_code code = http_request(f->http, a, &r, &req, e);
        if (code == ERR_OK && r.status == 200 && r.body.len > 0) {
            *out = r;
            return ERR_OK;
        }
        if (!worth_another_try(code, &r) || i + 1 >= c->tries) {
            if (code == ERR_OK && r.status == 200)
                return FAIL(e, ERR_MALFORMED, "%s: an empty answer", what);
            return code == ERR_OK ? status_error(&r, what, e) : err_wrap(e, "%s", what);
        }
        uint32_t after = code == ERR_OK ? fetch_retry_after(http_resp_header(&r, "retry-after")) : 0;
        arena_rewind(a, mark);
        c->sleep_ms_opt(c->sleep_ctx, after > 0 ? after * 1000 : (uint32_t)BACK_OFF_MS << (i < 5 ? i : 5));
    }
}

static enum err_code chain_header(struct bytes *out, struct arena *a, const struct http_resp *r,
                                  const char *name, const char *other_opt, const char *what, struct err *e)
{
    const char *value = http_resp_header(r, name);
    if (value == NULL && other_opt != NULL)
        value = http_resp_header(r, other_opt);
    if (value == NULL)
        return FAIL(e, ERR_MALFORMED, "%s: the answer has no header %s", what, name);
    if (fetch_chain_read(out, a, bytes_of_str(value), e) != ERR_OK)
        return err_wrap(e, "%s", what);
    return ERR_OK;
}

/* --- Intel --- */

static enum err_code get_document(struct fetcher *f, struct arena *a, struct bytes *text,
                                  struct bytes *signature, struct http_resp *r, const char *url,
                                  const char *member, const char *what, struct err *e)
{
    uint8_t *sig = arena_alloc(a, 64);

    TRY(get(f, a, r, url, what, e));
    if (fetch_wrapper_read(text, sig, r->body, member, e) != ERR_OK)
        return err_wrap(e, "%s", what);
    *signature = bytes_of(sig, 64);
    return ERR_OK;
}

static enum err_code get_tcb_info(struct fetcher *f, struct arena *a, struct attest_collateral *c,
                                  const struct fetch_intel_key *key, struct err *e)
{
    char hex[13], what[64];
    struct http_resp r;
    const char *tee = key->tdx ? "tdx" : "sgx";

    hex_encode(hex, bytes_of(key->fmspc, sizeof key->fmspc));
    (void)fmt_into(what, sizeof what, "TCB info (%s) of FMSPC %s", tee, hex);
    const char *url = arena_fmt(a, "%s/%s/certification/v4/tcb?fmspc=%s&update=%s", f->config.intel_url_opt,
                                tee, hex, f->config.early ? "early" : "standard");
    TRY(get_document(f, a, &c->tcb_info, &c->tcb_info_signature, &r, url, "tcbInfo", what, e));
    return chain_header(&c->tcb_info_issuer_chain, a, &r, "tcb-info-issuer-chain",
                        "sgx-tcb-info-issuer-chain", what, e);
}

static enum err_code get_qe_identity(struct fetcher *f, struct arena *a, struct attest_collateral *c,
                                     bool tdx, struct err *e)
{
    static const char what[] = "QE identity";
    struct http_resp r;
    const char *url = arena_fmt(a, "%s/%s/certification/v4/qe/identity?update=%s", f->config.intel_url_opt,
                                tdx ? "tdx" : "sgx", f->config.early ? "early" : "standard");
    TRY(get_document(f, a, &c->qe_identity, &c->qe_identity_signature, &r, url, "enclaveIdentity", what, e));
    return chain_header(&c->qe_identity_issuer_chain, a, &r, "sgx-enclave-identity-issuer-chain", NULL, what,
                        e);
}

static enum err_code get_crl(struct fetcher *f, struct arena *a, struct bytes *der, struct http_resp *r,
                             const char *url, const char *what, struct err *e)
{
    TRY(get(f, a, r, url, what, e));
    if (fetch_crl_read(der, a, r->body, e) != ERR_OK)
        return err_wrap(e, "%s", what);
    return ERR_OK;
}

static enum err_code get_intel(struct fetcher *f, struct arena *a, struct attest_collateral *c,
                               const struct fetch_intel_key *key, struct err *e)
{
    const char *what = key->platform_ca ? "PCK CRL of the Platform CA" : "PCK CRL of the Processor CA";
    struct http_resp r;

    TRY(get_tcb_info(f, a, c, key, e));
    TRY(get_qe_identity(f, a, c, key->tdx, e));
    const char *url = arena_fmt(a, "%s/sgx/certification/v4/pckcrl?ca=%s&encoding=der",
                                f->config.intel_url_opt, key->platform_ca ? "platform" : "processor");
    TRY(get_crl(f, a, &c->pck_crl, &r, url, what, e));
    TRY(chain_header(&c->pck_crl_issuer_chain, a, &r, "sgx-pck-crl-issuer-chain", NULL, what, e));
    return get_crl(f, a, &c->root_ca_crl, &r, f->config.intel_root_crl_url_opt, "root CA CRL", e);
}

/* --- AMD --- */

/* The firmware parts of REPORTED_TCB as the service wants them; their places differ by product. */
static const char *spl_query(struct arena *a, enum attest_snp_product product, const uint8_t t[8])
{
    if (product == ATTEST_SNP_TURIN)
        return arena_fmt(a, "fmcSPL=%02u&blSPL=%02u&teeSPL=%02u&snpSPL=%02u&ucodeSPL=%02u", t[0], t[1], t[2],
                         t[3], t[7]);
    return arena_fmt(a, "blSPL=%02u&teeSPL=%02u&snpSPL=%02u&ucodeSPL=%02u", t[0], t[1], t[6], t[7]);
}

static enum err_code get_leaf(struct fetcher *f, struct arena *a, struct attest_collateral *c,
                              const struct fetch_amd_key *key, struct err *e)
{
    const char *product = attest_product_name(key->product);
    char hwid[129];
    char what[96];
    struct http_resp r;
    struct x509 cert;

    hex_encode(hwid, bytes_of(key->chip_id, key->product == ATTEST_SNP_TURIN ? 8 : 64));
    (void)fmt_into(what, sizeof what, "VCEK of %s chip %.*s...", product, 16, hwid);
    const char *query = spl_query(a, key->product, key->reported_tcb);
    const char *url = arena_fmt(a, "%s/vcek/v1/%s/%s?%s", f->config.amd_url_opt, product, hwid, query);
    TRY(get(f, a, &r, url, what, e));
    if (r.body.len > X509_CERT_MAX || x509_read(&cert, r.body, e) != ERR_OK)
        return FAIL(e, ERR_MALFORMED, "%s: the answer is no certificate", what);
    c->snp_leaf = r.body;
    return ERR_OK;
}

static enum err_code get_amd(struct fetcher *f, struct arena *a, struct attest_collateral *c,
                             const struct fetch_amd_key *key, struct err *e)
{
    const char *product = attest_product_name(key->product);
    const char *kind = key->vlek ? "vlek" : "vcek";
    struct http_resp r;

    if (!key->vlek)
        TRY(get_leaf(f, a, c, key, e));
    const char *url = arena_fmt(a, "%s/%s/v1/%s/cert_chain", f->config.amd_url_opt, kind, product);
    TRY(get(f, a, &r, url, "AMD's certificate chain", e));
    if (fetch_intermediate_read(&c->snp_intermediate, a, r.body, e) != ERR_OK)
        return err_wrap(e, "AMD");
    url = arena_fmt(a, "%s/vcek/v1/%s/crl", f->config.amd_url_opt, product);
    return get_crl(f, a, &c->snp_crl, &r, url, "AMD's CRL", e);
}

/* --- cache --- */

struct wanted {
    const struct fetch_intel_key *intel; /* one of the two */
    const struct fetch_amd_key *amd;
};

static void cache_name(char out[CACHE_NAME_MAX], const struct wanted *w)
{
    char fmspc[13], chip[33], tcb[17];
    uint8_t hash[16];

    if (w->intel != NULL) {
        hex_encode(fmspc, bytes_of(w->intel->fmspc, sizeof w->intel->fmspc));
        (void)fmt_into(out, CACHE_NAME_MAX, "intel-%s-%s-%s.json", w->intel->tdx ? "tdx" : "sgx", fmspc,
                       w->intel->platform_ca ? "platform" : "processor");
        return;
    }
    blake2_128(hash, bytes_of(w->amd->chip_id, sizeof w->amd->chip_id)); /* chips are not listed in clear */
    hex_encode(chip, bytes_of(hash, sizeof hash));
    hex_encode(tcb, bytes_of(w->amd->reported_tcb, sizeof w->amd->reported_tcb));
    (void)fmt_into(out, CACHE_NAME_MAX, "amd-%s-%s-%s-%s.json", w->amd->vlek ? "vlek" : "vcek",
                   attest_product_name(w->amd->product), chip, tcb);
}

/* A file without a part (of an older program, or shortened by hand) is as good as none. */
static bool complete(const struct attest_collateral *c, const struct wanted *w)
{
    if (w->intel != NULL)
        return c->tcb_info.len > 0 && c->tcb_info_signature.len == 64 && c->tcb_info_issuer_chain.len > 0 &&
               c->qe_identity.len > 0 && c->qe_identity_signature.len == 64 &&
               c->qe_identity_issuer_chain.len > 0 && c->pck_crl.len > 0 && c->pck_crl_issuer_chain.len > 0 &&
               c->root_ca_crl.len > 0;
    return c->snp_intermediate.len > 0 && c->snp_crl.len > 0 && (w->amd->vlek || c->snp_leaf.len > 0);
}

static enum err_code fetch(struct fetcher *f, struct arena *a, struct fetch_result *out,
                           const struct wanted *w, struct err *e)
{
    const char *folder = f->config.cache_folder_opt;
    struct fetch_result r = {0}, kept = {.from_cache = true};
    enum err_code code;
    uint64_t age = UINT64_MAX;
    char name[CACHE_NAME_MAX];
    bool have = false;

    cache_name(name, w);
    if (folder != NULL) {
        code = cache_read(&kept.collateral, &age, a, folder, name, &r.note);
        have = code == ERR_OK && complete(&kept.collateral, w);
        if (code == ERR_OK && !have)
            (void)FAIL(&r.note, ERR_CORRUPT, "%s/%s lacks parts", folder, name);
        if (code == ERR_NOT_FOUND)
            r.note.code = ERR_OK;
    }
    if (have && age <= f->config.max_age_s) {
        *out = kept;
        return ERR_OK;
    }
    code = w->intel != NULL ? get_intel(f, a, &r.collateral, w->intel, e)
                            : get_amd(f, a, &r.collateral, w->amd, e);
    if (code != ERR_OK && have && f->config.use_stale) {
        kept.stale = true;
        kept.note = *e;
        *out = kept;
        return ERR_OK;
    }
    TRY(code);
    if (folder != NULL) {
        struct err why;
        if (cache_write(folder, name, &r.collateral, a, &why) != ERR_OK)
            r.note = why; /* what was fetched is good all the same */
    }
    *out = r;
    return ERR_OK;
}

/* A quote begins with a version of 16 bits and a key type that is not zero; a report with one of 32 bits. */
static bool is_report(struct bytes evidence, enum attest_form form)
{
    if (form != ATTEST_FORM_DETECT)
        return form == ATTEST_FORM_SNP;
    return evidence.len >= 4 && load_u16le(evidence.p + 2) == 0;
}

enum err_code fetch_for_evidence(struct fetcher *f, struct arena *a, struct fetch_result *out,
                                 struct bytes evidence, enum attest_form form, struct err *e)
{
    struct fetch_intel_key intel;
    struct fetch_amd_key amd;

    if (is_report(evidence, form)) {
        TRY(fetch_amd_key_of(&amd, evidence, f->config.amd_product_opt, e));
        return fetch(f, a, out, &(struct wanted){.amd = &amd}, e);
    }
    TRY(fetch_intel_key_of(&intel, a, evidence, e));
    return fetch(f, a, out, &(struct wanted){.intel = &intel}, e);
}
