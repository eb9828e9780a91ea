/* tee/fetch_test.c — collateral over HTTPS from a local service that repeats what the vendors' services
 * answered, and from services that misbehave. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "attest/snp.h"
#include "base/hex.h"
#include "io/http.h"
#include "tee/bundle.h"
#include "tee/fetch.h"
#include "tee/fetch_cache.h"
#include "tee/fetch_parts.h"
#include "tee/service_test.h"

static struct service service;
static struct arena arena;
static uint64_t slept_ms;
static struct attest_collateral recorded;
static struct bytes quote;

static void count_sleep(void *ctx, uint32_t ms)
{
    (void)ctx;
    slept_ms += ms;
}

static int begin(void **state)
{
    (void)state;
    service_start(&service);
    arena_init(&arena, &arena_heap, 256 << 20);
    slept_ms = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    service_stop(&service);
    arena_fini(&arena);
    return 0;
}

static struct bytes load(const char *name)
{
    static uint8_t mem[1 << 20];
    FILE *f = fopen(arena_fmt(&arena, "%s/attestation/%s", WETEE_VECTORS, name), "rb");
    assert_non_null(f);
    size_t n = fread(mem, 1, sizeof mem, f);
    (void)fclose(f);
    assert_true(n > 0 && n < sizeof mem);
    return arena_dup(&arena, bytes_of(mem, n));
}

static struct fetcher *fetcher_with(const struct fetch_config *more)
{
    struct fetch_config c = *more;
    struct fetcher *f = NULL;
    struct err e;
    c.intel_url_opt = c.intel_url_opt == NULL ? service.url : c.intel_url_opt;
    c.amd_url_opt = service.url;
    c.ca_file_opt = c.ca_file_opt == NULL ? service.ca_file : c.ca_file_opt;
    c.sleep_ms_opt = count_sleep;
    assert_int_equal(fetcher_new(&f, &c, &e), ERR_OK);
    return f;
}

static struct bytes text_bytes(const char *s)
{
    return bytes_of_str(s);
}

static const char *text_of(struct bytes b)
{
    return arena_str(&arena, b);
}

static struct bytes hex_text(struct bytes b)
{
    char *hex = arena_alloc(&arena, 2 * b.len + 1);
    hex_encode(hex, b);
    return text_bytes(hex);
}

static struct bytes join(const char *const *parts, size_t count)
{
    struct writer w = writer_in(&arena, 1 << 20);
    for (size_t i = 0; i < count; i++)
        put_text(&w, parts[i]);
    assert_true(writer_ok(&w));
    return writer_bytes(&w);
}

static struct bytes wrapper(const char *member, struct bytes text, struct bytes signature)
{
    const char *const parts[] = {
        "{\"", member, "\":", text_of(text), ",\"signature\":\"", text_of(hex_text(signature)), "\"}"};
    return join(parts, ARRAY_LEN(parts));
}

static const char *header(const char *name, struct bytes chain)
{
    const char *const parts[] = {name, ": ", http_escape(&arena, text_of(chain)), "\r\n"};
    return text_of(join(parts, ARRAY_LEN(parts)));
}

static struct bytes pem_of(const char *label, struct bytes der)
{
    const char *base = base64_encode(&arena, der);
    struct writer w = writer_in(&arena, 1 << 17);
    put_fmt(&w, "-----BEGIN %s-----\n", label);
    for (size_t i = 0; i < strlen(base); i++) {
        put_u8(&w, (uint8_t)base[i]);
        if (i % 64 == 63 || base[i + 1] == 0)
            put_u8(&w, '\n');
    }
    put_fmt(&w, "-----END %s-----\n", label);
    return writer_bytes(&w);
}

/* A PCCS that has what a recorded bundle holds. */
static void be_pccs(const char *quote_name, const char *bundle_name)
{
    struct fetch_intel_key key;
    struct err e;
    char fmspc[13];

    quote = load(quote_name);
    assert_int_equal(bundle_read(&recorded, &arena, load(bundle_name), &e), ERR_OK);
    assert_int_equal(fetch_intel_key_of(&key, &arena, quote, &e), ERR_OK);
    hex_encode(fmspc, bytes_of(key.fmspc, 6));
    const char *tee = key.tdx ? "tdx" : "sgx", *ca = key.platform_ca ? "platform" : "processor";
    service.count = 0;
    (void)service_add(&service,
                      arena_fmt(&arena, "/%s/certification/v4/tcb?fmspc=%s&update=standard", tee, fmspc), 200,
                      header("TCB-Info-Issuer-Chain", recorded.tcb_info_issuer_chain),
                      wrapper("tcbInfo", recorded.tcb_info, recorded.tcb_info_signature));
    (void)service_add(&service, arena_fmt(&arena, "/%s/certification/v4/qe/identity?update=standard", tee),
                      200, header("SGX-Enclave-Identity-Issuer-Chain", recorded.qe_identity_issuer_chain),
                      wrapper("enclaveIdentity", recorded.qe_identity, recorded.qe_identity_signature));
    (void)service_add(&service, arena_fmt(&arena, "/sgx/certification/v4/pckcrl?ca=%s&encoding=der", ca), 200,
                      header("SGX-PCK-CRL-Issuer-Chain", recorded.pck_crl_issuer_chain), recorded.pck_crl);
    (void)service_add(&service, "/sgx/certification/v4/rootcacrl", 200, NULL, hex_text(recorded.root_ca_crl));
    (void)service_add(&service, "/IntelSGXRootCA.der", 200, NULL, recorded.root_ca_crl);
}

