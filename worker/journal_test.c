#include "base/fmt.h"
#include "worker/journal.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64], path[96];
static const struct hash32 genesis = {{1, 2, 3}};
static const struct work_key app1 = {0, 1}, app2 = {0, 2};

static struct journal *open_journal(void)
{
    struct journal *j = NULL;
    struct err e;

    if (journal_open(&j, path, &genesis, &e) != ERR_OK)
        fail_msg("%s", e.msg);
    return j;
}

static void a_port_is_leased_once_and_rests_when_given_back(void **state)
{
    CLEANUP(journal_free) struct journal *j = open_journal();
    uint16_t a, b, c;
    struct err e;
    (void)state;

    assert_int_equal(journal_port_lease(j, &a, app1, 80, false, 1000, &e), ERR_OK);
    assert_int_equal(journal_port_lease(j, &b, app1, 80, false, 1000, &e), ERR_OK);
    assert_int_equal(a, b);
    assert_int_equal(journal_port_lease(j, &b, app1, 80, true, 1000, &e), ERR_OK);
    assert_int_not_equal(a, b);
    assert_int_equal(journal_port_blocked(j, app1, a, 1000, &e), ERR_OK);
    assert_int_equal(journal_port_lease(j, &c, app1, 80, false, 1001, &e), ERR_OK);
    assert_int_not_equal(a, c);
    assert_int_equal(journal_port_release(j, app1, 2000, &e), ERR_OK);
    assert_int_equal(journal_port_lease(j, &c, app1, 80, false, 2001, &e), ERR_OK);
    assert_int_not_equal(a, c);
    assert_int_equal(journal_port_release(j, app1, 3000, &e), ERR_OK);
    assert_int_equal(journal_port_lease(j, &c, app1, 80, false, 3000 + JOURNAL_PORT_REST_S + 1, &e), ERR_OK);
    assert_int_equal(a, c); /* its own place again, once rested */
}

static void no_two_works_ever_hold_one_port(void **state)
{
    enum { RANGE = JOURNAL_PORT_MAX - JOURNAL_PORT_MIN + 1, TAKE = 300 };
    static bool taken[RANGE];
    CLEANUP(journal_free) struct journal *j = open_journal();
    uint16_t port;
    struct err e;
    (void)state;

    for (uint64_t i = 0; i < TAKE; i++) {
        assert_int_equal(journal_port_lease(j, &port, (struct work_key){0, 100 + i}, 80, false, 10000, &e),
                         ERR_OK);
        assert_in_range(port, JOURNAL_PORT_MIN, JOURNAL_PORT_MAX);
        assert_false(taken[port - JOURNAL_PORT_MIN]);
        taken[port - JOURNAL_PORT_MIN] = true;
    }
}

static void a_call_is_under_way_at_most_once(void **state)
{
    CLEANUP(journal_free) struct journal *j = open_journal();
    struct err e;
    (void)state;

    assert_int_equal(journal_call_begin(j, JOURNAL_CALL_PROOF, app1, 5, 100, 117, &e), ERR_OK);
    assert_int_equal(journal_call_begin(j, JOURNAL_CALL_PROOF, app1, 5, 110, 127, &e), ERR_EXISTS);
    assert_int_equal(journal_call_begin(j, JOURNAL_CALL_PROOF, app2, 5, 110, 127, &e), ERR_OK);
    assert_int_equal(journal_call_begin(j, JOURNAL_CALL_PROOF, app1, 6, 110, 127, &e), ERR_OK);
    assert_int_equal(journal_call_begin(j, JOURNAL_CALL_PROOF, app1, 5, 117, 134, &e), ERR_OK);
    assert_int_equal(journal_call_end(j, JOURNAL_CALL_PROOF, app1, 5, false, &e), ERR_OK);
    assert_int_equal(journal_call_begin(j, JOURNAL_CALL_PROOF, app1, 5, 118, 135, &e), ERR_OK);
    assert_int_equal(journal_call_end(j, JOURNAL_CALL_PROOF, app1, 5, true, &e), ERR_OK);
    assert_int_equal(journal_call_begin(j, JOURNAL_CALL_PROOF, app1, 5, 9999, 10016, &e), ERR_EXISTS);
}

static struct journal_proof proof_of(struct work_key work, uint64_t first, uint8_t key)
{
    struct journal_proof p = {.work = work,
                              .first_block = first,
                              .version = 1,
                              .length = 3,
                              .proof = BYTES_LIT("proof"),
                              .address = BYTES_LIT("wetee://x")};
    p.deploy_key[0] = key;
    return p;
}

