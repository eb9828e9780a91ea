#include "worker/system_verify_test.h"

#include "base/bytes.h"
#include "base/fmt.h"
#include "chain/worker.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { OUTPUT_MAX = 1 << 16 };

const struct system_kind *system_kind(const char *name)
{
    static const struct system_kind kinds[] = {{"simulated", WORKER_EVIDENCE_SGX_DCAP, "SGX"},
                                               {"simulated-tdx", WORKER_EVIDENCE_TDX, "TDX"},
                                               {"simulated-snp", WORKER_EVIDENCE_SEV_SNP, "SEV-SNP"}};

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    }
    fail_msg("unknown kind of TEE %s", name);
    return NULL;
}

static void become_wetee(const struct system_question *q, const char *form, int out)
{
    char program[512], number[24];

    (void)fmt_into(program, sizeof program, "%s/wetee", q->bin);
    (void)fmt_into(number, sizeof number, "%llu", (unsigned long long)q->number);
    (void)dup2(out, STDOUT_FILENO);
    (void)execl(program, "wetee", q->noun, "verify", number, "--node", q->node_url, "--output", form,
                (char *)NULL);
    _exit(127);
}

/* What the program says when it accepts. */
static struct bytes output(uint8_t text[OUTPUT_MAX], const struct system_question *q, const char *form)
{
    size_t len = 0;
    ssize_t n;
    int fd[2], status;

    assert_int_equal(pipe(fd), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        become_wetee(q, form, fd[1]);
    (void)close(fd[1]);
    while (len < OUTPUT_MAX && (n = read(fd[0], text + len, OUTPUT_MAX - len)) > 0)
        len += (size_t)n;
    (void)close(fd[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (status != 0)
        fail_msg("wetee %s verify: status %#x: %.*s", q->noun, (unsigned)status, (int)len,
                 (const char *)text);
    return bytes_of(text, len);
}

static void assert_member(const json_t *j, const char *object_opt, const char *member, const char *want)
{
    const json_t *in = object_opt == NULL ? j : json_object_get(j, object_opt);
    const char *have = json_string_value(json_object_get(in, member));

    if (have == NULL || strcmp(have, want) != 0)
        fail_msg("%s.%s is %s, expected %s", object_opt == NULL ? "" : object_opt, member,
                 have == NULL ? "missing" : have, want);
}

void system_verify(const struct system_question *q)
{
    static uint8_t text[OUTPUT_MAX];

    assert_true(bytes_starts_with(output(text, q, "text"), BYTES_LIT("SIMULATED evidence, VERIFIED")));
    struct bytes doc = output(text, q, "json");
    json_t *j = json_loadb((const char *)doc.p, doc.len, 0, NULL);
    assert_non_null(j);
    assert_member(j, NULL, "result", "verified");
    assert_member(j, NULL, "class", "VERIFIED");
    assert_member(j, "claims", "tee", q->kind->shown);
    assert_member(j, "trust_root", "label", "SIMULATED");
    assert_member(j, "trust_root", "origin", "chain");
    assert_member(j, "collateral", "source", "chain");
    assert_member(j, "chain", "kind", q->kind->shown);
    assert_member(j, "chain", "purpose", q->purpose);
    json_decref(j);
}