static void be_tdx(void)
{
    be_pccs("tdx/tdx-phala-b0c06f-uptodate/quote.bin",
            "tdx/tdx-phala-b0c06f-uptodate/collateral-2025-06-19-e17-v3.json");
}

static void assert_same(const struct attest_collateral *a, const struct attest_collateral *b)
{
    const struct bytes left[] = {a->pck_crl_issuer_chain,
                                 a->tcb_info_issuer_chain,
                                 a->qe_identity_issuer_chain,
                                 a->root_ca_crl,
                                 a->pck_crl,
                                 a->tcb_info,
                                 a->qe_identity,
                                 a->tcb_info_signature,
                                 a->qe_identity_signature,
                                 a->snp_leaf,
                                 a->snp_intermediate,
                                 a->snp_crl,
                                 a->pck_chain};
    const struct bytes right[] = {b->pck_crl_issuer_chain,
                                  b->tcb_info_issuer_chain,
                                  b->qe_identity_issuer_chain,
                                  b->root_ca_crl,
                                  b->pck_crl,
                                  b->tcb_info,
                                  b->qe_identity,
                                  b->tcb_info_signature,
                                  b->qe_identity_signature,
                                  b->snp_leaf,
                                  b->snp_intermediate,
                                  b->snp_crl,
                                  b->pck_chain};
    for (size_t i = 0; i < ARRAY_LEN(left); i++) {
        if (!bytes_eq(left[i], right[i]))
            fail_msg("part %zu differs: %zu and %zu bytes", i, left[i].len, right[i].len);
    }
}

static void assert_fetched(const struct fetch_config *c)
{
    CLEANUP(fetcher_free) struct fetcher *f = fetcher_with(c);
    struct fetch_result got;
    struct err e = {0};
    enum err_code code = fetch_for_evidence(f, &arena, &got, quote, ATTEST_FORM_DETECT, &e);
    if (code != ERR_OK)
        fail_msg("%s", e.msg);
    assert_false(got.from_cache || got.stale);
    assert_same(&got.collateral, &recorded);
}

static void assert_refused(const struct fetch_config *c, enum err_code code, const char *says)
{
    CLEANUP(fetcher_free) struct fetcher *f = fetcher_with(c);
    struct fetch_result got;
    struct err e = {0};
    enum err_code have = fetch_for_evidence(f, &arena, &got, quote, ATTEST_FORM_DETECT, &e);
    if (have != code || strstr(e.msg, says) == NULL)
        fail_msg("%d \"%s\" instead of %d \"%s\"", (int)have, e.msg, (int)code, says);
}

static const struct fetch_config plain;

/* --- Intel --- */

