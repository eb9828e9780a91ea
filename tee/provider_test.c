/* tee/provider_test.c — every provider against a fake machine that behaves as documented, and against one
 * whose host does not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "attest/appraise.h"
#include "attest/quote.h"
#include "attest/snp.h"
#include "tee/cert_table.h"
#include "tee/evidence.h"
#include "tee/fake_test.h"
#include "tee/provider.h"
#include "tee/qgs.h"

static struct fake fake; /* large */
static struct arena arena;
static uint8_t wanted[64];

static int begin(void **state)
{
    (void)state;
    fake_init(&fake);
    arena_init(&arena, &arena_heap, 64 << 20);
    for (size_t i = 0; i < sizeof wanted; i++)
        wanted[i] = (uint8_t)(i * 7 + 1);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_fini(&arena);
    /* whatever happened: nothing is left open, no directory is left behind, no enclave memory is lost */
    return fake.opened == fake.closed && !fake.tsm_dir && fake.tsm_mkdirs == fake.tsm_rmdirs &&
                   fake.ego_reports == 0
               ? 0
               : -1;
}

static void be_tsm(const char *provider)
{
    fake.tsm_provider = provider;
}

static enum err_code open_named(struct evidence **v, const char *kind, struct err *e)
{
    const struct evidence_config c = {.kind = kind, .io_opt = &fake.io};
    return evidence_open_with(v, &c, e);
}

/* Opens, gets, closes. */
static enum err_code get_by(const char *kind, struct bytes *out, struct err *e)
{
    CLEANUP(evidence_free) struct evidence *v = NULL;
    TRY(open_named(&v, kind, e));
    return evidence_get(v, &arena, out, wanted, e);
}

static void assert_error(const char *kind, enum err_code code, const char *says)
{
    struct bytes got;
    struct err e = {0};
    enum err_code c = get_by(kind, &got, &e);
    if (c != code || strstr(e.msg, says) == NULL)
        fail_msg("%s gives %d \"%s\" instead of %d \"%s\"", kind, (int)c, e.msg, (int)code, says);
}

static void assert_quote(struct bytes got, bool tdx)
{
    struct quote q;
    struct err e;
    assert_int_equal(quote_read(&q, got, false, &e), ATTEST_VERIFIED); /* no tail */
    assert_int_equal(quote_is_tdx(&q), tdx);
    assert_memory_equal(quote_report_data(&q).p, wanted, 64);
}

static void assert_snp(struct bytes got, bool with_certs)
{
    struct snp_report r;
    struct snp_table t;
    struct err e;
    assert_true(got.len >= SNP_REPORT_LEN);
    assert_int_equal(snp_report_read(&r, bytes_of(got.p, SNP_REPORT_LEN), &e), ATTEST_VERIFIED);
    assert_memory_equal(r.report_data, wanted, 64);
    assert_int_equal(snp_table_read(&t, bytes_from(got, SNP_REPORT_LEN), &e), ATTEST_VERIFIED);
    assert_int_equal(t.vcek.len > 0, with_certs);
    assert_int_equal(t.intermediate.len > 0, with_certs);
}

/* --- detection --- */

static void hardware_is_found_in_the_documented_order_and_simulated_never(void **state)
{
    struct evidence *v = NULL;
    struct err e;
    static const char *const order[] = {"gramine", "ego", "tsm", "tdx-guest", "sev-guest"};
    (void)state;
    fake.attestation_type = "dcap\n";
    fake.quote_file = fake.ego = fake.tdx_device = fake.snp_device = fake.qgs = true;
    be_tsm("tdx_guest\n");
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        assert_int_equal(open_named(&v, "auto", &e), ERR_OK);
        assert_string_equal(evidence_provider(v), order[i]);
        assert_false(evidence_simulated(v));
        assert_int_equal(evidence_root(v).len, 0);
        evidence_free(v);
        fake.quote_file = false;
        fake.ego = fake.ego && i == 0;
        fake.tsm_provider = i < 2 ? fake.tsm_provider : NULL;
        fake.tdx_device = i < 3;
        if (i == 0)
            fake.attestation_type = NULL;
        if (i == 1)
            fake.ego = false;
    }
    fake.snp_device = false;
    assert_error("auto", ERR_UNSUPPORTED, "no TEE was found");
    fake.attestation_type = "none\n";
    assert_error("auto", ERR_UNSUPPORTED, "sgx.remote_attestation");
}

