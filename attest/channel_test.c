/* attest/channel_test.c — the messages of docs/formats/entry-channel.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/channel.h"
#include "base/hex.h"

#define X32 "0123456789abcdef0123456789abcdef"

static const struct channel_message samples[] = {
    {CHANNEL_HELLO,
     {.hello = {.subject = {.genesis = {X32}, .work_type = 1, .work_id = 2, .cluster = 3, .version = 4},
                .nonce_block = 5,
                .nonce = {X32}}}},
    {CHANNEL_ATTEST,
     {.attest = {.deploy_key = X32,
                 .exchange_key = X32,
                 .state = CHANNEL_STATE_RUNNING,
                 .start_evidence = {(const uint8_t *)"start", 5},
                 .channel_evidence = {(const uint8_t *)"channel", 7}}}},
    {CHANNEL_RELEASE, {.release = {.sealed = {(const uint8_t *)"sealed", 6}}}},
    {CHANNEL_STARTED, {.started = {.pid = 77}}},
    {CHANNEL_TICK, {.tick = {.block = 88}}},
    {CHANNEL_CLOSE_PERIOD,
     {.close_period = {.first_block = 9, .length = 10, .address = {(const uint8_t *)"a", 1}}}},
    {CHANNEL_PERIOD,
     {.period = {.first_block = 9,
                 .proof = {(const uint8_t *)"p", 1},
                 .log_file = {(const uint8_t *)"l", 1},
                 .usage_file = {(const uint8_t *)"u", 1}}}},
    {CHANNEL_STOP, {.stop = {.grace_s = 30}}},
    {CHANNEL_EXITED, {.exited = {.by_signal = true, .code = 9}}},
    {CHANNEL_LOG, {.log = {.seq = 1, .stream = 2, .text = {(const uint8_t *)"t", 1}}}},
    {CHANNEL_BYE, {.hello = {{{{0}}, 0, 0, 0, 0}, 0, {{0}}}}},
    {CHANNEL_ASK_EVIDENCE, {.ask_evidence = {.purpose = ATTEST_PURPOSE_CHALLENGE, .nonce = {X32}}}},
    {CHANNEL_EVIDENCE,
     {.evidence = {.purpose = ATTEST_PURPOSE_START, .nonce = {X32}, .evidence = {(const uint8_t *)"q", 1}}}},
};

static struct bytes written(uint8_t *mem, size_t cap, const struct channel_message *m)
{
    struct writer w = writer_fixed(mem, cap);
    channel_write(&w, m);
    assert_true(writer_ok(&w));
    return writer_bytes(&w);
}

static void each_message_reads_back_and_no_prefix_of_it_does(void **state)
{
    (void)state;
    assert_int_equal(ARRAY_LEN(samples), CHANNEL_TYPE_LAST);
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        uint8_t one[512], two[512];
        struct channel_message m;
        struct err e;
        struct bytes b = written(one, sizeof one, &samples[i]);
        assert_int_equal(b.p[0], i + 1);
        assert_int_equal(channel_read(&m, b, &e), ERR_OK);
        assert_true(bytes_eq(written(two, sizeof two, &m), b));
        for (size_t len = 0; len < b.len; len++)
            assert_int_equal(channel_read(&m, bytes_of(one, len), &e), ERR_MALFORMED);
        one[b.len] = 0;
        assert_int_equal(channel_read(&m, bytes_of(one, b.len + 1), &e), ERR_MALFORMED);
    }
}

static void layouts_are_as_documented(void **state)
{
    uint8_t mem[512];
    char hex[1025];
    (void)state;
    hex_encode(hex, written(mem, sizeof mem, &samples[5]));
    assert_string_equal(hex, "0609000000000000000a000000"
                             "0100000061");
    hex_encode(hex, written(mem, sizeof mem, &samples[8]));
    assert_string_equal(hex, "090109");
    hex_encode(hex, written(mem, sizeof mem, &samples[2]));
    assert_string_equal(hex, "03060000007365616c6564");
    assert_int_equal(written(mem, sizeof mem, &samples[0]).len, 1 + 1 + 32 + 1 + 8 + 8 + 8 + 4 + 32);
}

static void bounds_are_kept(void **state)
{
    static uint8_t big[CHANNEL_CONFIG_MAX + 64];
    struct channel_message m = {.type = CHANNEL_RELEASE, .u.release.sealed = {big, CHANNEL_CONFIG_MAX}}, out;
    static uint8_t mem[CHANNEL_CONFIG_MAX + 128];
    struct err e;
    (void)state;
    assert_int_equal(channel_read(&out, written(mem, sizeof mem, &m), &e), ERR_OK);
    m.u.release.sealed.len++;
    assert_int_equal(channel_read(&out, written(mem, sizeof mem, &m), &e), ERR_MALFORMED);
    m = (struct channel_message){.type = CHANNEL_STOP, .u.stop.grace_s = CHANNEL_GRACE_MAX_S + 1};
    assert_int_equal(channel_read(&out, written(mem, sizeof mem, &m), &e), ERR_MALFORMED);
    m = (struct channel_message){.type = CHANNEL_LOG, .u.log = {.stream = 3}};
    assert_int_equal(channel_read(&out, written(mem, sizeof mem, &m), &e), ERR_MALFORMED);
    m = (struct channel_message){.type = CHANNEL_ASK_EVIDENCE,
                                 .u.ask_evidence.purpose = ATTEST_PURPOSE_WORKER};
    assert_int_equal(channel_read(&out, written(mem, sizeof mem, &m), &e), ERR_MALFORMED);
    assert_int_equal(channel_read(&out, BYTES_LIT("\x05\xff\xff\xff"), &e), ERR_MALFORMED);
    assert_int_equal(channel_read(&out, BYTES_LIT("\x03\xff\xff\xff\xff"), &e), ERR_MALFORMED);
    /* two files of the largest size and their proof fit into a frame */
    assert_true(1 + 8 + 3 * 4 + CHANNEL_PROOF_LEN + 2 * CHANNEL_FILE_MAX <= CHANNEL_FRAME_MAX);
}