static void proofs_and_files_come_back_and_old_ones_go(void **state)
{
    CLEANUP(journal_free) struct journal *j = open_journal();
    struct hash32 root = {{9}}, usage = {{8}};
    struct arena a;
    struct journal_proof p;
    struct bytes file;
    struct err e;
    (void)state;

    arena_init(&a, &arena_heap, 16 << 20);
    for (uint64_t i = 1; i <= JOURNAL_KEEP_PERIODS + 5; i++) {
        struct journal_proof in = proof_of(app1, i * 3, 1);
        root.b[1] = (uint8_t)i;
        assert_int_equal(journal_proof_put(j, &in, &root, BYTES_LIT("log"), &usage, BYTES_LIT(""), &e),
                         ERR_OK);
    }
    assert_int_equal(journal_trim(j, &e), ERR_OK);
    assert_int_equal(journal_proof_get(j, &a, &p, app1, 15, &e), ERR_NOT_FOUND);
    assert_int_equal(journal_file_get(j, &a, &file, app1, 15, "log", &e), ERR_NOT_FOUND);
    assert_int_equal(journal_proof_get(j, &a, &p, app1, 18, &e), ERR_OK);
    assert_int_equal(p.length, 3);
    assert_int_equal(journal_file_get(j, &a, &file, app1, 18, "log", &e), ERR_OK);
    assert_true(bytes_eq(file, BYTES_LIT("log")));
    assert_int_equal(journal_proof_mark(j, app1, 18, JOURNAL_PROOF_SENT, &e), ERR_OK);
    struct journal_proof again = proof_of(app1, 18, 1);
    assert_int_equal(journal_proof_put(j, &again, &root, BYTES_LIT("other"), &usage, BYTES_LIT(""), &e),
                     ERR_OK);
    assert_int_equal(journal_proof_get(j, &a, &p, app1, 18, &e), ERR_OK);
    assert_int_equal(p.state, JOURNAL_PROOF_SENT); /* the first one stays */
    again = proof_of(app1, 18, 2);
    assert_int_equal(journal_proof_put(j, &again, &root, BYTES_LIT("other"), &usage, BYTES_LIT(""), &e),
                     ERR_OK);
    assert_int_equal(journal_proof_get(j, &a, &p, app1, 18, &e), ERR_OK);
    assert_int_equal(p.state, JOURNAL_PROOF_READY); /* unless another key signs */
    arena_fini(&a);
}

static void a_journal_of_another_chain_is_refused(void **state)
{
    struct hash32 other = {{7}};
    struct journal *j = open_journal();
    struct err e;
    (void)state;

    journal_free(j);
    assert_int_equal(journal_open(&j, path, &other, &e), ERR_EXISTS);
}

static void a_file_that_is_no_journal_is_called_damaged(void **state)
{
    struct journal *j;
    struct err e;
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    char junk[4096];
    (void)state;

    memset(junk, 'x', sizeof junk);
    assert_int_equal(write(fd, junk, sizeof junk), sizeof junk);
    (void)close(fd);
    assert_int_equal(journal_open(&j, path, &genesis, &e), ERR_CORRUPT);
}

/* What was committed before a kill is there after it. */
static void it_opens_again_after_a_kill_with_all_that_was_committed(void **state)
{
    struct err e;
    int fds[2];
    uint16_t port = 0, told = 0;
    (void)state;

    for (int round = 0; round < 10; round++) {
        assert_int_equal(pipe(fds), 0);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            struct journal *j = NULL;
            if (journal_open(&j, path, &genesis, &e) != ERR_OK)
                _exit(1);
            for (uint64_t i = 0;; i++) {
                if (journal_port_lease(j, &port, (struct work_key){0, (uint64_t)round * 100000 + i}, 80,
                                       false, 1, &e) != ERR_OK ||
                    write(fds[1], &port, sizeof port) != sizeof port)
                    _exit(1);
            }
        }
        (void)close(fds[1]);
        uint64_t count = 0;
        while (count < 5 && read(fds[0], &told, sizeof told) == sizeof told)
            count++;
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        (void)close(fds[0]);
        assert_int_equal(count, 5);
        CLEANUP(journal_free) struct journal *j = open_journal();
        assert_int_equal(journal_port_lease(j, &port, (struct work_key){0, (uint64_t)round * 100000 + 4}, 80,
                                            false, 1, &e),
                         ERR_OK);
        assert_int_equal(port, told);
    }
}

static int clear(void **state)
{
    (void)state;
    static const char *const tails[] = {"", "-wal", "-shm"};
    char file[128];

    for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
        (void)fmt_into(file, sizeof file, "%s%s", path, tails[i]);
        (void)unlink(file);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_port_is_leased_once_and_rests_when_given_back, clear),
        cmocka_unit_test_setup(no_two_works_ever_hold_one_port, clear),
        cmocka_unit_test_setup(a_call_is_under_way_at_most_once, clear),
        cmocka_unit_test_setup(proofs_and_files_come_back_and_old_ones_go, clear),
        cmocka_unit_test_setup(a_journal_of_another_chain_is_refused, clear),
        cmocka_unit_test_setup(a_file_that_is_no_journal_is_called_damaged, clear),
        cmocka_unit_test_setup(it_opens_again_after_a_kill_with_all_that_was_committed, clear),
    };
    (void)fmt_into(dir, sizeof dir, "/tmp/wetee-journal.XXXXXX");
    if (mkdtemp(dir) == NULL)
        return 1;
    (void)fmt_into(path, sizeof path, "%s/journal.db", dir);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)clear(NULL);
    (void)rmdir(dir);
    return failed;
}