static void hardware_that_fails_is_an_error_and_no_reason_to_try_the_next(void **state)
{
    (void)state;
    fake.attestation_type = "dcap\n";
    fake.quote_file = true;
    fake.tdx_device = fake.qgs = true;
    fake.inject[0] = (struct fake_injection){"/dev/attestation/quote", EIO, 99};
    assert_error("auto", ERR_UNAVAILABLE, "Gramine (SGX)");
    assert_error("nitro", ERR_USAGE, "unknown kind");
    assert_error("simulated", ERR_USAGE, "folder");
}

static void the_own_measurement_has_the_form_of_its_kind(void **state)
{
    struct evidence *v = NULL;
    struct err e;
    (void)state;
    fake.attestation_type = "dcap\n";
    fake.quote_file = true;
    assert_int_equal(open_named(&v, "gramine", &e), ERR_OK);
    assert_int_equal(evidence_kind(v), ATTEST_KIND_SGX);
    assert_int_equal(evidence_measurement_len(v), 32);
    assert_memory_equal(evidence_measurement(v), fake.sgx.b + 48 + 64, 32);
    evidence_free(v);
    be_tsm("tdx_guest\n");
    assert_int_equal(open_named(&v, "tsm", &e), ERR_OK);
    assert_int_equal(evidence_kind(v), ATTEST_KIND_TDX);
    assert_int_equal(evidence_measurement_len(v), 240);
    assert_memory_equal(evidence_measurement(v), fake.tdx.b + 48 + 136, 48);
    assert_memory_equal(evidence_measurement(v) + 48, fake.tdx.b + 48 + 328, 192);
    evidence_free(v);
    be_tsm("sev_guest\n");
    assert_int_equal(open_named(&v, "tsm", &e), ERR_OK);
    assert_int_equal(evidence_kind(v), ATTEST_KIND_SNP);
    assert_int_equal(evidence_form(v), ATTEST_FORM_SNP);
    assert_int_equal(evidence_measurement_len(v), 48);
    assert_memory_equal(evidence_measurement(v), fake.snp.b + 0x90, 48);
    evidence_free(v);
}

/* --- Gramine --- */

static void gramine_quotes_the_report_data_whatever_the_reads_and_writes_give(void **state)
{
    struct bytes got;
    struct err e;
    (void)state;
    fake.attestation_type = "dcap\n";
    fake.quote_file = true;
    for (size_t chunk = 0; chunk < 3; chunk++) {
        fake.read_chunk = chunk * 333;
        fake.short_writes = chunk == 2 ? 1 : 0; /* repeated whole: a pseudo-file takes its value per write */
        fake.interruptions = 5;
        assert_int_equal(get_by("gramine", &got, &e), ERR_OK);
        assert_quote(got, false);
    }
    fake.short_writes = 99;
    assert_error("gramine", ERR_UNAVAILABLE, "user_report_data");
}

static void gramine_says_what_is_missing(void **state)
{
    (void)state;
    assert_error("gramine", ERR_NOT_FOUND, "not Gramine");
    fake.attestation_type = "none\n";
    assert_error("gramine", ERR_UNSUPPORTED, "sgx.remote_attestation");
    fake.attestation_type = "epid\n";
    assert_error("gramine", ERR_UNSUPPORTED, "only dcap");
    fake.attestation_type = "dcap\n";
    assert_error("gramine", ERR_NOT_FOUND, "gramine-sgx"); /* no quote file */
    fake.quote_file = true;
    fake.inject[0] = (struct fake_injection){"/quote", EACCES, 1};
    assert_error("gramine", ERR_DENIED, "manifest");
    fake.inject[0] = (struct fake_injection){"/quote", EIO, 1};
    assert_error("gramine", ERR_UNAVAILABLE, "aesmd");
    fake.inject[0] = (struct fake_injection){"/quote", 99, 1};
    assert_error("gramine", ERR_IO, "error 99");
    fake.inject[0] = (struct fake_injection){"/quote", EBUSY, 3};
    struct bytes got;
    struct err e;
    assert_int_equal(get_by("gramine", &got, &e), ERR_OK);
    assert_true(fake.slept_ms > 0);
}

/* --- EGo --- */

