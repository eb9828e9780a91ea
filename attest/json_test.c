/* attest/json_test.c — the strict reader, and the documents that no vendor signs: refused by the readers
 * themselves, before anybody asks who signed them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/collateral_test.h"
#include "attest/date.h"
#include "attest/endorsed.h"
#include "attest/json.h"
#include "attest/tcb.h"
#include "base/writer.h"

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, &arena_heap, 64 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

/* --- the reader --- */

static bool skips(const char *text)
{
    struct attest_json j = attest_json_of(bytes_of_str(text));
    struct err e;
    (void)attest_json_skip(&j);
    return attest_json_end(&j, "text", &e) == ERR_OK;
}

static void well_formed_values_are_skipped_and_others_refused(void **state)
{
    static const char *const good[] = {
        "{}",
        "[]",
        " [ ] ",
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1.5e+10",
        "-12.25E-3",
        "\"\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\ud83d\\ude00\"",
        "\"\xc3\xa9\xf0\x9f\x98\x80\"",
        "{\"a\":1,\"b\":[1,{\"a\":2}],\"A\":null}",
        "[[[[[[[[]]]]]]]]",
        "\t{\r\n\"a\" : 1 , \"b\":\n2}\n",
    };
    static const char *const bad[] = {
        "",
        " ",
        "{",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1,\"a\":1}",
        "{\"x\":{\"a\":1,\"b\":2,\"a\":3}}",
        "{\"a\\u0062\":1}",
        "nul",
        "True",
        "01",
        "-",
        "-01",
        "1.",
        ".5",
        "1e",
        "1e+",
        "+1",
        "0x1",
        "NaN",
        "\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "\"\\u0000\"",
        "\"\n\"",
        "\"\x01\"",
        "\"\xff\"",
        "\"\xc0\xaf\"",
        "\"\xed\xa0\x80\"",
        "\"\xf4\x90\x80\x80\"",
        "{} {}",
        "1 1",
        "[1]]",
        "[}",
        "{]",
        "[[[[[[[[[]]]]]]]]]",
        "// c\n1",
        "'a'",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        if (!skips(good[i]))
            fail_msg("refused: %s", good[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (skips(bad[i]))
            fail_msg("accepted: %s", bad[i]);
    }
}

static void a_skipped_value_is_the_slice_of_its_text(void **state)
{
    struct attest_json j = attest_json_of(BYTES_LIT("{ \"a\" : { \"b\" : [1, 2 ] } , \"c\":  \"d\\n\"  }"));
    struct bytes name;
    struct err e;
    (void)state;
    attest_json_enter_object(&j);
    assert_true(attest_json_member(&j, &name) && bytes_eq(name, BYTES_LIT("a")));
    assert_true(bytes_eq(attest_json_skip(&j), BYTES_LIT("{ \"b\" : [1, 2 ] }")));
    assert_true(attest_json_member(&j, &name) && bytes_eq(name, BYTES_LIT("c")));
    assert_true(bytes_eq(attest_json_skip(&j), BYTES_LIT("\"d\\n\"")));
    assert_false(attest_json_member(&j, &name));
    assert_int_equal(attest_json_end(&j, "text", &e), ERR_OK);
}

static bool reads_uint(const char *text, uint64_t max, uint64_t *out)
{
    struct attest_json j = attest_json_of(bytes_of_str(text));
    struct err e;
    *out = attest_json_uint(&j, max);
    return attest_json_end(&j, "number", &e) == ERR_OK;
}

static void integers_have_one_spelling_and_a_range(void **state)
{
    static const char *const bad[] = {"256",   "-1",   "-0",  "1e2", "1E0", "1.0", "00",  "01",   "+1", "",
                                      "\"1\"", "null", "1 2", "0x1", "1_0", "1.",  "999", "2560", "[1]"};
    uint64_t v;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (reads_uint(bad[i], 255, &v))
            fail_msg("accepted: %s", bad[i]);
    }
    assert_true(reads_uint("0", 0, &v) && v == 0);
    assert_true(reads_uint(" 255 ", 255, &v) && v == 255);
    assert_false(reads_uint("1", 0, &v));
    assert_true(reads_uint("18446744073709551615", UINT64_MAX, &v) && v == UINT64_MAX);
    assert_false(reads_uint("18446744073709551616", UINT64_MAX, &v));
    assert_false(reads_uint("99999999999999999999", UINT64_MAX, &v));
    assert_true(reads_uint("4294967295", UINT32_MAX, &v) && v == UINT32_MAX);
    assert_false(reads_uint("4294967296", UINT32_MAX, &v));
}

static void strings_and_names_that_are_read_have_no_escapes(void **state)
{
    struct attest_json j = attest_json_of(BYTES_LIT("\"a\\u0062\""));
    struct err e;
    uint8_t out[2];
    (void)state;
    assert_int_equal(attest_json_string(&j).len, 0);
    assert_int_equal(attest_json_end(&j, "string", &e), ERR_MALFORMED);
    static const char *const bad_hex[] = {"\"0x12\"", "\"123\"", "\"12345\"",    "\"12g4\"",
                                          "\"\"",     "1234",    "\"12\\u0033\""};
    for (size_t i = 0; i < ARRAY_LEN(bad_hex); i++) {
        j = attest_json_of(bytes_of_str(bad_hex[i]));
        attest_json_hex(&j, out, 2);
        assert_int_equal(attest_json_end(&j, "hex", &e), ERR_MALFORMED);
    }
    j = attest_json_of(BYTES_LIT("\"aBcD\""));
    attest_json_hex(&j, out, 2);
    assert_int_equal(attest_json_end(&j, "hex", &e), ERR_OK);
    assert_true(out[0] == 0xab && out[1] == 0xcd);
}

static void objects_and_texts_have_a_largest_size(void **state)
{
    struct err e;
    (void)state;
    for (int members = JSON_MEMBERS_MAX; members <= JSON_MEMBERS_MAX + 1; members++) {
        struct writer w = writer_in(&arena, 1 << 16);
        for (int i = 0; i < members; i++)
            put_fmt(&w, "%s\"m%d\":0", i == 0 ? "{" : ",", i);
        put_text(&w, "}");
        struct attest_json j = attest_json_of(writer_bytes(&w));
        (void)attest_json_skip(&j);
        assert_int_equal(attest_json_end(&j, "text", &e),
                         members == JSON_MEMBERS_MAX ? ERR_OK : ERR_MALFORMED);
    }
    uint8_t *blank = arena_alloc(&arena, JSON_TEXT_MAX + 1);
    memset(blank, ' ', JSON_TEXT_MAX + 1);
    blank[0] = '1';
    for (size_t len = JSON_TEXT_MAX; len <= JSON_TEXT_MAX + 1; len++) {
        struct attest_json j = attest_json_of(bytes_of(blank, len));
        (void)attest_json_skip(&j);
        assert_int_equal(attest_json_end(&j, "text", &e), len == JSON_TEXT_MAX ? ERR_OK : ERR_MALFORMED);
    }
}

static void dates_of_documents_are_those_of_the_calendar(void **state)
{
    static const char *const bad[] = {
        "",
        "2025-06-19",
        "2025-06-19T10:56:11",
        "2025-06-19T10:56:11z",
        "2025-06-19 10:56:11Z",
        "2025-06-19T10:56:11.0Z",
        "2025-06-19T10:56:11+00:00",
        "2025-6-19T10:56:11Z",
        "2025-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2025-13-01T00:00:00Z",
        "2025-00-01T00:00:00Z",
        "2025-04-31T00:00:00Z",
        "2025-04-00T00:00:00Z",
        "2025-06-19T24:00:00Z",
        "2025-06-19T10:60:00Z",
        "2025-06-19T10:56:60Z",
        "1969-12-31T23:59:59Z",
        "2025-06-19T10:56:11ZZ",
    };
    uint64_t t = 7;
    struct err e;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(date_read(&t, bytes_of_str(bad[i]), &e), ERR_MALFORMED);
    assert_int_equal(t, 7);
    assert_int_equal(date_read(&t, BYTES_LIT("1970-01-01T00:00:00Z"), &e), ERR_OK);
    assert_int_equal(t, 0);
    assert_int_equal(date_read(&t, BYTES_LIT("2024-02-29T23:59:59Z"), &e), ERR_OK);
    assert_int_equal(t, 1709251199);
    assert_int_equal(date_read(&t, BYTES_LIT("9999-12-31T23:59:59Z"), &e), ERR_OK);
    assert_int_equal(t, 253402300799);
}

/* --- documents --- */

static struct bytes replaced(struct bytes text, const char *from, const char *to)
{
    const uint8_t *at = memmem(text.p, text.len, from, strlen(from));
    struct writer w = writer_in(&arena, 1 << 20);
    if (at == NULL)
        fail_msg("no %s", from);
    size_t before = (size_t)(at - text.p);
    put_bytes(&w, bytes_of(text.p, before));
    put_text(&w, to);
    put_bytes(&w, bytes_from(text, before + strlen(from)));
    return writer_bytes(&w);
}

#define COMPONENT "{\"svn\":1}"
#define FIFTEEN                                                                                   \
    COMPONENT "," COMPONENT "," COMPONENT "," COMPONENT "," COMPONENT "," COMPONENT "," COMPONENT \
              "," COMPONENT "," COMPONENT "," COMPONENT "," COMPONENT "," COMPONENT "," COMPONENT \
              "," COMPONENT "," COMPONENT
#define LEVEL_OF(components, status)                                                                       \
    "{\"tcb\":{\"sgxtcbcomponents\":[" components "],\"pcesvn\":11},\"tcbDate\":\"2024-03-13T00:00:00Z\"," \
    "\"tcbStatus\":\"" status "\",\"advisoryIDs\":[\"INTEL-SA-00615\"]}"
#define LEVEL LEVEL_OF(FIFTEEN ",{\"svn\":255}", "UpToDate")
static const char sgx_document[] =
    "{\"id\":\"SGX\",\"version\":3,\"issueDate\":\"2025-06-19T10:56:11Z\",\"nextUpdate\":"
    "\"2025-07-19T10:56:11Z\",\"fmspc\":\"00A067110000\",\"pceId\":\"0000\",\"tcbType\":0,"
    "\"tcbEvaluationDataNumber\":17,\"tcbLevels\":[" LEVEL "]}";

static enum attest_class reads_tcb_info(struct bytes text)
{
    struct tcb_info t;
    struct err e;
    return tcb_info_read(&t, &arena, text, &e);
}

struct change {
    const char *from, *to;
};

static void refused(struct bytes good, const struct change *changes, size_t count,
                    enum attest_class (*read)(struct bytes), enum attest_class want)
{
    assert_int_equal(read(good), ATTEST_VERIFIED);
    for (size_t i = 0; i < count; i++) {
        enum attest_class got = read(replaced(good, changes[i].from, changes[i].to));
        if (got != want)
            fail_msg("%s: %s", changes[i].to, attest_class_name(got));
    }
}

static void tcb_info_that_is_not_exactly_right_is_refused(void **state)
{
    static const struct change changes[] = {
        {COMPONENT "," COMPONENT, COMPONENT},                             /* 15 components */
        {COMPONENT "," COMPONENT, COMPONENT "," COMPONENT "," COMPONENT}, /* 17 */
        {"[" FIFTEEN ",{\"svn\":255}]", "[]"},
        {"[" FIFTEEN ",{\"svn\":255}]", "{}"},
        {"{\"svn\":255}", "{\"svn\":256}"},
        {"{\"svn\":255}", "{\"svn\":-1}"},
        {"{\"svn\":255}", "{\"svn\":1e2}"},
        {"{\"svn\":255}", "{\"svn\":1.0}"},
        {"{\"svn\":255}", "{\"svn\":\"1\"}"},
        {"{\"svn\":255}", "{\"svn\":007}"},
        {"{\"svn\":255}", "{\"svn\":null}"},
        {"{\"svn\":255}", "{\"svn\":1,\"svn\":2}"},
        {"{\"svn\":255}", "{\"category\":\"BIOS\"}"},
        {"{\"svn\":255}", "255"},
        {"\"pcesvn\":11", "\"pcesvn\":65536"},
        {"\"pcesvn\":11", "\"pcesvn\":11,\"pcesvn\":11"},
        {",\"pcesvn\":11", ""},
        {"\"UpToDate\"", "\"uptodate\""},
        {"\"UpToDate\"", "\"UpToDate \""},
        {"\"UpToDate\"", "\"\""},
        {"\"UpToDate\"", "\"NotEvaluated\""},
        {"\"UpToDate\"", "\"TDRelaunchAdvised\""},
        {"\"UpToDate\"", "\"Up\\u0054oDate\""},
        {"\"UpToDate\"", "0"},
        {"\"tcbStatus\":\"UpToDate\",", ""},
        {"\"tcbStatus\":\"UpToDate\"", "\"tcbStatus\":\"OutOfDate\",\"tcbStatus\":\"UpToDate\""},
        {"\"tcbDate\":\"2024-03-13T00:00:00Z\",", ""},
        {"2024-03-13T00:00:00Z", "2024-03-13"},
        {"[\"INTEL-SA-00615\"]", "\"INTEL-SA-00615\""},
        {"[\"INTEL-SA-00615\"]", "[\"\"]"},
        {"[\"INTEL-SA-00615\"]", "[615]"},
        {"[\"INTEL-SA-00615\"]", "[\"INTEL-SA-00615\",]"},
        {"[" LEVEL "]", "[]"},
        {"[" LEVEL "]", "[" LEVEL "," LEVEL "]"},
        {"[" LEVEL "]", "null"},
        {"\"id\":\"SGX\"", "\"id\":\"QE\""},
        {"\"id\":\"SGX\",", ""},
        {"\"id\":\"SGX\"", "\"id\":\"TDX\""}, /* without its module */
        {"\"version\":3", "\"version\":2"},   /* which has no id */
        {"\"version\":3", "\"version\":1"},
        {"\"version\":3", "\"version\":4"},
        {"\"version\":3", "\"version\":259"},
        {"\"version\":3", "\"version\":\"3\""},
        {"\"tcbType\":0", "\"tcbType\":1"},
        {"\"tcbType\":0,", ""},
        {"00A067110000", "00A0671100"},
        {"00A067110000", "00A06711000000"},
        {"00A067110000", "00A06711000G"},
        {"\"pceId\":\"0000\"", "\"pceId\":0"},
        {"2025-06-19T10:56:11Z", "2025-07-20T10:56:11Z"}, /* ends before it begins */
        {"\"tcbEvaluationDataNumber\":17", "\"tcbEvaluationDataNumber\":4294967296"},
        {"\"tcbEvaluationDataNumber\":17,", ""},
        {"\"pceId\"", "\"fmspc\":\"00A067110000\",\"pceId\""},
        {"\"pceId\"", "\"x\":[[[[[[[[]]]]]]]],\"pceId\""},
        {"\"pceId\"", "\"x\":1,\"x\":2,\"pceId\""},
    };
    (void)state;
    refused(bytes_of(sgx_document, sizeof sgx_document - 1), changes, ARRAY_LEN(changes), reads_tcb_info,
            ATTEST_TCB_INFO_FORMAT);
    assert_int_equal(reads_tcb_info(BYTES_EMPTY), ATTEST_TCB_INFO_FORMAT);
    assert_int_equal(reads_tcb_info(BYTES_LIT("[]")), ATTEST_TCB_INFO_FORMAT);
    assert_int_equal(reads_tcb_info(bytes_of(sgx_document, sizeof sgx_document)), ATTEST_TCB_INFO_FORMAT);
}

static void unknown_members_and_another_order_change_nothing(void **state)
{
    struct bytes text = bytes_of(sgx_document, sizeof sgx_document - 1);
    struct tcb_info t;
    struct err e;
    (void)state;
    text = replaced(text, "\"id\":\"SGX\",\"version\":3,", "");
    text = replaced(text, "17,\"tcbLevels\":", "17,\"new\":{\"a\":[\"\\n\",-1.5e3]},\"tcbLevels\":");
    text = replaced(text, "}]}", "}],\"version\":3,\"id\":\"SGX\"}");
    text = replaced(text, "\"pcesvn\":11}", "\"other\":0,\"pcesvn\":11}");
    assert_int_equal(tcb_info_read(&t, &arena, text, &e), ATTEST_VERIFIED);
    assert_true(t.version == 3 && !t.tdx && t.level_count == 1 && t.levels[0].sgx[15] == 255);
}

static void levels_are_bounded_and_keep_the_order_of_the_document(void **state)
{
    struct bytes good = bytes_of(sgx_document, sizeof sgx_document - 1);
    (void)state;
    for (uint32_t count = TCB_LEVELS_MAX; count <= TCB_LEVELS_MAX + 1; count++) {
        struct writer w = writer_in(&arena, 1 << 20);
        struct tcb_info t;
        struct err e;
        for (uint32_t i = 0; i < count; i++) {
            put_text(&w, i == 0 ? "[" : ",");
            put_text(&w, "{\"tcb\":{\"sgxtcbcomponents\":[" FIFTEEN ",");
            put_fmt(&w, "{\"svn\":%u}", i * 7 % 256); /* neither ascending nor descending */
            put_text(&w, "],\"pcesvn\":1},\"tcbDate\":\"2024-03-13T00:00:00Z\",\"tcbStatus\":\"Revoked\"}");
        }
        put_text(&w, "]");
        put_u8(&w, 0);
        struct bytes text = replaced(good, "[" LEVEL "]", (const char *)writer_bytes(&w).p);
        enum attest_class got = tcb_info_read(&t, &arena, text, &e);
        assert_int_equal(got, count <= TCB_LEVELS_MAX ? ATTEST_VERIFIED : ATTEST_TCB_INFO_FORMAT);
        for (uint32_t i = 0; got == ATTEST_VERIFIED && i < count; i++)
            assert_int_equal(t.levels[i].sgx[15], i * 7 % 256);
    }
    for (uint32_t count = TCB_ADVISORIES_MAX; count <= TCB_ADVISORIES_MAX + 1; count++) {
        struct writer w = writer_in(&arena, 1 << 20);
        for (uint32_t i = 0; i < count; i++)
            put_fmt(&w, "%s\"SA-%u\"", i == 0 ? "[" : ",", i);
        put_text(&w, "]");
        put_u8(&w, 0);
        assert_int_equal(
            reads_tcb_info(replaced(good, "[\"INTEL-SA-00615\"]", (const char *)writer_bytes(&w).p)),
            count == TCB_ADVISORIES_MAX ? ATTEST_VERIFIED : ATTEST_TCB_INFO_FORMAT);
    }
}

static void tdx_documents_have_whole_modules(void **state)
{
    static const struct change changes[] = {
        {"\"tdxModule\":", "\"tdxmodule\":"},
        {"\"attributesMask\":", "\"attributesmask\":"},
        {"TDX_03", "TDX_3"},
        {"TDX_03", "TDX_0G"},
        {"TDX_03", "tdx_03"},
        {"TDX_03", "TDX_01"},
        {"\"id\":\"TDX_03\",", ""},
        {"{\"isvsvn\":", "{\"isvsvn\":65536,\"x\":"},
        {"{\"isvsvn\":", "{\"x\":"},
        {"\"tdxtcbcomponents\":[", "\"tdxtcbcomponents\":[{\"svn\":1},"},
        {"\"tdxtcbcomponents\":", "\"x\":"},
        {"\"tdxModuleIdentities\":[", "\"tdxModuleIdentities\":[],\"x\":["},
    };
    const struct attest_collateral c =
        vector_collateral(&arena, "tdx/tdx-google-cos113-ccel/collateral-2026-06-12-e21-v3.json", NULL);
    struct tcb_info t;
    struct err e;
    (void)state;
    refused(c.tcb_info, changes, ARRAY_LEN(changes), reads_tcb_info, ATTEST_TCB_INFO_FORMAT);
    /* the status of a module is one of three */
    const uint8_t *from = memmem(c.tcb_info.p, c.tcb_info.len, "tdxModuleIdentities", 19);
    struct bytes head = bytes_of(c.tcb_info.p, (size_t)(from - c.tcb_info.p));
    struct bytes rest = replaced(bytes_from(c.tcb_info, head.len), "\"UpToDate\"", "\"SWHardeningNeeded\"");
    struct writer w = writer_in(&arena, 1 << 20);
    put_bytes(&w, head);
    put_bytes(&w, rest);
    assert_int_equal(reads_tcb_info(writer_bytes(&w)), ATTEST_TCB_INFO_FORMAT);
    assert_int_equal(tcb_info_read(&t, &arena, replaced(c.tcb_info, "TDX_03", "TDX_aF"), &e),
                     ATTEST_VERIFIED);
    bool found = false;
    for (uint32_t i = 0; i < t.module_count; i++)
        found = found || t.modules[i].major == 0xaf;
    assert_true(found);
}

static enum attest_class reads_qe_identity(struct bytes text)
{
    struct qe_identity q;
    struct err e;
    return qe_identity_read(&q, &arena, text, &e);
}

static void qe_identities_that_are_not_exactly_right_are_refused(void **state)
{
    static const struct change changes[] = {
        {"\"id\":\"QE\"", "\"id\":\"QVE\""},
        {"\"id\":\"QE\"", "\"id\":\"SGX\""},
        {"\"version\":2", "\"version\":1"},
        {"\"version\":2", "\"version\":3"},
        {"\"miscselect\":\"00000000\"", "\"miscselect\":\"000000\""},
        {"\"miscselect\":", "\"x\":"},
        {"\"miscselectMask\":", "\"x\":"},
        {"\"attributes\":", "\"x\":"},
        {"\"attributesMask\":", "\"x\":"},
        {"\"mrsigner\":\"8C", "\"mrsigner\":\""},
        {"\"mrsigner\":", "\"x\":"},
        {"\"isvprodid\":1", "\"isvprodid\":65536"},
        {"\"isvprodid\":1", "\"isvprodid\":-1"},
        {"\"isvprodid\":1", "\"isvprodid\":1,\"isvprodid\":2"},
        {"\"isvsvn\":8", "\"isvsvn\":6"}, /* a second level for 6 */
        {"\"isvsvn\":8", "\"isvsvn\":8.0"},
        {"\"UpToDate\"", "\"ConfigurationNeeded\""},
        {"\"UpToDate\"", "\"Unknown\""},
        {"\"nextUpdate\":", "\"nextupdate\":"},
    };
    const struct attest_collateral c =
        vector_collateral(&arena, "sgx/sgx-phala-a067-processor-ca/collateral-2025-06-19-e17-v3.json", NULL);
    (void)state;
    refused(c.qe_identity, changes, ARRAY_LEN(changes), reads_qe_identity, ATTEST_QE_IDENTITY_FORMAT);
    assert_int_equal(reads_qe_identity(c.tcb_info), ATTEST_QE_IDENTITY_FORMAT);
}

static void second_version_documents_have_all_sixteen_members(void **state)
{
    static const struct change changes[] = {
        {"\"sgxtcbcomp16svn\":", "\"sgxtcbcomp17svn\":"},
        {"\"sgxtcbcomp01svn\":", "\"x\":"},
        {"\"sgxtcbcomp01svn\":", "\"sgxtcbcomp01svn\":256,\"x\":"},
        {"\"pcesvn\":", "\"x\":"},
        {"\"version\":2", "\"version\":3"},
        {"\"version\":2", "\"version\":3,\"id\":\"SGX\""},
        {"\"version\":2", "\"version\":2,\"id\":\"TDX\""},
    };
    const struct attest_collateral c =
        vector_collateral(&arena, "sgx/sgx-azure-00906e-release/collateral-2025-05-27-e17-v2.json", NULL);
    (void)state;
    refused(c.tcb_info, changes, ARRAY_LEN(changes), reads_tcb_info, ATTEST_TCB_INFO_FORMAT);
}

/* Levels with as many advisories as are allowed, each as short as can be. */
static void put_levels(struct writer *w, int levels)
{
    for (int i = 0; i < levels; i++) {
        put_fmt(w,
                "%s{\"tcb\":{\"isvsvn\":%d},\"tcbDate\":\"2024-03-13T00:00:00Z\",\"tcbStatus\":\"Revoked\"",
                i == 0 ? "[" : ",", i);
        for (int k = 0; k < TCB_ADVISORIES_MAX; k++)
            put_text(w, k == 0 ? ",\"advisoryIDs\":[\"a\"" : ",\"a\"");
        put_text(w, "]}");
    }
    put_text(w, "]");
}

static void the_most_that_a_document_can_hold_fits_into_half_the_arena_asked_for(void **state)
{
    const struct attest_collateral c =
        vector_collateral(&arena, "tdx/tdx-near-mpc-2026/collateral-2026-08-13-e20-v3.json", NULL);
    const uint8_t *modules = memmem(c.tcb_info.p, c.tcb_info.len, "\"tdxModuleIdentities\":[", 23);
    struct writer w = writer_in(&arena, 1 << 20);
    struct arena a;
    struct tcb_info t;
    struct err e;
    (void)state;
    assert_non_null(modules);
    size_t head = (size_t)(modules - c.tcb_info.p) + 23;
    put_bytes(&w, bytes_of(c.tcb_info.p, head));
    for (int i = 4; i < 6; i++) {
        put_fmt(&w, "{\"id\":\"TDX_0%d\",\"attributes\":\"0000000000000000\",\"mrsigner\":\"", i);
        for (int k = 0; k < 96; k++)
            put_text(&w, "0");
        put_text(&w, "\",\"attributesMask\":\"0000000000000000\",\"tcbLevels\":");
        put_levels(&w, TCB_LEVELS_MAX);
        put_text(&w, "},");
    }
    put_bytes(&w, bytes_from(c.tcb_info, head));
    assert_true(w.len > JSON_TEXT_MAX / 4 * 3 && w.len <= JSON_TEXT_MAX);
    arena_init(&a, &arena_heap, ATTEST_ENDORSE_ARENA / 2); /* aborts when it is not enough */
    assert_int_equal(tcb_info_read(&t, &a, writer_bytes(&w), &e), ATTEST_VERIFIED);
    assert_true(t.module_count == 4 && t.modules[1].levels[63].verdict.advisory_count == 64);
    arena_fini(&a);
}

/* --- statuses --- */

static void statuses_have_one_name_and_one_rank(void **state)
{
    static const struct {
        const char *name;
        uint8_t rank;
    } all[] = {{"UpToDate", 0},
               {"SWHardeningNeeded", 1},
               {"ConfigurationNeeded", 2},
               {"ConfigurationAndSWHardeningNeeded", 2},
               {"OutOfDate", 3},
               {"OutOfDateConfigurationNeeded", 4},
               {"TDRelaunchAdvised", 3},
               {"TDRelaunchAdvisedConfigurationNeeded", 3},
               {"Revoked", 255}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        enum attest_tcb s = attest_tcb_from_name(bytes_of_str(all[i].name));
        assert_int_equal(s, ATTEST_TCB_UP_TO_DATE + (int)i);
        assert_string_equal(attest_tcb_name(s), all[i].name);
        assert_int_equal(attest_tcb_rank(s), all[i].rank);
    }
    assert_int_equal(attest_tcb_from_name(BYTES_LIT("NotEvaluated")), ATTEST_TCB_NOT_EVALUATED);
    assert_int_equal(attest_tcb_from_name(BYTES_EMPTY), ATTEST_TCB_NOT_EVALUATED);
    assert_string_equal(attest_tcb_name(ATTEST_TCB_NOT_EVALUATED), "NotEvaluated");
    assert_int_equal(attest_tcb_rank(ATTEST_TCB_NOT_EVALUATED), 255);
}

static void statuses_converge_as_the_table_says(void **state)
{
    enum {
        UP = ATTEST_TCB_UP_TO_DATE,
        SW = ATTEST_TCB_SW_HARDENING_NEEDED,
        CONF = ATTEST_TCB_CONFIGURATION_NEEDED,
        BOTH = ATTEST_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
        OLD = ATTEST_TCB_OUT_OF_DATE,
        OLD_CONF = ATTEST_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
        REVOKED = ATTEST_TCB_REVOKED,
        NONE = ATTEST_TCB_NOT_EVALUATED
    };
    static const int platform[7] = {UP, SW, CONF, BOTH, OLD, OLD_CONF, REVOKED};
    static const int with_old[7] = {OLD, OLD, OLD_CONF, OLD_CONF, OLD, OLD_CONF, REVOKED};
    static const int module[4] = {NONE, UP, OLD, REVOKED};
    (void)state;
    for (int p = 0; p < 7; p++) {
        for (int qe = 1; qe < 4; qe++) {
            for (int m = 0; m < 4; m++) {
                int want = qe == 3 || m == 3 ? (int)REVOKED : qe == 2 || m == 2 ? with_old[p] : platform[p];
                assert_int_equal(attest_tcb_converge((enum attest_tcb)platform[p],
                                                     (enum attest_tcb)module[qe], (enum attest_tcb)module[m]),
                                 want);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_values_are_skipped_and_others_refused),
        cmocka_unit_test(a_skipped_value_is_the_slice_of_its_text),
        cmocka_unit_test(integers_have_one_spelling_and_a_range),
        cmocka_unit_test(strings_and_names_that_are_read_have_no_escapes),
        cmocka_unit_test(objects_and_texts_have_a_largest_size),
        cmocka_unit_test(dates_of_documents_are_those_of_the_calendar),
        cmocka_unit_test(tcb_info_that_is_not_exactly_right_is_refused),
        cmocka_unit_test(unknown_members_and_another_order_change_nothing),
        cmocka_unit_test(levels_are_bounded_and_keep_the_order_of_the_document),
        cmocka_unit_test(tdx_documents_have_whole_modules),
        cmocka_unit_test(qe_identities_that_are_not_exactly_right_are_refused),
        cmocka_unit_test(second_version_documents_have_all_sixteen_members),
        cmocka_unit_test(the_most_that_a_document_can_hold_fits_into_half_the_arena_asked_for),
        cmocka_unit_test(statuses_have_one_name_and_one_rank),
        cmocka_unit_test(statuses_converge_as_the_table_says),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, setup, teardown);
}
