/* entry/entry_test.c — the real program under a test that plays the worker. */
#include "base/clock.h"
#include "base/fmt.h"
#include "entry/fake_worker_test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bool contains(struct bytes text, const char *part)
{
    return memmem(text.p, text.len, part, strlen(part)) != NULL;
}

static struct bytes file_text(const char *path, char *buf, size_t cap)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return BYTES_EMPTY;
    size_t n = fread(buf, 1, cap, f);
    (void)fclose(f);
    return bytes_of(buf, n);
}

static void wait_for_marker(const struct world *w)
{
    for (int i = 0; i < 2000 && !marker_exists(w); i++)
        (void)usleep(5000);
    assert_true(marker_exists(w));
}

static void a_program_gets_its_configuration_and_its_period_is_proven(void **state)
{
    struct world w;
    struct channel_message m;
    char path[128], out[4096];
    (void)state;
    world_init(&w);
    (void)fmt_into(path, sizeof path, "%s/a/b/secret.txt", w.folder);
    const struct channel_pair env[] = {{BYTES_LIT("SECRET"), BYTES_LIT("s3cr3t \xff=x")},
                                       {BYTES_LIT("TWICE"), BYTES_LIT("config")}};
    const struct channel_pair files[] = {{bytes_of_str(path), BYTES_LIT("file content")}};
    const char *script =
        "echo \"$TWICE:$1\"; cat \"$2\"; echo; stat -c %a \"$2\"; env | grep -c WETEE_; echo oops >&2; "
        "[ \"$SECRET\" = \"$(printf 's3cr3t \\377=x')\" ] && echo same; read x; echo \"in:$?\"; exit 7";
    const struct bytes args[] = {BYTES_LIT("busybox"), BYTES_LIT("sh"),   BYTES_LIT("-c"),
                                 bytes_of_str(script), BYTES_LIT("zero"), BYTES_LIT("one"),
                                 bytes_of_str(path)};
    struct channel_config c = {
        .env = env, .env_count = 2, .files = files, .file_count = 1, .args = args, .arg_count = 7};
    entry_spawn(&w, NULL, NULL);
    assert_true(start_program(&w, &c) > 0);
    m = expect(&w, CHANNEL_EXITED);
    assert_false(m.u.exited.by_signal);
    assert_int_equal(m.u.exited.code, 7);
    struct channel_proof p = close_period(&w, 100, 10, &m);
    struct bytes log = m.u.period.log_file;
    assert_true(contains(log, "{\"genesis\":\"0x1111"));
    assert_true(contains(log, "\"kind\":\"log\",\"count\":7}\n"));
    assert_true(contains(log, "\"stream\":1,\"text\":\"config:one\"}\n"));
    assert_true(contains(log, "\"text\":\"file content\""));
    assert_true(contains(log, "\"text\":\"400\""));
    assert_true(contains(log, "\"stream\":1,\"text\":\"0\""));
    assert_true(contains(log, "\"stream\":2,\"text\":\"oops\""));
    assert_true(contains(log, "\"text\":\"same\""));
    assert_true(contains(log, "\"text\":\"in:1\""));
    assert_false(contains(log, "s3cr3t"));
    assert_true(contains(m.u.period.usage_file, "\"kind\":\"usage\",\"count\":1}\n{\"sample\":0,\"usec\":"));
    assert_int_equal(p.up_blocks, 0);
    send_bye(&w);
    assert_int_equal(entry_wait(&w), 7);
    struct bytes printed = file_text(w.output, out, sizeof out);
    assert_true(contains(printed, "config:one\n") && contains(printed, "oops\n"));
    assert_true(contains(printed, "SIMULATED"));
    assert_false(contains(printed, "s3cr3t"));
    world_fini(&w);
}