static void ego_gives_the_quote_inside_its_report(void **state)
{
    struct bytes got;
    struct err e;
    (void)state;
    fake.ego = true;
    assert_int_equal(get_by("ego", &got, &e), ERR_OK);
    assert_quote(got, false);
}

static void ego_is_recognised_by_its_answers_and_distrusted(void **state)
{
    (void)state;
    assert_error("ego", ERR_UNSUPPORTED, "run under ego");
    fake.ego = true;
    fake.ego_result = 0x1d;
    assert_error("ego", ERR_UNAVAILABLE, "Open Enclave says 29");
    fake.ego_result = -ENOSYS;
    assert_error("ego", ERR_UNSUPPORTED, "OE_SIMULATION");
    fake.ego_result = 0;
    fake.ego_type = 1;
    assert_error("ego", ERR_CORRUPT, "remote report");
    fake.ego_type = 2;
    fake.ego_size_extra = 1;
    assert_error("ego", ERR_CORRUPT, "remote report");
}

/* --- configfs-tsm --- */

static void tsm_gives_a_tdx_quote_cut_to_its_length(void **state)
{
    struct bytes got;
    struct err e;
    (void)state;
    be_tsm("tdx_guest\n");
    for (size_t i = 0; i < 3; i++) {
        fake.zero_tail = i * 1500;
        fake.read_chunk = i * 700;
        fake.interruptions = (int)i * 4;
        fake.short_writes = (int)i;
        assert_int_equal(get_by("tsm", &got, &e), ERR_OK);
        assert_quote(got, true);
    }
}

static void tsm_gives_an_snp_report_with_the_hosts_certificates(void **state)
{
    struct bytes got;
    struct err e;
    (void)state;
    be_tsm("sev_guest\n");
    assert_int_equal(get_by("tsm", &got, &e), ERR_OK);
    assert_snp(got, true);
    fake.with_auxblob = false;
    assert_int_equal(get_by("tsm", &got, &e), ERR_OK);
    assert_int_equal(got.len, SNP_REPORT_LEN);
    fake.with_auxblob = true;
    fake.certs.len = 0;
    assert_int_equal(get_by("tsm", &got, &e), ERR_OK);
    assert_int_equal(got.len, SNP_REPORT_LEN);
}

static void a_damaged_certificate_table_is_left_out_and_said(void **state)
{
    struct evidence *v = NULL;
    struct bytes got;
    struct err e;
    (void)state;
    be_tsm("sev_guest\n");
    assert_int_equal(open_named(&v, "tsm", &e), ERR_OK);
    assert_null(evidence_note(v));
    fake.certs.b[19] = 0xff; /* offset of the first entry */
    assert_int_equal(evidence_get(v, &arena, &got, wanted, &e), ERR_OK);
    assert_snp(got, false);
    assert_non_null(strstr(evidence_note(v), "points outside"));
    fake.certs.b[19] = 0;
    assert_int_equal(evidence_get(v, &arena, &got, wanted, &e), ERR_OK);
    assert_snp(got, true);
    assert_null(evidence_note(v));
    evidence_free(v);
}

static void tsm_asks_again_when_another_process_interferes_and_gives_up_after_a_while(void **state)
{
    struct bytes got;
    struct err e;
    struct evidence *v = NULL;
    (void)state;
    be_tsm("tdx_guest\n");
    fake.disturb = 2; /* generation moves between its two reads */
    assert_int_equal(get_by("tsm", &got, &e), ERR_OK);
    assert_quote(got, true);
    assert_int_equal(fake.disturb, 0);
    fake.disturb_early = 2; /* generation is steady, but the blob is about other data */
    assert_int_equal(get_by("tsm", &got, &e), ERR_OK);
    assert_quote(got, true);
    assert_int_equal(open_named(&v, "tsm", &e), ERR_OK);
    fake.disturb_early = 1000;
    assert_int_equal(evidence_get(v, &arena, &got, wanted, &e), ERR_CORRUPT);
    assert_non_null(strstr(e.msg, "disturbed"));
    assert_int_equal(1000 - fake.disturb_early, 6);
    fake.disturb_early = 0;
    fake.disturb = 1000;
    assert_int_equal(evidence_get(v, &arena, &got, wanted, &e), ERR_BUSY);
    evidence_free(v);
}