static void fetched_collateral_equals_the_recorded_bundle_byte_for_byte(void **state)
{
    static const char *const cases[][2] = {
        {"tdx/tdx-google-v5-uptodate/quote.bin",
         "tdx/tdx-google-v5-uptodate/collateral-2026-02-01-e18-v3.json"},
        {"sgx/sgx-phala-a067-processor-ca/quote.bin",
         "sgx/sgx-phala-a067-processor-ca/collateral-2025-06-19-e17-v3.json"},
        {"sgx/sgx-teepot-00606a/quote.bin", "sgx/sgx-teepot-00606a/collateral-2025-08-15-e17-v3.json"},
        {"sgx/sgx-azure-00906e-release/quote.bin",
         "sgx/sgx-azure-00906e-release/collateral-2025-05-27-e19-v3.json"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        be_pccs(cases[i][0], cases[i][1]);
        assert_fetched(&plain);
        /* and where the root's list is a file of its own, in DER */
        struct fetch_config c = {.intel_root_crl_url_opt =
                                     arena_fmt(&arena, "%s/IntelSGXRootCA.der", service.url)};
        assert_fetched(&c);
        assert_int_equal(service.unknown, 0);
    }
}

static void the_paths_are_those_of_the_documented_interface(void **state)
{
    (void)state;
    be_tdx();
    assert_string_equal(service.routes[0].target,
                        "/tdx/certification/v4/tcb?fmspc=b0c06f000000&update=standard");
    assert_string_equal(service.routes[2].target, "/sgx/certification/v4/pckcrl?ca=platform&encoding=der");
    for (size_t i = 0; i < 2; i++)
        service.routes[i].target = arena_fmt(
            &arena, "%.*s=early", (int)(strlen(service.routes[i].target) - 9), service.routes[i].target);
    struct fetch_config c = {.early = true, .intel_url_opt = arena_fmt(&arena, "%s//", service.url)};
    assert_fetched(&c);
}

static void a_real_quote_verifies_with_what_was_fetched(void **state)
{
    const struct attest_policy policy = {
        .roots = attest_vendor_roots, .root_count = ATTEST_VENDOR_ROOTS, .zero_tail = true};
    const struct attest_endorsements *endorsed = NULL;
    struct attest_claims claims;
    struct fetch_result got;
    struct err e = {0};
    (void)state;
    be_tdx();
    CLEANUP(fetcher_free) struct fetcher *f = fetcher_with(&plain);
    assert_int_equal(fetch_for_evidence(f, &arena, &got, quote, ATTEST_FORM_QUOTE, &e), ERR_OK);
    if (attest_endorse(&endorsed, &arena, &got.collateral, &policy, &attest_openssl, &e) != ATTEST_VERIFIED)
        fail_msg("%s", e.msg);
    const struct attest_input in = {.evidence = quote, .endorsements = endorsed, .now = 1751328000};
    if (attest_verify(&claims, &in, &policy, &attest_openssl, &e) != ATTEST_VERIFIED)
        fail_msg("%s", e.msg);
    assert_int_equal(claims.tcb, ATTEST_TCB_UP_TO_DATE);
}

static void signed_text_is_cut_out_of_the_answer_and_never_rewritten(void **state)
{
    const char *spaced = "{ \"b\" : 1,\n\t\"a\":[ 1.50, \"}\\\"{\" ] }";
    struct bytes text;
    uint8_t signature[64], want[64];
    struct err e;
    char hex[129];
    (void)state;
    memset(want, 0xa5, sizeof want);
    hex_encode(hex, bytes_of(want, sizeof want));
    const char *const forms[] = {
        arena_fmt(&arena, "{\"tcbInfo\":%s,\"signature\":\"%s\"}", spaced, hex),
        arena_fmt(&arena, " {\"signature\" : \"%s\" , \"more\":[{}], \"tcbInfo\" :\r\n%s \n}\n", hex, spaced),
    };
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        assert_int_equal(fetch_wrapper_read(&text, signature, text_bytes(forms[i]), "tcbInfo", &e), ERR_OK);
        assert_true(bytes_eq(text, text_bytes(spaced)));
        assert_memory_equal(signature, want, 64);
    }
    const char *const bad[] = {
        "",
        "{}",
        "[]",
        "{\"tcbInfo\":{}}",
        arena_fmt(&arena, "{\"tcbInfo\":{},\"tcbInfo\":{},\"signature\":\"%s\"}", hex),
        arena_fmt(&arena, "{\"tcbInfo\":{},\"signature\":\"%s0\"}", hex),
        arena_fmt(&arena, "{\"tcbInfo\":{},\"signature\":\"%s\"} x", hex),
        arena_fmt(&arena, "{\"tcbInfo\":\"{}\",\"signature\":\"%s\"}", hex),
        arena_fmt(&arena, "{\"tcbInfo\":{,\"signature\":\"%s\"}", hex),
        arena_fmt(&arena, "{\"enclaveIdentity\":{},\"signature\":\"%s\"}", hex),
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(fetch_wrapper_read(&text, signature, text_bytes(bad[i]), "tcbInfo", &e),
                         ERR_MALFORMED);
}

static void revocation_lists_come_as_der_hex_or_pem_and_leave_as_der(void **state)
{
    struct bytes der;
    struct err e;
    (void)state;
    be_tdx();
    uint8_t *padded = arena_alloc(&arena, recorded.pck_crl.len + 1);
    memcpy(padded, recorded.pck_crl.p, recorded.pck_crl.len);
    const char *hex = text_of(hex_text(recorded.pck_crl));
    const struct bytes forms[] = {
        recorded.pck_crl,
        bytes_of(padded, recorded.pck_crl.len + 1),
        text_bytes(hex),
        join((const char *const[]){"0x", hex, "\n"}, 3),
        pem_of("X509 CRL", recorded.pck_crl),
    };
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        assert_int_equal(fetch_crl_read(&der, &arena, forms[i], &e), ERR_OK);
        assert_true(bytes_eq(der, recorded.pck_crl));
    }
    padded[recorded.pck_crl.len] = 1;
    const struct bytes bad[] = {
        BYTES_EMPTY,
        text_bytes("30"),
        text_bytes("<html>"),
        bytes_of(padded, recorded.pck_crl.len + 1),
        bytes_of(padded, recorded.pck_crl.len - 1),
        pem_of("CERTIFICATE", recorded.pck_crl),
        text_bytes("-----BEGIN X509 CRL-----"),
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(fetch_crl_read(&der, &arena, bad[i], &e), ERR_MALFORMED);
    service_find(&service, "pckcrl")->body = pem_of("X509 CRL", recorded.pck_crl);
    assert_fetched(&plain);
}

static void issuer_chains_survive_every_url_encoding(void **state)
{
    struct bytes pem;
    struct err e;
    (void)state;
    be_tdx();
    struct bytes chain = recorded.tcb_info_issuer_chain;
    struct writer plus = writer_in(&arena, 1 << 16), lazy = writer_in(&arena, 1 << 16);
    for (size_t i = 0; i < chain.len; i++) {
        uint8_t c = chain.p[i];
        if (c == ' ')
            put_u8(&plus, '+');
        else if (c == '+' || c == '\n')
            put_fmt(&plus, "%%%02x", c);
        else
            put_u8(&plus, c);
        if (c == '\n')
            put_text(&lazy, "%0A");
        else
            put_u8(&lazy, c); /* blanks and pluses as they are */
    }
    const struct bytes forms[] = {text_bytes(http_escape(&arena, text_of(chain))), writer_bytes(&plus),
                                  writer_bytes(&lazy)};
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        assert_int_equal(fetch_chain_read(&pem, &arena, forms[i], &e), ERR_OK);
        assert_true(bytes_eq(pem, chain));
    }
    static const char *const bad[] = {"",
                                      "none",
                                      "-----BEGIN CERTIFICATE-----%",
                                      "-----BEGIN CERTIFICATE-----%0",
                                      "-----BEGIN CERTIFICATE-----%zz",
                                      "-----BEGIN CERTIFICATE-----%00",
                                      "-----BEGIN CERTIFICATE-----%c3%bc"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(fetch_chain_read(&pem, &arena, text_bytes(bad[i]), &e), ERR_MALFORMED);
}

/* --- services in trouble --- */

static void a_throttled_or_failing_service_is_asked_again_after_a_pause(void **state)
{
    (void)state;
    be_tdx();
    struct service_route *tcb = service_find(&service, "/tcb?"), *qe = service_find(&service, "/qe/");
    tcb->first_status = 429;
    tcb->first_times = 2;
    const char *const both[] = {"Retry-After: 3\r\n",
                                header("TCB-Info-Issuer-Chain", recorded.tcb_info_issuer_chain)};
    tcb->headers = text_of(join(both, 2));
    qe->first_status = 503;
    qe->first_times = 3;
    assert_fetched(&plain);
    assert_int_equal(tcb->asked, 3);
    assert_int_equal(qe->asked, 4);
    assert_int_equal(slept_ms, 3000 + 3000 + 500 + 1000 + 2000);
    qe->asked = 0;
    qe->first_status = SERVICE_CLOSE;
    assert_fetched(&plain);
}

static void a_service_that_stays_bad_is_given_up(void **state)
{
    static const struct {
        int status, asked;
        enum err_code code;
        const char *says;
    } cases[] = {
        {429, 4, ERR_BUSY, "429"},
        {500, 4, ERR_UNAVAILABLE, "500"},
        {SERVICE_CLOSE, 4, ERR_CLOSED, "TCB info"},
        {404, 1, ERR_NOT_FOUND, "TCB info (tdx) of FMSPC b0c06f000000: the service does not know it"},
        {410, 1, ERR_NOT_FOUND, "FMSPC b0c06f000000: no longer served"},
        {401, 1, ERR_DENIED, "401"},
        {302, 1, ERR_MALFORMED, "302"},
        {204, 1, ERR_MALFORMED, "204"},
    };
    (void)state;
    be_tdx();
    struct service_route *tcb = service_find(&service, "/tcb?");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        tcb->status = cases[i].status;
        tcb->asked = 0;
        tcb->body = cases[i].status == 204 ? BYTES_EMPTY : text_bytes("no");
        assert_refused(&plain, cases[i].code, cases[i].says);
        assert_int_equal(tcb->asked, cases[i].asked);
    }
    tcb->status = 200;
    tcb->body = BYTES_EMPTY;
    assert_refused(&plain, ERR_MALFORMED, "empty answer");
    tcb->status = SERVICE_HANG;
    struct fetch_config c = {.timeout_ms = 300, .tries = 2};
    assert_refused(&c, ERR_TIMEOUT, "TCB info");
}