static void up_blocks_are_those_announced_while_the_program_ran(void **state)
{
    struct world w;
    struct channel_message m, again;
    (void)state;
    world_init(&w);
    entry_spawn(&w, "while :; do echo x; sleep 1; done", NULL);
    (void)start_program(&w, NULL);
    for (uint64_t b = 101; b <= 104; b++)
        send_tick(&w, b);
    assert_int_equal(close_period(&w, 98, 6, &m).up_blocks, 3); /* 101, 102, 103 */
    uint8_t first[CHANNEL_PROOF_LEN];
    memcpy(first, m.u.period.proof.p, sizeof first);
    /* the worker lost the answer: the same bytes again, never a second proof */
    (void)close_period(&w, 98, 6, &again);
    assert_memory_equal(again.u.period.proof.p, first, sizeof first);
    send_tick(&w, 109);
    assert_int_equal(close_period(&w, 104, 6, &m).up_blocks, 6); /* 104 .. 109 */
    send_tick(&w, 112);
    assert_int_equal(close_period(&w, 110, 6, &m).up_blocks, 3);
    /* going back would sign a period twice: the session ends, the program does not */
    struct channel_message ask = {.type = CHANNEL_CLOSE_PERIOD, .u.close_period = {104, 6, BYTES_LIT("x")}};
    send_message(&w, &ask);
    assert_false(next_message(&w, &m));
    struct err e;
    assert_int_equal(session_accept(&w, &e), ERR_OK);
    until_attested(&w, CHANNEL_STATE_RUNNING);
    world_fini(&w);
}

static void a_worker_with_the_wrong_evidence_gets_nothing(void **state)
{
    struct world w, other;
    struct err e;
    struct channel_message m;
    (void)state;
    world_init(&w);
    entry_spawn(&w, "touch $MARKER", "00000000000000000000000000000000000000000000000000000000000000aa");
    (void)!session_accept(&w, &e);
    send_hello(&w);
    assert_false(next_message(&w, &m));
    assert_int_equal(entry_wait(&w), 78);
    assert_false(marker_exists(&w));
    world_fini(&w);
    /* right program, but on a platform under another root */
    world_init(&w);
    world_init(&other);
    entry_spawn(&w, "touch $MARKER", NULL);
    struct tls_identity *own = w.identity;
    w.identity = other.identity;
    (void)!session_accept(&w, &e);
    send_hello(&w);
    assert_false(next_message(&w, &m));
    assert_int_equal(entry_wait(&w), 78);
    assert_false(marker_exists(&w));
    w.identity = own;
    world_fini(&other);
    world_fini(&w);
}

static void a_worker_refuses_an_entry_of_another_measurement(void **state)
{
    struct world w;
    struct err e;
    (void)state;
    world_init(&w);
    w.entry_measurement.b[0] ^= 1;
    entry_spawn(&w, "touch $MARKER", NULL);
    assert_int_equal(session_accept(&w, &e), ERR_UNVERIFIED);
    assert_non_null(strstr(e.msg, "MEASUREMENT_MISMATCH"));
    session_drop(&w);
    assert_int_equal(entry_wait(&w), 78);
    assert_false(marker_exists(&w));
    world_fini(&w);
}

/* What the worker sends instead of a good message; the entry must end with 78 and never start. */
static void spoil_first(struct world *w, int how)
{
    uint8_t mem[256];
    struct writer v = writer_fixed(mem, sizeof mem);
    struct channel_message m = {.type = CHANNEL_HELLO, .u.hello = w->hello};

    channel_write(&v, &m);
    struct bytes hello = writer_bytes(&v);
    if (how == 0)
        send_bytes(w, BYTES_EMPTY);
    else if (how == 1)
        send_bytes(w, bytes_of(mem, hello.len - 1));
    else if (how == 2)
        mem[hello.len] = 0, send_bytes(w, bytes_of(mem, hello.len + 1));
    else if (how == 3)
        mem[1] = 2, send_bytes(w, hello); /* version */
    else if (how == 4)
        mem[0] = 99, send_bytes(w, hello); /* type */
    else if (how == 5)
        send_release(w, BYTES_LIT("RELEASE before HELLO"));
    else if (how == 6)
        send_tick(w, 1);
    else
        send_bytes(w, BYTES_LIT("\x0b")); /* BYE */
}