static void tsm_waits_while_busy_and_reports_every_other_error(void **state)
{
    static const struct {
        const char *suffix;
        int sys;
        enum err_code code;
        const char *says;
    } cases[] = {
        {"/outblob", EINVAL, ERR_IO, "size of inblob"},
        {"/outblob", ENXIO, ERR_UNAVAILABLE, "driver is gone"},
        {"/outblob", ENOTTY, ERR_UNAVAILABLE, "driver is gone"},
        {"/outblob", EFBIG, ERR_LIMIT, "update the kernel"},
        {"/outblob", EIO, ERR_UNAVAILABLE, "quote generation service"},
        {"/outblob", ETIMEDOUT, ERR_UNAVAILABLE, "in time"},
        {"/outblob", EBUSY, ERR_BUSY, "still busy"},
        {"/outblob", EAGAIN, ERR_BUSY, "still busy"},
        {"/auxblob", EIO, ERR_UNAVAILABLE, "auxblob"},
        {"/inblob", EBUSY, ERR_BUSY, "inblob"},
        {"/generation", EIO, ERR_UNAVAILABLE, "generation"},
        {"/provider", ENXIO, ERR_UNAVAILABLE, "provider"},
        {"mkdir", EACCES, ERR_DENIED, "as root"},
        {"mkdir", EROFS, ERR_DENIED, "read-only"},
        {"mkdir", EEXIST, ERR_IO, "error 17"},
    };
    struct bytes got;
    struct err e;
    (void)state;
    be_tsm("sev_guest\n");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        fake.inject[0] = (struct fake_injection){cases[i].suffix, cases[i].sys, 1000};
        assert_error("tsm", cases[i].code, cases[i].says);
        assert_false(fake.tsm_dir);
    }
    fake.slept_ms = 0;
    fake.inject[0] = (struct fake_injection){"/outblob", EBUSY, 3};
    fake.inject[1] = (struct fake_injection){"/inblob", EAGAIN, 2};
    fake.inject[2] = (struct fake_injection){"mkdir", EEXIST, 2}; /* another name */
    assert_int_equal(get_by("tsm", &got, &e), ERR_OK);
    assert_snp(got, true);
    assert_int_equal(fake.slept_ms, 10 + 20 + 40 + 10 + 20);
}

static void tsm_refuses_what_it_cannot_read(void **state)
{
    (void)state;
    assert_error("tsm", ERR_NOT_FOUND, "mount configfs");
    be_tsm("arm_cca_guest\n");
    assert_error("tsm", ERR_UNSUPPORTED, "arm_cca_guest");
    be_tsm("\n");
    assert_error("tsm", ERR_CORRUPT, "provider is empty");
    be_tsm("tdx_guest\n");
    fake.tdx.b[0] = 9;
    assert_error("tsm", ERR_CORRUPT, "own evidence");
    fake.tdx.b[0] = 4;
    fake.tdx.b[fake.tdx.len++] = 1; /* not a zero tail */
    assert_error("tsm", ERR_CORRUPT, "own evidence");
    be_tsm("sev_guest\n");
    fake.snp.len -= 1;
    assert_error("tsm", ERR_CORRUPT, "1183 bytes");
}

static void the_vmpl_is_asked_for_and_bounded(void **state)
{
    struct evidence_config c = {.kind = "tsm", .io_opt = &fake.io, .has_privlevel = true, .privlevel = 2};
    struct evidence *v = NULL;
    struct err e;
    (void)state;
    be_tsm("sev_guest\n");
    assert_int_equal(evidence_open_with(&v, &c, &e), ERR_OK);
    evidence_free(v);
    v = NULL;
    assert_int_equal(fake.privlevel, 2);
    fake.privlevel_floor = 3;
    assert_int_equal(evidence_open_with(&v, &c, &e), ERR_IO);
    assert_non_null(strstr(e.msg, "VMPL"));
    c.privlevel = 4;
    assert_int_equal(evidence_open_with(&v, &c, &e), ERR_USAGE);
    fake.snp_device = true;
    c = (struct evidence_config){
        .kind = "sev-guest", .io_opt = &fake.io, .has_privlevel = true, .privlevel = 1};
    assert_int_equal(evidence_open_with(&v, &c, &e), ERR_OK);
    assert_int_equal(fake.privlevel, 1);
    evidence_free(v);
}

/* --- devices --- */