static void waiting_on_demand_of_the_service_is_bounded(void **state)
{
    (void)state;
    assert_int_equal(fetch_retry_after(NULL), 0);
    assert_int_equal(fetch_retry_after(""), 0);
    assert_int_equal(fetch_retry_after("7"), 7);
    assert_int_equal(fetch_retry_after("86400"), 60);
    assert_int_equal(fetch_retry_after("99999999999999999999999"), 60);
    assert_int_equal(fetch_retry_after("-1"), 0);
    assert_int_equal(fetch_retry_after("Wed, 21 Oct 2026 07:28:00 GMT"), 0);
}

static void answers_that_are_no_such_thing_are_refused_by_name(void **state)
{
    (void)state;
    be_tdx();
    struct service_route *tcb = service_find(&service, "/tcb?"), *crl = service_find(&service, "pckcrl"),
                         *root = service_find(&service, "rootcacrl");
    const struct service_route good_tcb = *tcb, good_crl = *crl;
    tcb->headers = NULL;
    assert_refused(&plain, ERR_MALFORMED, "no header tcb-info-issuer-chain");
    tcb->headers = "TCB-Info-Issuer-Chain: %00\r\n";
    assert_refused(&plain, ERR_MALFORMED, "not PEM text");
    *tcb = good_tcb;
    tcb->body = text_bytes("<html>Welcome</html>");
    assert_refused(&plain, ERR_MALFORMED, "tcbInfo");
    uint8_t *much = arena_alloc(&arena, 1 << 20);
    tcb->body = bytes_of(much, 1 << 20);
    assert_refused(&plain, ERR_LIMIT, "too long");
    *tcb = good_tcb;
    crl->body = text_bytes("nothing revoked");
    assert_refused(&plain, ERR_MALFORMED, "PCK CRL of the Platform CA");
    *crl = good_crl;
    root->body = text_bytes("3005");
    assert_refused(&plain, ERR_MALFORMED, "root CA CRL");
    /* the older name of a header is as good */
    root->body = hex_text(recorded.root_ca_crl);
    tcb->headers = header("SGX-TCB-Info-Issuer-Chain", recorded.tcb_info_issuer_chain);
    assert_fetched(&plain);
}