static void a_spoiled_first_message_ends_the_entry_before_anything_is_released(void **state)
{
    (void)state;
    for (int how = 0; how < 8; how++) {
        struct world w;
        struct channel_message m;
        struct err e;
        world_init(&w);
        entry_spawn(&w, "touch $MARKER", NULL);
        assert_int_equal(session_accept(&w, &e), ERR_OK);
        spoil_first(&w, how);
        assert_false(next_message(&w, &m));
        assert_int_equal(entry_wait(&w), 78);
        assert_false(marker_exists(&w));
        world_fini(&w);
    }
}

static void spoil_release(struct world *w, int how)
{
    const struct channel_pair env[] = {{BYTES_LIT("BAD=NAME"), BYTES_LIT("x")}};
    const struct channel_pair files[] = {{BYTES_LIT("/tmp/../etc/x"), BYTES_LIT("x")}};
    struct channel_config none = {0}, bad_env = {.env = env, .env_count = 1},
                          bad_file = {.files = files, .file_count = 1};
    struct attest_subject other = w->hello.subject;
    struct bytes sealed = sealed_config(w, &none, &w->hello.subject);
    uint8_t copy[256];

    memcpy(copy, sealed.p, sealed.len);
    if (how < 3) {
        copy[how == 0 ? 0 : how == 1 ? 34 : sealed.len - 1] ^= 1;
        send_release(w, bytes_of(copy, sealed.len));
    } else if (how == 3) {
        send_release(w, bytes_of(copy, sealed.len - 1));
    } else if (how == 4) {
        other.work_id++; /* sealed for another work */
        send_release(w, sealed_config(w, &none, &other));
    } else if (how == 5) {
        send_release(w, sealed_config(w, &bad_env, &w->hello.subject));
    } else if (how == 6) {
        send_release(w, sealed_config(w, &bad_file, &w->hello.subject));
    } else if (how == 7) {
        send_release(w, BYTES_EMPTY);
    } else {
        send_hello(w); /* HELLO twice */
    }
}

static void a_spoiled_configuration_is_not_used_and_nothing_starts(void **state)
{
    (void)state;
    for (int how = 0; how < 9; how++) {
        struct world w;
        struct channel_message m;
        struct err e;
        world_init(&w);
        entry_spawn(&w, "touch $MARKER", NULL);
        assert_int_equal(session_accept(&w, &e), ERR_OK);
        until_attested(&w, CHANNEL_STATE_NEW);
        spoil_release(&w, how);
        assert_false(next_message(&w, &m));
        assert_int_equal(entry_wait(&w), 78);
        assert_false(marker_exists(&w));
        world_fini(&w);
    }
}

static void a_lost_worker_costs_only_the_session(void **state)
{
    struct world w;
    struct err e;
    struct channel_message m;
    uint8_t key[32];
    (void)state;
    world_init(&w);
    entry_spawn(&w, "touch $MARKER; while [ -e $MARKER ]; do sleep 0.05; done; echo done; exit 3", NULL);
    uint32_t pid = start_program(&w, NULL);
    wait_for_marker(&w);
    memcpy(key, w.attest.deploy_key, 32);
    session_drop(&w);
    /* a worker that speaks of another work is refused, and still the program runs */
    assert_int_equal(session_accept(&w, &e), ERR_OK);
    w.hello.subject.work_id++;
    send_hello(&w);
    assert_false(next_message(&w, &m));
    w.hello.subject.work_id--;
    memset(w.hello.nonce.b, 0x33, 32); /* fresh evidence for a fresh nonce */
    w.hello.nonce_block = 130;
    assert_int_equal(session_accept(&w, &e), ERR_OK);
    until_attested(&w, CHANNEL_STATE_RUNNING);
    assert_memory_equal(w.attest.deploy_key, key, 32);
    send_release(&w, BYTES_EMPTY);
    assert_int_equal(expect(&w, CHANNEL_STARTED).u.started.pid, pid);
    session_drop(&w);
    assert_int_equal(unlink(w.marker), 0); /* ends while no worker listens */
    assert_int_equal(session_accept(&w, &e), ERR_OK);
    (void)usleep(200000);
    until_attested(&w, CHANNEL_STATE_EXITED);
    send_release(&w, BYTES_EMPTY);
    assert_int_equal(expect(&w, CHANNEL_STARTED).u.started.pid, pid);
    assert_int_equal(expect(&w, CHANNEL_EXITED).u.exited.code, 3);
    (void)close_period(&w, 100, 50, &m);
    assert_true(contains(m.u.period.log_file, "\"text\":\"done\""));
    send_bye(&w);
    assert_int_equal(entry_wait(&w), 3);
    world_fini(&w);
}