static void the_snp_device_gives_report_and_certificates_in_one_request(void **state)
{
    struct bytes got;
    struct err e;
    (void)state;
    assert_error("sev-guest", ERR_NOT_FOUND, "not an SNP guest");
    fake.snp_device = true;
    assert_int_equal(get_by("sev-guest", &got, &e), ERR_OK);
    assert_snp(got, true);
    fake.snp_certs_wanted = 40000;
    assert_int_equal(get_by("sev-guest", &got, &e), ERR_OK);
    assert_snp(got, true);
    fake.snp_calls = fake.snp_throttled = 0;
    fake.snp_throttled = 3;
    assert_int_equal(get_by("sev-guest", &got, &e), ERR_OK);
    assert_true(fake.slept_ms > 0);
    fake.snp_throttled = 1000;
    assert_error("sev-guest", ERR_BUSY, "throttles");
    fake.snp_throttled = 0;
    fake.inject[0] = (struct fake_injection){"ioctl", ENOTTY, 1};
    assert_error("sev-guest", ERR_UNSUPPORTED, "key");
    fake.inject[0] = (struct fake_injection){"sev-guest", EACCES, 1};
    assert_error("sev-guest", ERR_DENIED, "root");
}

static void sizes_a_hostile_host_names_to_the_snp_device_are_bounded(void **state)
{
    struct bytes got;
    struct err e;
    (void)state;
    fake.snp_device = true;
    fake.snp_certs_wanted = 1u << 30;
    assert_int_equal(get_by("sev-guest", &got, &e), ERR_OK);
    assert_int_equal(got.len, SNP_REPORT_LEN); /* such a table is done without */
    fake.snp_certs_wanted = 0;
    fake.snp_lies_about_length = true;
    fake.snp_calls = 0;
    assert_error("sev-guest", ERR_IO, "error 5");
    assert_int_equal(fake.snp_calls, 3);
    fake.snp_lies_about_length = false;
    fake.snp_size = 4001;
    assert_error("sev-guest", ERR_CORRUPT, "4001 bytes");
    fake.snp_size = UINT32_MAX;
    assert_error("sev-guest", ERR_CORRUPT, "1184 expected");
    fake.snp_size = 0;
    fake.snp_status = 0x16;
    assert_error("sev-guest", ERR_UNSUPPORTED, "VMPL");
    fake.snp_status = 1;
    assert_error("sev-guest", ERR_IO, "status 0x1");
}

static void the_tdx_device_and_the_quote_service_give_a_quote(void **state)
{
    struct bytes got;
    struct err e;
    (void)state;
    assert_error("tdx-guest", ERR_NOT_FOUND, "not a TD");
    fake.tdx_device = true;
    assert_error("tdx-guest", ERR_UNAVAILABLE, "start qgs");
    fake.qgs = true;
    for (size_t i = 0; i < 3; i++) {
        fake.read_chunk = i * 500;
        fake.interruptions = (int)i * 3;
        fake.short_writes = (int)i * 2; /* a stream: continued */
        fake.qgs_id_len = (uint32_t)i * 16;
        assert_int_equal(get_by("tdx-guest", &got, &e), ERR_OK);
        assert_quote(got, true);
    }
    fake.inject[0] = (struct fake_injection){"ioctl", EBUSY, 2};
    assert_int_equal(get_by("tdx-guest", &got, &e), ERR_OK);
    fake.inject[0] = (struct fake_injection){"ioctl", EIO, 1};
    assert_error("tdx-guest", ERR_IO, "no report");
}

static void lengths_a_hostile_quote_service_names_are_bounded(void **state)
{
    (void)state;
    fake.tdx_device = fake.qgs = true;
    fake.qgs_frame_override = UINT32_MAX;
    assert_error("tdx-guest", ERR_MALFORMED, "impossible length");
    fake.qgs_frame_override = 23;
    assert_error("tdx-guest", ERR_MALFORMED, "impossible length");
    fake.qgs_frame_override = 0;
    fake.qgs_cut = 1;
    assert_error("tdx-guest", ERR_CLOSED, "complete");
    fake.qgs_cut = 0;
    fake.qgs_frame_extra = 1;
    assert_error("tdx-guest", ERR_CLOSED, "complete");
    fake.qgs_frame_extra = 0;
    fake.qgs_quote_extra = 1;
    assert_error("tdx-guest", ERR_MALFORMED, "quote generation service");
    fake.qgs_quote_extra = UINT32_MAX;
    assert_error("tdx-guest", ERR_MALFORMED, "quote generation service");
    fake.qgs_quote_extra = 0;
    fake.qgs_error = 0x12001;
    assert_error("tdx-guest", ERR_UNAVAILABLE, "0x12001");
}