static void a_service_whose_certificate_is_not_of_the_given_authority_is_not_asked(void **state)
{
    (void)state;
    be_tdx();
    const char *other = arena_fmt(&arena, "%s/other.pem", service.folder);
    struct bytes pem = pem_of("CERTIFICATE", load("roots/intel_sgx_root_ca.der"));
    FILE *f = fopen(other, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(pem.p, 1, pem.len, f), pem.len);
    (void)fclose(f);
    struct fetch_config c = {.ca_file_opt = other, .tries = 1};
    assert_refused(&c, ERR_UNAVAILABLE, "TCB info");
    assert_int_equal(service.routes[0].asked, 0);
    c = (struct fetch_config){.ca_file_opt = other, .insecure_tls = true};
    assert_fetched(&c);
    (void)unlink(other);
}

static void evidence_that_does_not_name_its_collateral_is_refused(void **state)
{
    (void)state;
    be_tdx();
    quote = load("sgx/sgx-oasis-encrypted-ppid/quote.bin");
    assert_refused(&plain, ERR_UNSUPPORTED, "certification data 3");
    quote = bytes_of(quote.p, 40);
    assert_refused(&plain, ERR_MALFORMED, "FORMAT");
    quote = load("snp/snp-virtee-milan-v2/report.bin");
    assert_refused(&plain, ERR_UNSUPPORTED, "does not name its product line");
    quote = bytes_of(quote.p, 1183);
    assert_refused(&plain, ERR_MALFORMED, "not an SNP report");
    assert_int_equal(service.unknown, 0);
}

