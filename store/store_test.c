#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/int.h"
#include "store/store.h"
#include "trie/trie.h"
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct fixture {
    struct store *store;
    struct store_batch *batch;
    struct arena arena;
    struct err e;
};

static int fixture_open(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    arena_init(&f->arena, &arena_heap, 1 << 30);
    if (store_temp(&f->store, &f->e) != ERR_OK)
        return -1;
    f->batch = store_batch_new(f->store);
    *state = f;
    return 0;
}

static int fixture_close(void **state)
{
    struct fixture *f = *state;
    store_batch_free(f->batch);
    store_close(f->store);
    arena_fini(&f->arena);
    free(f);
    return 0;
}

static void reopen(struct fixture *f, const char *path)
{
    store_batch_free(f->batch);
    store_close(f->store);
    assert_int_equal(store_open(&f->store, path, NULL, &f->e), ERR_OK);
    f->batch = store_batch_new(f->store);
}

static void expect(struct fixture *f, enum store_cf cf, struct bytes key, const struct bytes *value_opt)
{
    struct bytes got;
    bool found;
    assert_int_equal(store_get(f->store, cf, key, &f->arena, &got, &found, &f->e), ERR_OK);
    assert_int_equal(found, value_opt != NULL);
    if (found)
        assert_true(bytes_eq(got, *value_opt));
}

static void a_batch_is_written_as_a_whole_and_families_are_apart(void **state)
{
    struct fixture *f = *state;
    struct bytes one = BYTES_LIT("one");
    struct bytes empty = BYTES_EMPTY;

    store_put(f->batch, STORE_META, BYTES_LIT("a"), one);
    store_put(f->batch, STORE_BODIES, BYTES_LIT("a"), empty);
    store_put(f->batch, STORE_EXTRA, empty, one); /* the empty key is a key */
    assert_int_equal(store_batch_count(f->batch), 3);
    expect(f, STORE_META, BYTES_LIT("a"), NULL);
    assert_int_equal(store_write(f->store, f->batch, true, &f->e), ERR_OK);
    assert_int_equal(store_batch_count(f->batch), 0);
    expect(f, STORE_META, BYTES_LIT("a"), &one);
    expect(f, STORE_BODIES, BYTES_LIT("a"), &empty);
    expect(f, STORE_EXTRA, empty, &one);
    expect(f, STORE_HEADERS, BYTES_LIT("a"), NULL);
    store_delete(f->batch, STORE_META, BYTES_LIT("a"));
    store_batch_clear(f->batch);
    assert_int_equal(store_write(f->store, f->batch, false, &f->e), ERR_OK);
    expect(f, STORE_META, BYTES_LIT("a"), &one);
    store_delete(f->batch, STORE_META, BYTES_LIT("a"));
    assert_int_equal(store_write(f->store, f->batch, false, &f->e), ERR_OK);
    expect(f, STORE_META, BYTES_LIT("a"), NULL);
}

struct seen {
    char keys[64];
    size_t count, stop_after;
};

static bool note_key(void *ctx, struct bytes key, struct bytes value)
{
    struct seen *s = ctx;
    assert_true(bytes_eq(key, value));
    s->keys[s->count++] = (char)key.p[0];
    s->keys[s->count] = 0;
    return s->count != s->stop_after;
}

static void visit(struct fixture *f, const char *from, const char *to, bool backwards, size_t stop_after,
                  const char *want)
{
    struct seen seen = {.stop_after = stop_after};
    struct bytes end = to == NULL ? BYTES_EMPTY : bytes_of_str(to);
    assert_int_equal(store_iterate(f->store, STORE_NUMBERS, bytes_of_str(from), to == NULL ? NULL : &end,
                                   backwards, note_key, &seen, &f->e),
                     ERR_OK);
    assert_string_equal(seen.keys, want);
}

static void ranges_are_visited_in_both_directions(void **state)
{
    struct fixture *f = *state;
    visit(f, "", NULL, false, 0, "");
    visit(f, "", NULL, true, 0, "");
    for (const char *c = "bdfh"; *c != 0; c++)
        store_put(f->batch, STORE_NUMBERS, bytes_of(c, 1), bytes_of(c, 1));
    assert_int_equal(store_write(f->store, f->batch, false, &f->e), ERR_OK);
    visit(f, "", NULL, false, 0, "bdfh");
    visit(f, "d", "h", false, 0, "df");
    visit(f, "c", "g", false, 0, "df");
    visit(f, "", NULL, true, 0, "hfdb");
    visit(f, "d", "h", true, 0, "fd");
    visit(f, "c", "z", true, 0, "hfd");
    visit(f, "", NULL, true, 1, "h");
    visit(f, "", NULL, false, 3, "bdf");
}

static void a_second_user_is_told_that_another_node_uses_it(void **state)
{
    struct fixture *f = *state;
    struct store *other;
    assert_int_equal(store_open(&other, store_path(f->store), NULL, &f->e), ERR_BUSY);
    assert_non_null(strstr(f->e.msg, "another node is using"));
}