static void a_running_entry_makes_fresh_evidence_for_each_purpose_and_nonce_asked(void **state)
{
    static const enum attest_purpose purposes[] = {ATTEST_PURPOSE_START, ATTEST_PURPOSE_CHALLENGE};
    struct world w;
    (void)state;
    world_init(&w);
    entry_spawn(&w, "touch $MARKER; while [ -e $MARKER ]; do sleep 0.05; done", NULL);
    (void)start_program(&w, NULL);
    wait_for_marker(&w);
    for (size_t i = 0; i < ARRAY_LEN(purposes); i++) {
        struct channel_message ask = {
            .type = CHANNEL_ASK_EVIDENCE,
            .u.ask_evidence = {.purpose = purposes[i], .nonce = {{(uint8_t)(7 + i)}}}};
        uint8_t want[64];
        send_message(&w, &ask);
        struct channel_message m = expect(&w, CHANNEL_EVIDENCE);
        assert_int_equal(m.u.evidence.purpose, purposes[i]);
        assert_memory_equal(m.u.evidence.nonce.b, ask.u.ask_evidence.nonce.b, 32);
        channel_key_report_data(want, purposes[i], &w.hello.subject, w.attest.deploy_key,
                                &ask.u.ask_evidence.nonce);
        assert_int_equal(appraise_entry(&w, m.u.evidence.evidence, want), ATTEST_VERIFIED);
    }
    world_fini(&w);
}

static void signals_reach_the_program_and_its_end_is_forwarded(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    entry_spawn(&w, "trap 'echo got; exit 9' TERM; touch $MARKER; while :; do sleep 0.05; done", NULL);
    (void)start_program(&w, NULL);
    wait_for_marker(&w);
    assert_int_equal(kill(w.entry, SIGTERM), 0);
    struct channel_message m = expect(&w, CHANNEL_EXITED);
    assert_false(m.u.exited.by_signal);
    assert_int_equal(m.u.exited.code, 9);
    send_bye(&w);
    assert_int_equal(entry_wait(&w), 9);
    world_fini(&w);
}

/* Who sends SIGTERM to a container kills it soon: waiting for a goodbye would only cost that grace. */
static void an_entry_asked_to_end_does_not_wait_long_for_a_goodbye(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    entry_spawn(&w, "trap 'exit 9' TERM; touch $MARKER; while :; do sleep 0.05; done", NULL);
    (void)start_program(&w, NULL);
    wait_for_marker(&w);
    uint64_t before = clock_mono_ms();
    assert_int_equal(kill(w.entry, SIGTERM), 0);
    (void)expect(&w, CHANNEL_EXITED);
    assert_int_equal(entry_wait(&w), 9);
    assert_in_range(clock_mono_ms() - before, 1500, 6000); /* 10 s is what WETEE_LINGER_S allows */
    world_fini(&w);
}