/* --- AMD --- */

/* A service that knows one chip. No list of AMD was ever seen: any DER object stands for it. */
static void be_kds(const char *product, const char *kind, const char *query, const char *report,
                   const char *leaf_opt)
{
    uint8_t *der = arena_alloc(&arena, 131);
    char lower[16] = {0};
    der[0] = 0x30;
    der[1] = 0x81;
    der[2] = 0x80;
    struct bytes crl = bytes_of(der, 131);
    for (size_t i = 0; product[i] != 0; i++)
        lower[i] = (char)(product[i] | 0x20);
    const char *intermediate = strcmp(kind, "vlek") == 0 ? "asvk" : "ask";
    struct bytes ask = load(arena_fmt(&arena, "roots/amd/%s/%s.der", lower, intermediate));
    struct bytes ark = load(arena_fmt(&arena, "roots/amd/%s/ark.der", lower));
    const char *const chain[] = {text_of(pem_of("CERTIFICATE", ask)), text_of(pem_of("CERTIFICATE", ark))};
    memset(&recorded, 0, sizeof recorded);
    recorded.snp_intermediate = ask;
    recorded.snp_crl = crl;
    quote = load(report);
    service.count = 0;
    if (leaf_opt != NULL) {
        recorded.snp_leaf = load(leaf_opt);
        (void)service_add(&service, query, 200, NULL, recorded.snp_leaf);
    }
    (void)service_add(&service, arena_fmt(&arena, "/%s/v1/%s/cert_chain", kind, product), 200, NULL,
                      join(chain, 2));
    (void)service_add(&service, arena_fmt(&arena, "/vcek/v1/%s/crl", product), 200, NULL, crl);
}

static void assert_report_verifies(uint64_t now)
{
    const struct attest_policy policy = {
        .roots = attest_vendor_roots, .root_count = ATTEST_VENDOR_ROOTS, .without_amd_crl = true};
    const struct attest_endorsements *endorsed = NULL;
    struct attest_collateral c = recorded;
    struct attest_claims claims;
    struct err e = {0};
    c.snp_crl = BYTES_EMPTY;
    if (attest_endorse(&endorsed, &arena, &c, &policy, &attest_openssl, &e) != ATTEST_VERIFIED)
        fail_msg("%s", e.msg);
    const struct attest_input in = {
        .evidence = quote, .form = ATTEST_FORM_SNP, .endorsements = endorsed, .now = now};
    if (attest_snp_verify(&claims, &in, &policy, &attest_openssl, &e) != ATTEST_VERIFIED)
        fail_msg("%s", e.msg);
}