static enum err_code read_back(const struct channel_config *c)
{
    uint8_t mem[1024];
    struct writer w = writer_fixed(mem, sizeof mem);
    struct channel_config out;
    struct arena a;
    struct err e;
    channel_config_write(&w, c);
    arena_init(&a, &arena_heap, 1 << 20);
    enum err_code code = channel_config_read(&a, &out, writer_bytes(&w), &e);
    if (code == ERR_OK) {
        assert_int_equal(out.env_count, c->env_count);
        assert_int_equal(out.file_count, c->file_count);
        assert_int_equal(out.arg_count, c->arg_count);
    }
    arena_fini(&a);
    return code;
}

static void configurations_with_odd_names_paths_or_arguments_are_refused(void **state)
{
    static const struct {
        struct bytes name, path, arg;
        bool good;
    } cases[] = {
#define CASE(n, p, a, good)                 \
    {{(const uint8_t *)(n), sizeof(n) - 1}, \
     {(const uint8_t *)(p), sizeof(p) - 1}, \
     {(const uint8_t *)(a), sizeof(a) - 1}, \
     good}
        CASE("A", "/a/b", "x", true),     CASE("", "/a", "x", false),       CASE("A=B", "/a", "x", false),
        CASE("A\0", "/a", "x", false),    CASE("A", "a/b", "x", false),     CASE("A", "/", "x", false),
        CASE("A", "/a/../b", "x", false), CASE("A", "/a/./b", "x", false),  CASE("A", "/a//b", "x", false),
        CASE("A", "/a/", "x", false),     CASE("A", "/a\0b", "x", false),   CASE("A", "/a", "", false),
        CASE("A", "/a", "x\0y", false),   CASE("A", "/..a/b..", "x", true), CASE("A", "", "x", false),
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct channel_pair env = {cases[i].name, BYTES_LIT("v")}, file = {cases[i].path, BYTES_LIT("v")};
        struct channel_config c = {.env = &env,
                                   .env_count = 1,
                                   .files = &file,
                                   .file_count = 1,
                                   .args = &cases[i].arg,
                                   .arg_count = 1};
        assert_int_equal(read_back(&c), cases[i].good ? ERR_OK : ERR_MALFORMED);
    }
    struct arena a;
    struct channel_config out;
    struct err e;
    arena_init(&a, &arena_heap, 1 << 20);
    assert_int_equal(channel_config_read(&a, &out, BYTES_LIT("\xff\xff"), &e), ERR_MALFORMED);
    assert_int_equal(channel_config_read(&a, &out, BYTES_LIT("\0\0\0\0\0\0"), &e), ERR_OK);
    assert_int_equal(channel_config_read(&a, &out, BYTES_LIT("\0\0\0\0\0\0\0"), &e), ERR_MALFORMED);
    arena_fini(&a);
}

static void bindings_of_the_two_pieces_of_evidence_differ_in_every_part(void **state)
{
    struct channel_hello h = samples[0].u.hello;
    struct channel_attest a = samples[1].u.attest;
    uint8_t start[64], base[64], other[64], exporter[32] = {1};
    static const uint8_t zeros[32];
    (void)state;
    channel_key_report_data(start, ATTEST_PURPOSE_START, &h.subject, a.deploy_key, &h.nonce);
    channel_report_data(base, &h, &a, exporter);
    assert_memory_not_equal(start, base, 32);
    assert_memory_equal(start + 32, zeros, 32);
    assert_memory_equal(base + 32, zeros, 32);
    a.exchange_key[0] ^= 1;
    channel_report_data(other, &h, &a, exporter);
    assert_memory_not_equal(other, base, 32);
    a.exchange_key[0] ^= 1;
    h.nonce.b[0] ^= 1;
    channel_report_data(other, &h, &a, exporter);
    assert_memory_not_equal(other, base, 32);
    channel_key_report_data(other, ATTEST_PURPOSE_START, &h.subject, a.deploy_key, &h.nonce);
    assert_memory_not_equal(other, start, 32);
    h.nonce.b[0] ^= 1;
    channel_key_report_data(other, ATTEST_PURPOSE_CHALLENGE, &h.subject, a.deploy_key, &h.nonce);
    assert_memory_not_equal(other, start, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_message_reads_back_and_no_prefix_of_it_does),
        cmocka_unit_test(layouts_are_as_documented),
        cmocka_unit_test(bounds_are_kept),
        cmocka_unit_test(configurations_with_odd_names_paths_or_arguments_are_refused),
        cmocka_unit_test(bindings_of_the_two_pieces_of_evidence_differ_in_every_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