static void stop_kills_what_ignores_it_after_the_grace(void **state)
{
    struct world w;
    struct channel_message stop = {.type = CHANNEL_STOP, .u.stop.grace_s = 1};
    (void)state;
    world_init(&w);
    entry_spawn(&w, "trap '' TERM; touch $MARKER; while :; do sleep 0.05; done", NULL);
    (void)start_program(&w, NULL);
    wait_for_marker(&w);
    uint64_t before = clock_mono_ms();
    send_message(&w, &stop);
    struct channel_message m = expect(&w, CHANNEL_EXITED);
    assert_true(m.u.exited.by_signal);
    assert_int_equal(m.u.exited.code, SIGKILL);
    assert_in_range(clock_mono_ms() - before, 900, 6000);
    send_bye(&w);
    assert_int_equal(entry_wait(&w), 128 + SIGKILL);
    world_fini(&w);
}

/* Zombies among the entry's children. */
static int zombies(pid_t parent)
{
    char path[64], text[512];
    int count = 0;
    for (int pid = 2; pid < 4194304; pid++) {
        if (pid > 200000)
            break;
        (void)fmt_into(path, sizeof path, "/proc/%d/stat", pid);
        struct bytes t = file_text(path, text, sizeof text - 1);
        text[t.len] = 0;
        const char *at = t.len == 0 ? NULL : strrchr(text, ')');
        char want[32];
        (void)fmt_into(want, sizeof want, ") Z %d ", (int)parent);
        if (at != NULL && strncmp(at, want, strlen(want)) == 0)
            count++;
    }
    return count;
}

static void orphans_are_reaped(void **state)
{
    struct world w;
    struct channel_message m;
    (void)state;
    world_init(&w);
    entry_spawn(&w, "for i in 1 2 3 4 5 6 7 8; do ( (sleep 0.1) & ); done; touch $MARKER; sleep 1; exit 0",
                NULL);
    (void)start_program(&w, NULL);
    wait_for_marker(&w);
    (void)usleep(500000);
    assert_int_equal(zombies(w.entry), 0);
    m = expect(&w, CHANNEL_EXITED);
    assert_int_equal(m.u.exited.code, 0);
    send_bye(&w);
    assert_int_equal(entry_wait(&w), 0);
    world_fini(&w);
}

static uint64_t memory_kib(pid_t pid)
{
    char path[64], text[4096];
    (void)fmt_into(path, sizeof path, "/proc/%d/status", (int)pid);
    struct bytes t = file_text(path, text, sizeof text - 1);
    text[t.len] = 0;
    const char *at = strstr(text, "VmHWM:");
    uint64_t v = 0;
    for (at = at == NULL ? "" : at + 6; *at == ' ' || *at == '\t' || (*at >= '0' && *at <= '9'); at++)
        v = *at >= '0' && *at <= '9' ? v * 10 + (uint64_t)(*at - '0') : v;
    return v;
}

static void a_flood_of_output_is_bounded_and_counted(void **state)
{
    struct world w;
    struct channel_message m;
    (void)state;
    world_init(&w);
    entry_spawn(
        &w, "yes 'a line of output with \"quotes\" in it' | head -c 20000000; touch $MARKER; sleep 30", NULL);
    (void)start_program(&w, NULL);
    for (int i = 0; i < 400 && !marker_exists(&w); i++) { /* the worker reads the live records slowly */
        struct bytes frame;
        struct err e;
        (void)!tls_read(w.conn, &frame, 5, &e);
        (void)usleep(20000);
    }
    assert_true(marker_exists(&w));
    (void)usleep(500000); /* what was still in the pipe */
    assert_in_range(memory_kib(w.entry), 1, 64 * 1024);
    (void)close_period(&w, 100, 5, &m);
    assert_in_range(m.u.period.log_file.len, CHANNEL_FILE_MAX - 2048, CHANNEL_FILE_MAX);
    assert_true(contains(m.u.period.log_file, "\n{\"dropped\":"));
    (void)close_period(&w, 105, 5, &m); /* the next period is empty again */
    assert_in_range(m.u.period.log_file.len, 1, 4096);
    world_fini(&w);
}

