/* tools/idlc_test.c — runs idlc on small declarations: what it refuses, and that what it writes compiles. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/base.h"

enum { OUTPUT_MAX = 16 * 1024, PATH_LEN = 512 };

struct dir {
    char path[PATH_LEN];
};

/* Runs argv; its stderr and stdout into out. */
static int run(char out[OUTPUT_MAX], char *const argv[])
{
    int fds[2], status;
    size_t len = 0;
    ssize_t n;

    assert_int_equal(pipe(fds), 0);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)dup2(fds[1], STDERR_FILENO);
        (void)dup2(fds[1], STDOUT_FILENO);
        (void)close(fds[0]);
        (void)execvp(argv[0], argv);
        _exit(127);
    }
    (void)close(fds[1]);
    while ((n = read(fds[0], out + len, OUTPUT_MAX - 1 - len)) > 0)
        len += (size_t)n;
    out[len] = 0;
    (void)close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void join(char out[PATH_LEN], const char *dir, const char *name)
{
    assert_in_range(snprintf(out, PATH_LEN, "%s/%s", dir, name), 1, PATH_LEN - 1);
}

static void write_text(const char *dir, const char *name, const char *text)
{
    char path[PATH_LEN];

    join(path, dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
}

static int make_dir(void **state)
{
    struct dir *d = calloc(1, sizeof *d);

    if (d == NULL)
        return -1;
    (void)snprintf(d->path, sizeof d->path, "%s/idlc-test-XXXXXX", WETEE_BUILD_DIR);
    *state = d;
    return mkdtemp(d->path) == NULL ? -1 : 0;
}

static int remove_dir(void **state)
{
    struct dir *d = *state;
    char out[OUTPUT_MAX];

    (void)run(out, (char *[]){(char[]){"rm"}, (char[]){"-rf"}, d->path, NULL});
    free(d);
    return 0;
}

/* Runs idlc over a.idl (and b.idl when given); expects exit 1 and `message`, or exit 0 when it is NULL. */
static void check(void **state, const char *a, const char *b, const char *message)
{
    struct dir *d = *state;
    char out[OUTPUT_MAX], path_a[PATH_LEN], path_b[PATH_LEN], gen[PATH_LEN],
        idlc[] = WETEE_BUILD_DIR "/bin/idlc", o[] = "-o";

    write_text(d->path, "a.idl", a);
    if (b != NULL)
        write_text(d->path, "b.idl", b);
    join(path_a, d->path, "a.idl");
    join(path_b, d->path, "b.idl");
    join(gen, d->path, "gen");
    const int status = run(out, (char *[]){idlc, o, gen, path_a, b == NULL ? NULL : path_b, NULL});
    if (message == NULL) {
        assert_string_equal(out, "");
        assert_int_equal(status, 0);
        return;
    }
    assert_int_equal(status, 1);
    if (strstr(out, message) == NULL)
        fail_msg("expected '%s', got '%s'", message, out);
    assert_non_null(strstr(out, ".idl:")); /* says where */
}

#define MODULE "module a index 7 name \"A\"\n"
#define CALL(index, name) "call " index " " name "()\n origin signed\n weight 1\n \"Does it.\"\n"

static void refuses_indices_used_twice(void **state)
{
    check(state, MODULE CALL("0", "x") CALL("0", "y"), NULL, "duplicate index 0 of call y: taken by x");
    check(state, MODULE CALL("0", "x") CALL("1", "x"), NULL, "duplicate call x");
    check(state, MODULE "event 3 X\nevent 3 Y\n", NULL, "duplicate index 3 of event Y");
    check(state, MODULE "error 1 X \"x\"\nerror 1 Y \"y\"\n", NULL, "duplicate index 1 of error Y");
    check(state, MODULE "enum E { 0 A 0 B }\n", NULL, "duplicate index 0 of variant B");
    check(state, MODULE, "module b index 7 name \"B\"\n", "duplicate index 7 of pallet");
    check(state, MODULE, "module b index 8 name \"A\"\n", "duplicate pallet A");
    check(state, MODULE "call 256 x()\n", NULL, "a call's index is over 255");
}

static void refuses_names_used_twice(void **state)
{
    check(state, MODULE "struct S { a u8 }\nenum S { 0 A }\n", NULL, "duplicate type S");
    check(state, MODULE "struct S { a u8 a u8 }\n", NULL, "duplicate field a");
    check(state, MODULE "value V u8\nmap V identity(u8) -> u8\n", NULL, "duplicate storage item V");
    check(state, MODULE "const C u8 = 1\nconst C u8 = 2\n", NULL, "duplicate constant C");
    check(state, MODULE "struct S path \"x::S\" { a u8 }\nstruct T path \"x::S\" { b u16 }\n", NULL,
          "duplicate path x::S");
}

static void refuses_unbounded_types(void **state)
{
    check(state, MODULE "value V bytes\n", NULL, "unbounded type");
    check(state, MODULE "value V str\nvalue W u8\n", NULL, "unbounded type");
    check(state, MODULE "value V vec<u8>\n", NULL, "unbounded type");
    check(state, MODULE "value V vec<u8, n>\n", NULL, "unbounded type");
    check(state, MODULE "value V bytes<99999999999999999999999>\n", NULL, "a bound is over");
    check(state, MODULE "value V [u8; 4096]\n", NULL, "an array's length is over 2048");
}

static void refuses_unknown_types_and_modules(void **state)
{
    check(state, MODULE "value V Nothing\n", NULL, "unknown type Nothing");
    check(state, MODULE "value V b.Nothing\n", NULL, "unknown module b");
    check(state, MODULE "value V b.Nothing\n", "module b\n", "unknown type b.Nothing");
    check(state, MODULE "value V compact<bool>\n", NULL, "compact is for unsigned integers");
    check(state, MODULE "map V md5(u8) -> u8\n", NULL, "unknown hasher md5");
}

static void refuses_cycles(void **state)
{
    check(state, MODULE "struct S { a option<S> }\n", NULL, "cycle: type S contains itself");
    check(state, MODULE "struct S { t vec<T, 4> }\nenum T { 0 A(S) }\n", NULL,
          "cycle: type S contains itself");
    check(state, MODULE "struct S { x b.T }\n", "module b\nstruct T { x u8 }\nstruct U { y a.S }\n",
          "uses itself through others");
}

static void refuses_calls_that_say_too_little(void **state)
{
    check(state, MODULE "call 0 x()\n origin signed\n weight 1\n", NULL, "call x is not documented");
    check(state, MODULE "call 0 x()\n origin signed\n \"X.\"\n", NULL, "needs an origin and a weight");
    check(state, MODULE "call 0 x()\n weight 1\n \"X.\"\n", NULL, "needs an origin and a weight");
    check(state, MODULE "call 0 x()\n origin king\n weight 1\n \"X.\"\n", NULL, "unknown origin king");
    check(state, MODULE "call 0 x()\n origin root\n weight 1\n fails Z\n \"X.\"\n", NULL, "unknown error Z");
    check(state, MODULE "call 0 x()\n origin root\n weight 1\n emits Z\n \"X.\"\n", NULL, "unknown event Z");
    check(state, MODULE "call 0 x(type u8)\n origin root\n weight 1\n \"X.\"\n", NULL,
          "reserved word of Rust");
    check(state, MODULE "call 0 x(e Era)\n origin root\n weight 1\n \"X.\"\n", NULL, "cannot be decoded");
    check(state, MODULE "error 0 X\n", NULL, "error X is not documented");
}

static void refuses_values_outside_their_type(void **state)
{
    check(state, MODULE "const C u8 = 256\n", NULL, "256 does not fit 1 bytes");
    check(state, MODULE "const C u128 = 340282366920938463463374607431768211456\n", NULL,
          "does not fit 16 bytes");
    check(state, MODULE "const C u8 = 0xag\n", NULL, "is not a number");
    check(state, MODULE "const C str<2> = \"abc\"\n", NULL, "3 bytes, at most 2");
    check(state, MODULE "const C [u8; 2] = 0x00\n", NULL, "0x and 2 bytes expected");
    check(state, MODULE "const C vec<u8, 1> = [1, 2]\n", NULL, "2 elements, at most 1");
    check(state, MODULE "enum E { 0 A }\nconst C E = B\n", NULL, "E has no variant 'B'");
    check(state, MODULE "const C (u8, u8) = {1}\n", NULL, "2 values expected, not 1");
}

static void refuses_what_is_not_the_language(void **state)
{
    check(state, "", NULL, "a file begins with 'module'");
    check(state, MODULE "nonsense\n", NULL, "a declaration expected, not 'nonsense'");
    check(state, MODULE "struct S { a u8\n", NULL, "a field's name expected");
    check(state, MODULE "value V u8 = \"abc\n\"\n", NULL, "text without its closing quote");
    check(state, "module other index 1 name \"O\"\n", NULL, "module other must be in other.idl");
    check(state, "module a\nvalue V u8\n", NULL, "it may declare types alone");
}

/* Every construct of the language once. */
static const char everything[] = MODULE
    "\"Documented\"\n\"in two lines.\"\n"
    "struct New (u128)\n"
    "struct Pair path \"x::Pair\" params (T New, Phantom) (New, u8)\n"
    "enum Plain { 0 A 7 B \"with a \\ \" }\n"
    "enum Full { 0 None 1 One(u16) 2 Two(u8, Plain) 3 Named { default bytes<4> as \"T::X\" \"doc\", int Pair "
    "} 4 Unit(()) }\n"
    "struct S { plain Plain full Full list vec<Full, 3> maybe option<Balance> pair (u8, AccountId) id H256\n"
    "  raw [u8; 3] raws vec<[u8; 3], 2> nested vec<vec<S2, 2>, 2> r result<(), Full> rr result<(), ()>\n"
    "  c compact<Balance> t text<3> s str<4> u () a Address triple (u8, u16, u32) }\n"
    "struct S2 { x u8 }\n"
    "value Counter u64 = 3\n"
    "value Always S = default\n"
    "value Maybe vec<u8, 4>\n"
    "value Flag bool = true\n"
    "value Kind Plain = B\n"
    "value Money Balance = 0x10000000000000000\n"
    "value Raw [u8; 3] = 0x010203\n"
    "map One blake2_128_concat(AccountId) -> S\n"
    "map Two identity(u64) twox_64_concat([u8; 3]) -> Balance = 5\n"
    "map Three identity(Plain) blake2_256((u8, AccountId)) twox_128(bytes<8>) -> Full = Two(1, B)\n"
    "const Scalar u32 = 7\n"
    "const Text str<8> = \"quote\"\n"
    "const List vec<(u8, option<u16>), 4> = [{1, none}, {2, 3}]\n"
    "const Empty vec<u8, 4> = []\n"
    "const Enum Full = Named(\"ab\", {{1}, 2})\n"
    "const Deep b.Other = {1}\n"
    "call 9 later(call Call, calls vec<Call, 4>, who Address)\n  origin any\n  weight 5 + 6 per byte\n"
    "  class operational\n  fails Bad, b.Worse\n  emits Happened, b.Done\n  \"Later.\"\n"
    "call 2 sooner()\n  origin none\n  weight 1\n  class mandatory\n  \"Sooner.\"\n"
    "event 1 Happened { s S, int u8 }\nevent 0 Nothing\n\"No fields.\"\n"
    "error 4 Bad \"bad\"\n";
static const char others[] = "module b index 9 name \"B\" crate \"pallet_b\"\n"
                             "struct Other { x u8 }\nvalue Others vec<Other, 2>\n"
                             "event 3 Done\nerror 200 Worse \"worse\"\n";

static void compile(const struct dir *d, const char *name)
{
    char out[OUTPUT_MAX], path[PATH_LEN], include[PATH_LEN + 16], gen[PATH_LEN], *argv[24];
    const char *const flags[] = {WETEE_CC,
                                 "-std=gnu17",
                                 "-Wall",
                                 "-Wextra",
                                 "-Wpedantic",
                                 "-Werror",
                                 "-Wconversion",
                                 "-Wcast-qual",
                                 "-Wstrict-prototypes",
                                 "-fsyntax-only",
                                 "-I" WETEE_SOURCE_DIR,
                                 include,
                                 path};
    size_t n = 0;

    join(gen, d->path, "gen");
    (void)snprintf(include, sizeof include, "-I%s", gen);
    join(path, gen, name);
    for (; n < ARRAY_LEN(flags); n++)
        argv[n] = strdup(flags[n]);
    argv[n] = NULL;
    const int status = run(out, argv);
    while (n > 0)
        free(argv[--n]);
    if (status != 0)
        fail_msg("%s: %s", name, out);
}

static void what_it_writes_compiles(void **state)
{
    static const char *const files[] = {"chain/a.c",       "chain/b.c",       "chain/chain.c",
                                        "runtime/a_gen.c", "runtime/b_gen.c", "runtime/dispatch_gen.c"};

    check(state, everything, others, NULL);
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        compile(*state, files[i]);
}

static int with_lock(const struct dir *d, const char *option, char out[OUTPUT_MAX])
{
    char lock[PATH_LEN], path[PATH_LEN], idlc[] = WETEE_BUILD_DIR "/bin/idlc", opt[32];

    (void)snprintf(opt, sizeof opt, "%s", option);
    join(lock, d->path, "abi.lock");
    join(path, d->path, "a.idl");
    return run(out, (char *[]){idlc, opt, lock, path, NULL});
}

static void the_lock_tells_changed_reused_removed_and_new(void **state)
{
    struct dir *d = *state;
    char out[OUTPUT_MAX];

    write_text(d->path, "a.idl",
               MODULE "struct S { a u8 }\n" CALL("0", "x") "value V vec<S, 2>\nconst C u8 = 1\n");
    assert_int_equal(with_lock(d, "--write-lock", out), 0);
    assert_int_equal(with_lock(d, "--check-lock", out), 0);
    assert_string_equal(out, "");

    write_text(d->path, "a.idl",
               MODULE "struct S { a u16 }\n" CALL("0", "x") "value V vec<S, 2>\nconst C u8 = 1\n");
    assert_int_equal(with_lock(d, "--check-lock", out), 1);
    assert_non_null(
        strstr(out, "changed or reused, was: storage A.V")); /* though its line of the .idl is the same */
    assert_non_null(strstr(out, "changed or reused, was: type a.S"));

    write_text(d->path, "a.idl",
               MODULE "struct S { a u8 }\n" CALL("0", "y") "value V vec<S, 2>\nconst C u8 = 2\n");
    assert_int_equal(with_lock(d, "--check-lock", out), 1);
    assert_non_null(strstr(out, "changed or reused, was: call 007.000 A.x"));
    assert_non_null(strstr(out, "changed or reused, was: const A.C"));

    write_text(d->path, "a.idl",
               MODULE "struct S { a u8 }\n" CALL("1", "z") "value V vec<S, 2>\nconst C u8 = 1\n");
    assert_int_equal(with_lock(d, "--check-lock", out), 1);
    assert_non_null(strstr(out, "removed: call 007.000"));
    assert_non_null(strstr(out, "new: call 007.001"));
}

static int is_idl(const struct dirent *entry)
{
    const size_t len = strlen(entry->d_name);
    return len > 4 && strcmp(entry->d_name + len - 4, ".idl") == 0;
}

static void the_chain_agrees_with_its_lock(void **state)
{
    char out[OUTPUT_MAX], *argv[64] = {0};
    struct dirent **names;
    size_t n = 0;
    const int count = scandir(WETEE_SOURCE_DIR "/chain", &names, is_idl, alphasort);

    (void)state;
    assert_in_range(count, 1, 32);
    argv[n++] = strdup(WETEE_BUILD_DIR "/bin/idlc");
    argv[n++] = strdup("--check-lock");
    argv[n++] = strdup(WETEE_SOURCE_DIR "/chain/abi.lock");
    for (int i = 0; i < count; i++) {
        char path[PATH_LEN];
        join(path, WETEE_SOURCE_DIR "/chain", names[i]->d_name);
        argv[n++] = strdup(path);
        free(names[i]);
    }
    free(names);
    const int status = run(out, argv);
    while (n > 0)
        free(argv[--n]);
    if (status != 0)
        fail_msg("%s", out);
}

int main(void)
{
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        IN_DIR(refuses_indices_used_twice),
        IN_DIR(refuses_names_used_twice),
        IN_DIR(refuses_unbounded_types),
        IN_DIR(refuses_unknown_types_and_modules),
        IN_DIR(refuses_cycles),
        IN_DIR(refuses_calls_that_say_too_little),
        IN_DIR(refuses_values_outside_their_type),
        IN_DIR(refuses_what_is_not_the_language),
        IN_DIR(what_it_writes_compiles),
        IN_DIR(the_lock_tells_changed_reused_removed_and_new),
        cmocka_unit_test(the_chain_agrees_with_its_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
