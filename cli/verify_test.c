/* cli/verify_test.c — `wetee verify` on evidence that is made here: simulated platforms of all three kinds, a
 * peer's certificate, and the tables behind the explanations. Drives the built program. */
#include "attest/ratls.h"
#include "base/clock.h"
#include "base/fmt.h"
#include "cli/verify.h"
#include "io/http.h"
#include "io/tls.h"
#include "tee/bundle.h"
#include "tee/policy_file.h"
#include "tee/service_test.h"
#include "tee/sim.h"
#include <arpa/inet.h>
#include <ftw.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { OUTPUT_MAX = 1 << 16, COMMAND_MAX = 2048, HANDSHAKE_MS = 20000, DIRECTORIES_OPEN = 8 };

static const uint8_t report_data[64] = {'h', 'e', 'r', 'e'};

struct fixture {
    struct arena arena;
    char dir[64];
    struct attest_sim *sim;
};

static const char *path(struct fixture *f, const char *name)
{
    return arena_fmt(&f->arena, "%s/%s", f->dir, name);
}

static void store(struct fixture *f, const char *name, struct bytes content)
{
    FILE *to = fopen(path(f, name), "wb");

    assert_non_null(to);
    assert_int_equal(fwrite(content.p, 1, content.len, to), content.len);
    assert_int_equal(fclose(to), 0);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    static const uint8_t program[32] = {7};
    static const char *const names[] = {"sgx.bin", "tdx.bin", "snp.bin"};
    static const char *const roots[] = {"sgx.root", "tdx.root", "snp.root"};
    struct bytes evidence;
    struct err e;

    assert_non_null(f);
    arena_init(&f->arena, &arena_heap, (size_t)64 << 20);
    fmt_into(f->dir, sizeof f->dir, "/tmp/wetee-verify-test-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    assert_int_equal(mkdir(path(f, "root"), 0700), 0);
    assert_int_equal(mkdir(path(f, "platform"), 0700), 0);
    uint64_t now = clock_wall_ms() / 1000;
    assert_int_equal(attest_sim_create_from(WETEE_VECTORS "/attestation/made", path(f, "root"),
                                            path(f, "platform"), now, &e),
                     ERR_OK);
    assert_int_equal(attest_sim_create_snp(path(f, "root"), path(f, "platform"), now, &e), ERR_OK);
    assert_int_equal(attest_sim_open(&f->sim, path(f, "platform"), &e), ERR_OK);
    for (int k = 0; k < 3; k++) {
        enum attest_kind kind = (enum attest_kind)k;
        assert_int_equal(attest_sim_evidence(f->sim, &f->arena, &evidence, kind, program, report_data, &e),
                         ERR_OK);
        store(f, names[k], evidence);
        store(f, roots[k], attest_sim_root_of(f->sim, kind));
    }
    *state = f;
    return 0;
}

static int remove_one(const char *name, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(name);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    attest_sim_free(f->sim);
    assert_int_equal(nftw(f->dir, remove_one, DIRECTORIES_OPEN, FTW_DEPTH | FTW_PHYS), 0);
    arena_fini(&f->arena);
    free(f);
    return 0;
}

/* Runs the program with these arguments; its exit code, and its output in *out. */
static int verify(struct fixture *f, const char **out, const char *arguments)
{
    char *text = arena_alloc(&f->arena, OUTPUT_MAX);
    char command[COMMAND_MAX];

    (void)snprintf(command, sizeof command, "%s/bin/wetee verify %s 2>&1", WETEE_BUILD_DIR, arguments);
    FILE *from = popen(command, "r");
    assert_non_null(from);
    size_t n = fread(text, 1, OUTPUT_MAX - 1, from);
    int status = pclose(from);
    text[n] = 0;
    *out = text;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void starts_with(const char *text, const char *head)
{
    if (strncmp(text, head, strlen(head)) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", text, head);
}

static void has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", part, text);
}

static void simulated_evidence_is_believed_with_its_root_only(void **state)
{
    struct fixture *f = *state;
    static const char *const kinds[] = {"sgx", "tdx", "snp"};
    const char *out;

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const char *collateral = arena_fmt(&f->arena, "%s/platform/collateral-%s.json", f->dir, kinds[i]);
        const char *base = arena_fmt(&f->arena, "%s/%s.bin --collateral %s", f->dir, kinds[i], collateral);
        assert_int_equal(verify(f, &out, arena_fmt(&f->arena, "%s --offline --policy none", base)),
                         EXIT_CODE_UNTRUSTED);
        const char *rooted = arena_fmt(&f->arena, "%s --offline --root %s/%s.root", base, f->dir, kinds[i]);
        assert_int_equal(verify(f, &out, rooted), EXIT_CODE_OK);
        starts_with(out, "SIMULATED evidence, VERIFIED: ");
        has(out, "SIMULATED: a development root");
        assert_int_equal(verify(f, &out, arena_fmt(&f->arena, "%s --output json", rooted)), EXIT_CODE_OK);
        CLEANUP(json_decref) json_t *j = json_loads(out, 0, NULL);
        assert_non_null(j);
        assert_string_equal(json_string_value(json_object_get(json_object_get(j, "trust_root"), "label")),
                            "SIMULATED");
        /* a refusal is marked like an acceptance */
        assert_int_equal(verify(f, &out, arena_fmt(&f->arena, "%s --measurement %064d", rooted, 0)),
                         EXIT_CODE_POLICY);
        starts_with(out, "SIMULATED evidence, REJECTED MEASUREMENT_MISMATCH: ");
        assert_int_equal(verify(f, &out, arena_fmt(&f->arena, "%s --report-data 68657265", rooted)),
                         EXIT_CODE_OK);
        assert_int_equal(verify(f, &out, arena_fmt(&f->arena, "%s --report-data 68657266", rooted)),
                         EXIT_CODE_FORGED);
        has(out, "REJECTED REPORT_DATA_MISMATCH");
    }
}

/* --- a peer's certificate --- */

static enum err_code certificate_value(void *ctx, struct arena *a, struct bytes *value, struct bytes spki,
                                       struct err *e)
{
    struct fixture *f = ctx;
    static const uint8_t program[32] = {7};
    struct writer claims = writer_in(a, RATLS_CLAIMS_MAX), w = writer_in(a, RATLS_EXTENSION_MAX);
    uint8_t wanted[64];
    struct bytes quote;

    attest_ratls_claims(&claims, spki);
    attest_ratls_report_data(wanted, writer_bytes(&claims));
    TRY(attest_sim_evidence(f->sim, a, &quote, ATTEST_KIND_SGX, program, wanted, e));
    attest_ratls_extension(&w, quote, writer_bytes(&claims));
    *value = writer_bytes(&w);
    return ERR_OK;
}

/* As a worker does: no client without evidence. */
static enum err_code refuse(void *ctx, struct bytes cert_der, struct err *e)
{
    bool *asked = ctx;

    (void)cert_der;
    *asked = true;
    return FAIL(e, ERR_UNVERIFIED, "not you");
}

struct server {
    int fd;
    const struct tls_identity *id;
    bool asked;
    enum err_code ended;
};

static void *serve(void *ctx)
{
    struct server *s = ctx;
    CLEANUP(tls_conn_free) struct tls_conn *c = NULL;
    struct err e;
    int fd = accept(s->fd, NULL, NULL);

    if (fd >= 0 && tls_conn_new(&c, fd, TLS_SERVER, s->id, refuse, &s->asked, &e) == ERR_OK)
        s->ended = tls_handshake(c, HANDSHAKE_MS, &e);
    return NULL;
}

static void the_certificate_of_a_peer_is_judged(void **state)
{
    struct fixture *f = *state;
    CLEANUP(tls_identity_free) struct tls_identity *id = NULL;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    struct server server = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    pthread_t thread;
    const char *out;
    struct err e;

    assert_int_equal(tls_identity_new(&id, RATLS_OID_TEXT, certificate_value, f, &e), ERR_OK);
    server.id = id;
    assert_int_equal(bind(server.fd, (const struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(server.fd, 1), 0);
    assert_int_equal(getsockname(server.fd, (struct sockaddr *)&at, &len), 0);
    assert_int_equal(pthread_create(&thread, NULL, serve, &server), 0);
    int code = verify(f, &out,
                      arena_fmt(&f->arena,
                                "https://127.0.0.1:%u --offline --collateral %s/platform/collateral-sgx.json "
                                "--root %s/sgx.root",
                                ntohs(at.sin_port), f->dir, f->dir));
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)close(server.fd);
    if (code != EXIT_CODE_OK)
        fail_msg("exit %d: %s", code, out);
    assert_true(server.asked);
    assert_int_equal(server.ended, ERR_UNVERIFIED);
    starts_with(out, "SIMULATED evidence, VERIFIED: ");
    has(out, "the key of the certificate");
}

/* --- services --- */

static struct bytes load(struct fixture *f, const char *name)
{
    struct bytes out;
    struct err e;
    const char *from = arena_fmt(&f->arena, "%s/attestation/%s", WETEE_VECTORS, name);

    assert_int_equal(keyring_load_file(&f->arena, &out, from, OUTPUT_MAX, &e), ERR_OK);
    return out;
}

static struct bytes document(struct fixture *f, const char *member, struct bytes text, struct bytes signature)
{
    struct writer w = writer_in(&f->arena, OUTPUT_MAX);

    put_fmt(&w, "{\"%s\":", member);
    put_bytes(&w, text);
    put_fmt(&w, ",\"signature\":\"%s\"}", verify_hex(&f->arena, signature));
    assert_true(writer_ok(&w));
    return writer_bytes(&w);
}

static const char *header(struct fixture *f, const char *name, struct bytes chain)
{
    struct writer w = writer_in(&f->arena, OUTPUT_MAX);

    put_fmt(&w, "%s: ", name);
    put_text(&w, http_escape(&f->arena, arena_str(&f->arena, chain)));
    put_text(&w, "\r\n");
    put_u8(&w, 0);
    return (const char *)writer_bytes(&w).p;
}

/* Intel's service, or a cache of it, as it was for one platform. */
static void serve_collateral(struct fixture *f, struct service *s, const char *bundle)
{
    struct attest_collateral c;
    struct err e;

    assert_int_equal(bundle_read(&c, &f->arena, load(f, bundle), &e), ERR_OK);
    (void)service_add(s, "/sgx/certification/v4/tcb?fmspc=00606a000000&update=standard", 200,
                      header(f, "TCB-Info-Issuer-Chain", c.tcb_info_issuer_chain),
                      document(f, "tcbInfo", c.tcb_info, c.tcb_info_signature));
    (void)service_add(s, "/sgx/certification/v4/qe/identity?update=standard", 200,
                      header(f, "SGX-Enclave-Identity-Issuer-Chain", c.qe_identity_issuer_chain),
                      document(f, "enclaveIdentity", c.qe_identity, c.qe_identity_signature));
    (void)service_add(s, "/sgx/certification/v4/pckcrl?ca=platform&encoding=der", 200,
                      header(f, "SGX-PCK-CRL-Issuer-Chain", c.pck_crl_issuer_chain), c.pck_crl);
    (void)service_add(s, "/sgx/certification/v4/rootcacrl", 200, NULL,
                      bytes_of_str(verify_hex(&f->arena, c.root_ca_crl)));
}

static void collateral_and_evidence_are_fetched(void **state)
{
    struct fixture *f = *state;
    static struct service s;
    const char *out;

    service_start(&s);
    serve_collateral(f, &s, "sgx/sgx-oasis-00606a-uptodate/collateral-2023-06-21-e15-v3.json");
    (void)service_add(&s, "/quote", 200, NULL, load(f, "sgx/sgx-oasis-00606a-uptodate/quote.bin"));
    const char *run =
        arena_fmt(&f->arena, "%s/quote --pccs %s --ca %s --time 2023-07-02T03:59:00Z --policy none", s.url,
                  s.url, s.ca_file);
    assert_int_equal(verify(f, &out, run), EXIT_CODE_OK);
    starts_with(out, "VERIFIED: ");
    has(out, "fetched");
    has(out, "TCB status           OutOfDate");
    assert_int_equal(verify(f, &out, arena_fmt(&f->arena, "%s --offline", run)), EXIT_CODE_STALE);
    has(out, "COLLATERAL_MISSING");
    int asked = s.routes[0].asked;
    /* nobody is asked about a forgery */
    uint8_t forged[8192];
    struct bytes quote = load(f, "sgx/sgx-oasis-00606a-uptodate/quote.bin");
    assert_true(quote.len <= sizeof forged);
    memcpy(forged, quote.p, quote.len);
    forged[112] ^= 1;
    store(f, "forged.bin", bytes_of(forged, quote.len));
    assert_int_equal(
        verify(f, &out,
               arena_fmt(&f->arena, "%s/forged.bin --pccs %s --ca %s --time 2023-07-02T03:59:00Z", f->dir,
                         s.url, s.ca_file)),
        EXIT_CODE_FORGED);
    assert_int_equal(s.routes[0].asked, asked);
    assert_int_equal(verify(f, &out, arena_fmt(&f->arena, "%s/nothing --ca %s", s.url, s.ca_file)),
                     EXIT_CODE_NOT_FOUND);
    assert_int_equal(verify(f, &out, arena_fmt(&f->arena, "%s/quote", s.url)), EXIT_CODE_UNREACHABLE);
    service_stop(&s);
}

/* --- tables --- */

static void every_class_is_explained_and_has_an_exit_code(void **state)
{
    (void)state;
    for (int c = 0; c < (int)ATTEST_CLASS_COUNT; c++) {
        enum attest_class class = (enum attest_class)c;
        const struct verify_kind *kind = verify_kind(class);
        if (!verify_explained(class))
            fail_msg("no check ends in %s", attest_class_name(class));
        if (class == ATTEST_VERIFIED)
            assert_int_equal(kind->exit, EXIT_CODE_OK);
        else
            assert_in_range(kind->exit, EXIT_CODE_FORGED, EXIT_CODE_POLICY);
    }
}

static void dates_are_written_in_utc(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(verify_date(&f->arena, 1749669480), "2025-06-11T19:18:00Z");
    assert_string_equal(verify_date(&f->arena, 0), "-");
    assert_string_equal(verify_date(&f->arena, UINT64_MAX), "-");
}

/* --- policies --- */

static void a_policy_file_says_what_differs_from_strict(void **state)
{
    struct fixture *f = *state;
    struct attest_policy p, strict;
    struct err e;
    static const char text[] =
        "{\"tcb_statuses\": [\"UpToDate\", \"SWHardeningNeeded\"], \"advisories\": [\"INTEL-SA-00615\"],"
        "\"collateral_max_age_s\": 86400, \"least_evaluation\": 17, \"td_bits_required\": [28],"
        "\"td_bits_refused\": [29, 63], \"allow_service_td\": false, \"require_amd_crl\": true,"
        "\"snp_least_tcb\": {\"Milan\": \"04000000000008d1\"}, \"snp_products_refused\": [\"Turin\"],"
        "\"snp_policy_bits_refused\": [18], \"snp_platform_bits_required\": [5], \"snp_vmpl_max\": 0,"
        "\"snp_refuse_vlek\": true, \"allow_zero_tail\": false,"
        "\"platforms\": [\"00112233445566778899aabbccddeeff\"],"
        "\"measurements\": [\"0000000000000000000000000000000000000000000000000000000000000000\"]}";

    assert_true(policy_named(&strict, "strict"));
    assert_false(policy_named(&p, "lenient"));
    assert_int_equal(policy_file_read(&p, &f->arena, BYTES_LIT("{}"), &e), ERR_OK);
    assert_memory_equal(&p, &strict, sizeof p);
    assert_int_equal(policy_file_read(&p, &f->arena, bytes_of_str(text), &e), ERR_OK);
    assert_int_equal(p.tcb_allowed,
                     ATTEST_TCB_BIT(ATTEST_TCB_UP_TO_DATE) | ATTEST_TCB_BIT(ATTEST_TCB_SW_HARDENING_NEEDED));
    assert_false(p.any_advisory);
    assert_int_equal(p.advisory_count, 1);
    assert_int_equal(p.collateral_max_age, 86400);
    assert_int_equal(p.least_evaluation, 17);
    assert_true(p.td_required == (uint64_t)1 << 28);
    assert_true(p.td_refused == ((uint64_t)1 << 29 | (uint64_t)1 << 63));
    assert_false(p.allow_service_td || p.without_amd_crl || p.zero_tail || p.any_measurement);
    assert_int_equal(p.snp_least_tcb[ATTEST_SNP_MILAN][7], 0xd1);
    assert_int_equal(p.snp_products_refused, 1u << ATTEST_SNP_TURIN);
    assert_true(p.snp_policy_refused == 1u << 18 && p.snp_platform_required == 1u << 5);
    assert_int_equal(p.snp_vmpl_max, 0);
    assert_true(p.snp_refuse_vlek);
    assert_int_equal(p.measurement_count, 1);
    assert_int_equal(p.platform_count, 1);
    assert_int_equal(p.platforms[0].p[15], 0xff);
    assert_int_equal(policy_file_read(&p, &f->arena, BYTES_LIT("{\"platforms\": []}"), &e), ERR_MALFORMED);
    assert_false(p.allow_debug || p.allow_development);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simulated_evidence_is_believed_with_its_root_only),
        cmocka_unit_test(the_certificate_of_a_peer_is_judged),
        cmocka_unit_test(collateral_and_evidence_are_fetched),
        cmocka_unit_test(every_class_is_explained_and_has_an_exit_code),
        cmocka_unit_test(dates_are_written_in_utc),
        cmocka_unit_test(a_policy_file_says_what_differs_from_strict),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