static void a_missing_store_is_made_only_when_allowed(void **state)
{
    struct fixture *f = *state;
    struct store *other;
    char *path = arena_fmt(&f->arena, "%s/sub", store_path(f->store));
    struct store_options options = {.must_exist = true};

    assert_int_equal(store_open(&other, path, &options, &f->e), ERR_NOT_FOUND);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(store_open(&other, path, NULL, &f->e), ERR_OK);
    store_close(other);
    assert_int_equal(store_open(&other, path, &options, &f->e), ERR_OK);
    store_close(other);
    assert_int_equal(store_open(&other, "/nonexistent/folder/deep", NULL, &f->e), ERR_IO);
}

static void a_temporary_store_leaves_nothing_behind(void **state)
{
    struct store *s;
    struct err e;
    char path[4096];
    (void)state;
    assert_int_equal(store_temp(&s, &e), ERR_OK);
    (void)snprintf(path, sizeof path, "%s", store_path(s));
    assert_int_equal(access(path, F_OK), 0);
    store_close(s);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void a_damaged_store_is_refused(void **state)
{
    struct fixture *f = *state;
    struct store *s;
    char *path = arena_fmt(&f->arena, "%s/damaged", store_path(f->store));

    assert_int_equal(store_open(&s, path, NULL, &f->e), ERR_OK);
    store_close(s);
    int fd = open(arena_fmt(&f->arena, "%s/CURRENT", path), O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "garbage\n", 8), 8);
    (void)close(fd);
    assert_int_not_equal(store_open(&s, path, NULL, &f->e), ERR_OK);
    assert_true(f->e.code == ERR_CORRUPT || f->e.code == ERR_IO);
}

static void a_state_trie_survives_reopening(void **state)
{
    struct fixture *f = *state;
    char *path = arena_fmt(&f->arena, "%s/trie", store_path(f->store));
    struct store *outer = MOVE(f->store);
    struct hash32 roots[3];
    struct bytes value;
    bool found;

    store_batch_free(f->batch);
    assert_int_equal(store_open(&f->store, path, NULL, &f->e), ERR_OK);
    f->batch = store_batch_new(f->store);
    struct trie *t = trie_new(&(struct trie_config){.source = &arena_heap, .db = store_trie_db(f->store)});
    for (uint32_t version = 0; version < 3; version++) {
        for (uint32_t i = 0; i < 100; i++) {
            uint32_t pair[2] = {i, version};
            assert_int_equal(trie_put(t, BYTES_OF(i), BYTES_OF(pair), &f->e), ERR_OK);
        }
        trie_root(t, &roots[version]);
        trie_commit(t, version, store_trie_sink(f->batch));
        assert_int_equal(store_write(f->store, f->batch, true, &f->e), ERR_OK);
    }
    trie_free(t);
    reopen(f, path);
    struct trie_config config = {.source = &arena_heap, .db = store_trie_db(f->store)};
    for (uint32_t version = 0; version < 3; version++) {
        uint32_t i = 42;
        uint32_t pair[2] = {i, version};
        assert_int_equal(trie_view(&t, &config, version, &roots[version], &f->e), ERR_OK);
        assert_int_equal(trie_get(t, &f->arena, &value, &found, BYTES_OF(i), &f->e), ERR_OK);
        assert_true(found && bytes_eq(value, BYTES_OF(pair)));
        trie_free(t);
    }
    store_batch_free(f->batch);
    store_close(f->store);
    f->store = outer;
    f->batch = store_batch_new(outer);
}

/* ---- crashes: this program runs itself as the writer that is killed and as the reader that checks ---- */

enum { CRASHES = 50, ITEMS = 20 };

/* Record i of batch n, in two families. */
static void put_batch(struct store_batch *b, uint64_t n)
{
    for (uint64_t i = 0; i < ITEMS; i++) {
        uint64_t key = n * ITEMS + i;
        uint64_t value[64];
        for (size_t k = 0; k < ARRAY_LEN(value); k++)
            value[k] = key ^ k;
        store_put(b, i % 2 == 0 ? STORE_NODES : STORE_EXTRA, BYTES_OF(key), BYTES_OF(value));
    }
    store_put(b, STORE_META, BYTES_LIT("last"), BYTES_OF(n));
}

static bool read_last(struct store *s, struct arena *a, uint64_t *out)
{
    struct bytes value;
    struct err e;
    bool found;
    if (store_get(s, STORE_META, BYTES_LIT("last"), a, &value, &found, &e) != ERR_OK ||
        (found && value.len != 8))
        return false;
    *out = found ? load_u64le(value.p) : 0;
    return true;
}

/* Writes batches until killed; each number goes to stdout once its batch is acknowledged. */
static int child_writer(const char *path)
{
    struct store *s;
    struct arena a;
    struct err e;
    uint64_t n;
    struct store_options small = {.write_buffer = 256 * 1024}; /* flushes and compactions are hit, too */

    arena_init(&a, &arena_heap, 1 << 30);
    if (store_open(&s, path, &small, &e) != ERR_OK || !read_last(s, &a, &n))
        return 3;
    struct store_batch *b = store_batch_new(s);
    for (;;) {
        put_batch(b, ++n);
        if (store_write(s, b, true, &e) != ERR_OK)
            return 4;
        if (write(STDOUT_FILENO, &n, sizeof n) != (ssize_t)sizeof n)
            return 5;
    }
}