/* --- certificate tables --- */

static void a_certificate_table_comes_out_as_der_without_root_and_is_stable(void **state)
{
    struct fake_blob vcek;
    struct writer once = writer_in(&arena, 16384), twice = writer_in(&arena, 16384);
    struct snp_table t;
    struct err e;
    (void)state;
    fake_load(&vcek, "snp/snp-veraison-genoa-v3-tsm/vcek.der");
    assert_int_equal(cert_table_normalise(&once, bytes_of(fake.certs.b, fake.certs.len), &arena, &e), ERR_OK);
    assert_int_equal(snp_table_read(&t, writer_bytes(&once), &e), ATTEST_VERIFIED);
    assert_true(bytes_eq(t.vcek, bytes_of(vcek.b, vcek.len)));
    assert_int_equal(t.vlek.len, 0);
    assert_int_equal(once.len, 3 * 24 + t.vcek.len + t.intermediate.len);
    assert_int_equal(cert_table_normalise(&twice, writer_bytes(&once), &arena, &e), ERR_OK);
    assert_true(bytes_eq(writer_bytes(&once), writer_bytes(&twice)));
}

static void tables_that_point_outside_repeat_or_never_end_are_refused(void **state)
{
    struct writer w = writer_in(&arena, 16384), tight = writer_in(&arena, 2000);
    struct bytes table = bytes_of(fake.certs.b, fake.certs.len);
    struct err e;
    (void)state;
    assert_int_equal(cert_table_normalise(&tight, table, &arena, &e), ERR_LIMIT);
    assert_int_equal(tight.len, 0);
    assert_int_equal(cert_table_normalise(&w, bytes_of(table.p, 80), &arena, &e), ERR_MALFORMED);
    assert_int_equal(cert_table_normalise(&w, bytes_of(table.p, table.len - 1), &arena, &e), ERR_MALFORMED);
    memcpy(fake.certs.b, fake.certs.b + 24, 16); /* the intermediate twice */
    assert_int_equal(cert_table_normalise(&w, table, &arena, &e), ERR_MALFORMED);
    assert_non_null(strstr(e.msg, "twice"));
    memset(fake.certs.b, 1, fake.certs.len);
    for (size_t i = 0; i < 20; i++) {
        store_u32le(fake.certs.b + i * 24 + 16, 0);
        store_u32le(fake.certs.b + i * 24 + 20, 0);
    }
    assert_int_equal(cert_table_normalise(&w, table, &arena, &e), ERR_MALFORMED);
    assert_non_null(strstr(e.msg, "more than 16"));
    assert_int_equal(w.len, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(hardware_is_found_in_the_documented_order_and_simulated_never),
        TEST(hardware_that_fails_is_an_error_and_no_reason_to_try_the_next),
        TEST(the_own_measurement_has_the_form_of_its_kind),
        TEST(gramine_quotes_the_report_data_whatever_the_reads_and_writes_give),
        TEST(gramine_says_what_is_missing),
        TEST(ego_gives_the_quote_inside_its_report),
        TEST(ego_is_recognised_by_its_answers_and_distrusted),
        TEST(tsm_gives_a_tdx_quote_cut_to_its_length),
        TEST(tsm_gives_an_snp_report_with_the_hosts_certificates),
        TEST(a_damaged_certificate_table_is_left_out_and_said),
        TEST(tsm_asks_again_when_another_process_interferes_and_gives_up_after_a_while),
        TEST(tsm_waits_while_busy_and_reports_every_other_error),
        TEST(tsm_refuses_what_it_cannot_read),
        TEST(the_vmpl_is_asked_for_and_bounded),
        TEST(the_snp_device_gives_report_and_certificates_in_one_request),
        TEST(sizes_a_hostile_host_names_to_the_snp_device_are_bounded),
        TEST(the_tdx_device_and_the_quote_service_give_a_quote),
        TEST(lengths_a_hostile_quote_service_names_are_bounded),
        TEST(a_certificate_table_comes_out_as_der_without_root_and_is_stable),
        TEST(tables_that_point_outside_repeat_or_never_end_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