static void a_program_that_does_not_exist_ends_the_entry(void **state)
{
    struct world w;
    struct err e;
    const struct bytes args[] = {BYTES_LIT("/nonexistent/program")};
    struct channel_config c = {.args = args, .arg_count = 1};
    (void)state;
    world_init(&w);
    entry_spawn(&w, NULL, NULL);
    assert_int_equal(session_accept(&w, &e), ERR_OK);
    until_attested(&w, CHANNEL_STATE_NEW);
    send_release(&w, sealed_config(&w, &c, &w.hello.subject));
    assert_int_equal(entry_wait(&w), 127);
    world_fini(&w);
}

static void as_the_first_process_of_a_namespace_it_starts_stops_and_ends_with_the_program(void **state)
{
    struct world w;
    struct channel_message stop = {.type = CHANNEL_STOP, .u.stop.grace_s = 10};
    (void)state;
    world_init(&w);
    w.first_process = true;
    entry_spawn(&w, "( (sleep 0.1) & ); touch $MARKER; exec sleep 30", NULL);
    (void)usleep(100000);
    if (waitpid(w.entry, NULL, WNOHANG) == w.entry) {
        w.entry = 0;
        world_fini(&w);
        skip(); /* namespaces are not permitted here */
    }
    assert_int_equal(start_program(&w, NULL), 2);
    wait_for_marker(&w);
    (void)usleep(300000);
    send_message(&w, &stop);
    struct channel_message m = expect(&w, CHANNEL_EXITED);
    assert_true(m.u.exited.by_signal);
    assert_int_equal(m.u.exited.code, SIGTERM);
    send_bye(&w);
    assert_int_equal(entry_wait(&w), 128 + SIGTERM);
    world_fini(&w);
}

static void an_entry_without_a_worker_or_with_bad_settings_starts_nothing(void **state)
{
    struct world w;
    (void)state;
    world_init(&w);
    entry_spawn(&w, "touch $MARKER", "not hex");
    assert_int_equal(entry_wait(&w), 78);
    entry_spawn(&w, "touch $MARKER", NULL);
    (void)usleep(100000);
    assert_int_equal(kill(w.entry, SIGTERM), 0); /* stopped while it waits */
    assert_int_equal(entry_wait(&w), 128 + SIGTERM);
    assert_false(marker_exists(&w));
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_gets_its_configuration_and_its_period_is_proven),
        cmocka_unit_test(up_blocks_are_those_announced_while_the_program_ran),
        cmocka_unit_test(a_worker_with_the_wrong_evidence_gets_nothing),
        cmocka_unit_test(a_worker_refuses_an_entry_of_another_measurement),
        cmocka_unit_test(a_spoiled_first_message_ends_the_entry_before_anything_is_released),
        cmocka_unit_test(a_spoiled_configuration_is_not_used_and_nothing_starts),
        cmocka_unit_test(a_lost_worker_costs_only_the_session),
        cmocka_unit_test(a_running_entry_makes_fresh_evidence_for_each_purpose_and_nonce_asked),
        cmocka_unit_test(signals_reach_the_program_and_its_end_is_forwarded),
        cmocka_unit_test(an_entry_asked_to_end_does_not_wait_long_for_a_goodbye),
        cmocka_unit_test(stop_kills_what_ignores_it_after_the_grace),
        cmocka_unit_test(orphans_are_reaped),
        cmocka_unit_test(a_flood_of_output_is_bounded_and_counted),
        cmocka_unit_test(a_program_that_does_not_exist_ends_the_entry),
        cmocka_unit_test(as_the_first_process_of_a_namespace_it_starts_stops_and_ends_with_the_program),
        cmocka_unit_test(an_entry_without_a_worker_or_with_bad_settings_starts_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