static bool has_item(struct store *s, struct arena *a, uint64_t n, uint64_t i)
{
    struct bytes value;
    struct err e;
    bool found;
    uint64_t key = n * ITEMS + i;
    if (store_get(s, i % 2 == 0 ? STORE_NODES : STORE_EXTRA, BYTES_OF(key), a, &value, &found, &e) != ERR_OK)
        return false;
    return found && value.len == 512 && load_u64le(value.p) == key && load_u64le(value.p + 504) == (key ^ 63);
}

/* Exits with 0 when all batches up to "last" are complete and nothing of a later one is there; prints "last".
 */
static int child_checker(const char *path)
{
    struct store *s;
    struct arena a;
    struct err e;
    uint64_t last;

    arena_init(&a, &arena_heap, 1 << 30);
    if (store_open(&s, path, NULL, &e) != ERR_OK || !read_last(s, &a, &last))
        return 3;
    for (uint64_t n = last > 500 ? last - 500 : 1; n <= last + 1; n++) /* older ones were checked before */
        for (uint64_t i = 0; i < ITEMS; i++)
            if (has_item(s, &a, n, i) != (n <= last))
                return 4;
    store_close(s);
    arena_fini(&a);
    return write(STDOUT_FILENO, &last, sizeof last) == (ssize_t)sizeof last ? 0 : 5;
}

static pid_t start_child(const char *role, const char *path, const char *fault_opt, int *out)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (fault_opt != NULL)
            (void)setenv("WETEE_FAULT", fault_opt, 1);
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)execl("/proc/self/exe", "store_test", role, path, (char *)NULL);
        _exit(9);
    }
    (void)close(ends[1]);
    *out = ends[0];
    return pid;
}

/* The last number the child printed. */
static uint64_t drain(int fd, uint64_t before)
{
    uint64_t n;
    while (read(fd, &n, sizeof n) == (ssize_t)sizeof n)
        before = n;
    (void)close(fd);
    return before;
}

static uint64_t check_store(const char *path)
{
    int out;
    int status;
    pid_t pid = start_child("checker", path, NULL, &out);
    uint64_t last = drain(out, 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    return last;
}

static void an_acknowledged_batch_survives_kill_at_any_time(void **state)
{
    struct fixture *f = *state;
    const char *path = arena_fmt(&f->arena, "%s/crash", store_path(f->store));
    uint64_t acknowledged = 0;

    for (int i = 0; i < CRASHES; i++) {
        int out;
        int status;
        uint64_t first;
        pid_t pid = start_child("writer", path, NULL, &out);
        assert_int_equal(read(out, &first, sizeof first), sizeof first); /* it is at work */
        assert_true(first > acknowledged);
        struct timespec pause = {0, (long)(i * 7919 % 60) * 1000000 + i * 1237};
        (void)nanosleep(&pause, NULL);
        assert_int_equal(kill(pid, SIGKILL), 0);
        acknowledged = drain(out, first);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        uint64_t last = check_store(path);
        assert_true(last == acknowledged || last == acknowledged + 1); /* written, not yet told */
        acknowledged = last;
    }
    assert_true(acknowledged > CRASHES);
}

#ifdef WETEE_FAULTS
static void fault_points_kill_before_and_after_the_write(void **state)
{
    struct fixture *f = *state;
    const char *path = arena_fmt(&f->arena, "%s/fault", store_path(f->store));
    static const struct {
        const char *fault;
        uint64_t last;
    } cases[] = {{"store.write.before:5", 4}, {"store.write.after:5", 9}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int out;
        int status;
        pid_t pid = start_child("writer", path, cases[i].fault, &out);
        (void)drain(out, 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGKILL);
        assert_int_equal(check_store(path), cases[i].last);
    }
}
#endif

int main(int argc, char **argv)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        WITH_STORE(a_batch_is_written_as_a_whole_and_families_are_apart),
        WITH_STORE(ranges_are_visited_in_both_directions),
        WITH_STORE(a_second_user_is_told_that_another_node_uses_it),
        WITH_STORE(a_missing_store_is_made_only_when_allowed),
        cmocka_unit_test(a_temporary_store_leaves_nothing_behind),
        WITH_STORE(a_damaged_store_is_refused),
        WITH_STORE(a_state_trie_survives_reopening),
        WITH_STORE(an_acknowledged_batch_survives_kill_at_any_time),
#ifdef WETEE_FAULTS
        WITH_STORE(fault_points_kill_before_and_after_the_write),
#endif
    };
    if (argc == 3 && strcmp(argv[1], "writer") == 0)
        return child_writer(argv[2]);
    if (argc == 3 && strcmp(argv[1], "checker") == 0)
        return child_checker(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