static void a_vcek_is_asked_for_by_product_chip_and_reported_tcb(void **state)
{
    (void)state;
    be_kds("Genoa", "vcek",
           "/vcek/v1/Genoa/"
           "b5f9a4c8280e63c97d288db6648577dc2b848884aa682d7a227ba40e50deb2b0"
           "d112b599d87aaccda78d06f4254b1e81c4d953ef3c699db39d4e06013e9fa4ce"
           "?blSPL=10&teeSPL=00&snpSPL=27&ucodeSPL=27",
           "snp/snp-lunal-genoa-v5/report.bin", "snp/snp-lunal-genoa-v5/vcek.der");
    assert_fetched(&plain);
    assert_report_verifies(1786921260);
    be_kds("Turin", "vcek",
           "/vcek/v1/Turin/59790fb1c39f35c1?fmcSPL=01&blSPL=01&teeSPL=01&snpSPL=04&ucodeSPL=81",
           "snp/snp-microsoft-turin-v5/report.bin", "snp/snp-microsoft-turin-v5/vcek.der");
    assert_fetched(&plain);
    assert_report_verifies(1785805440);
    be_kds("Milan", "vcek",
           "/vcek/v1/Milan/"
           "d49554ec717f4e5b0fe6b143bcf0405bd7ae304727edf46603f2a76aef6a3abc"
           "15d7af38db757039029f0efacfd08e244324884738c72b082e2f87a44d541eb6"
           "?blSPL=03&teeSPL=00&snpSPL=08&ucodeSPL=115",
           "snp/snp-virtee-milan-v2/report.bin", "snp/snp-virtee-milan-v2/vcek.der");
    struct fetch_config c = {.amd_product_opt = "Milan"};
    assert_fetched(&c);
    assert_report_verifies(1696101780);
    assert_int_equal(service.unknown, 0);
}

static void a_vlek_is_not_asked_for_because_it_is_not_public(void **state)
{
    (void)state;
    be_kds("Milan", "vlek", NULL, "snp/snp-trustee-milan-v3-vlek/report.bin", NULL);
    assert_fetched(&plain);
    assert_int_equal(service.unknown, 0);
}

static void a_vcek_service_in_trouble_names_the_chip(void **state)
{
    (void)state;
    be_kds("Turin", "vcek",
           "/vcek/v1/Turin/59790fb1c39f35c1?fmcSPL=01&blSPL=01&teeSPL=01&snpSPL=04&ucodeSPL=81",
           "snp/snp-microsoft-turin-v5/report.bin", "snp/snp-microsoft-turin-v5/vcek.der");
    service.routes[0].status = 404;
    assert_refused(&plain, ERR_NOT_FOUND, "VCEK of Turin chip 59790fb1c39f35c1");
    service.routes[0].status = 200;
    service.routes[0].body = text_bytes("busy");
    assert_refused(&plain, ERR_MALFORMED, "no certificate");
    service.routes[0].body = recorded.snp_leaf;
    service.routes[1].body = pem_of("CERTIFICATE", load("roots/amd/turin/ark.der"));
    assert_refused(&plain, ERR_MALFORMED, "nothing but a root");
}

/* --- cache --- */

static void cached_until(struct fetch_config *c, char folder[64])
{
    (void)snprintf(folder, 64, "/tmp/wetee-fetch-cache-XXXXXX");
    assert_non_null(mkdtemp(folder));
    *c = (struct fetch_config){.cache_folder_opt = folder, .max_age_s = 3600, .tries = 1};
}

static void age_file(const char *path, time_t seconds)
{
    struct timespec now, times[2];
    assert_int_equal(clock_gettime(CLOCK_REALTIME, &now), 0);
    times[0] = times[1] = (struct timespec){.tv_sec = now.tv_sec - seconds};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static enum err_code fetch_now(const struct fetch_config *c, struct fetch_result *got, struct err *e)
{
    CLEANUP(fetcher_free) struct fetcher *f = fetcher_with(c);
    return fetch_for_evidence(f, &arena, got, quote, ATTEST_FORM_DETECT, e);
}

static void what_was_fetched_is_kept_and_used_until_it_is_too_old(void **state)
{
    struct fetch_config c;
    struct fetch_result got;
    struct err e;
    char folder[64];
    (void)state;
    be_tdx();
    cached_until(&c, folder);
    const char *file = arena_fmt(&arena, "%s/intel-tdx-b0c06f000000-platform.json", folder);
    struct service_route *tcb = service_find(&service, "/tcb?");
    assert_fetched(&c);
    assert_int_equal(fetch_now(&c, &got, &e), ERR_OK);
    assert_true(got.from_cache && !got.stale);
    assert_same(&got.collateral, &recorded);
    assert_int_equal(tcb->asked, 1);
    age_file(file, 4000);
    assert_fetched(&c);
    assert_int_equal(tcb->asked, 2);
    age_file(file, -4000); /* from the future */
    assert_fetched(&c);
    age_file(file, 4000);
    tcb->status = 503;
    assert_refused(&c, ERR_UNAVAILABLE, "503");
    c.use_stale = true;
    assert_int_equal(fetch_now(&c, &got, &e), ERR_OK);
    assert_true(got.from_cache && got.stale);
    assert_non_null(strstr(got.note.msg, "503"));
    assert_same(&got.collateral, &recorded);
    assert_int_equal(unlink(file), 0);
    assert_refused(&c, ERR_UNAVAILABLE, "503");
    assert_int_equal(rmdir(folder), 0); /* no temporary file is left */
}

static void a_damaged_cache_is_said_and_replaced(void **state)
{
    static const char *const damaged[] = {"", "{", "{\"tcb_info\":1}", "{}"};
    struct fetch_config c;
    struct fetch_result got;
    struct err e;
    char folder[64];
    (void)state;
    be_tdx();
    cached_until(&c, folder);
    const char *file = arena_fmt(&arena, "%s/intel-tdx-b0c06f000000-platform.json", folder);
    for (size_t i = 0; i < ARRAY_LEN(damaged); i++) {
        FILE *f = fopen(file, "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(damaged[i], 1, strlen(damaged[i]), f), strlen(damaged[i]));
        (void)fclose(f);
        assert_int_equal(fetch_now(&c, &got, &e), ERR_OK);
        assert_false(got.from_cache);
        assert_int_equal(got.note.code, ERR_CORRUPT);
        assert_int_equal(fetch_now(&c, &got, &e), ERR_OK);
        assert_true(got.from_cache);
        assert_int_equal(got.note.code, ERR_OK);
    }
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(fetch_now(&c, &got, &e), ERR_OK); /* a missing folder: fetched, and said */
    assert_same(&got.collateral, &recorded);
    assert_int_equal(got.note.code, ERR_IO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fetched_collateral_equals_the_recorded_bundle_byte_for_byte),
        TEST(the_paths_are_those_of_the_documented_interface),
        TEST(a_real_quote_verifies_with_what_was_fetched),
        TEST(signed_text_is_cut_out_of_the_answer_and_never_rewritten),
        TEST(revocation_lists_come_as_der_hex_or_pem_and_leave_as_der),
        TEST(issuer_chains_survive_every_url_encoding),
        TEST(a_throttled_or_failing_service_is_asked_again_after_a_pause),
        TEST(a_service_that_stays_bad_is_given_up),
        TEST(waiting_on_demand_of_the_service_is_bounded),
        TEST(answers_that_are_no_such_thing_are_refused_by_name),
        TEST(a_service_whose_certificate_is_not_of_the_given_authority_is_not_asked),
        TEST(evidence_that_does_not_name_its_collateral_is_refused),
        TEST(a_vcek_is_asked_for_by_product_chip_and_reported_tcb),
        TEST(a_vlek_is_not_asked_for_because_it_is_not_public),
        TEST(a_vcek_service_in_trouble_names_the_chip),
        TEST(what_was_fetched_is_kept_and_used_until_it_is_too_old),
        TEST(a_damaged_cache_is_said_and_replaced),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
