#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fmt.h"
#include "tee/sim_world_test.h"

void sim_world_init(struct sim_world *w, bool published, bool chip)
{
    memset(w, 0, sizeof *w);
    (void)fmt_into(w->folder, sizeof w->folder, "/tmp/wetee-sim-world-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    (void)fmt_into(w->platform, sizeof w->platform, "%s/platform", w->folder);
    assert_int_equal(mkdir(w->platform, 0700), 0);
    if (published)
        assert_int_equal(attest_sim_create_from(SIM_PUBLISHED_KEYS, w->folder, w->platform, SIM_NOW, &w->e),
                         ERR_OK);
    else
        assert_int_equal(attest_sim_create(w->folder, w->platform, SIM_NOW, &w->e), ERR_OK);
    if (chip)
        assert_int_equal(attest_sim_create_snp(w->folder, w->platform, SIM_NOW, &w->e), ERR_OK);
    assert_int_equal(attest_sim_open(&w->sim, w->folder, &w->e), ERR_OK);
    assert_int_equal(attest_sim_authority_open(&w->authority, w->folder, &w->e), ERR_OK);
    assert_int_equal(attest_root_from_cert(&w->roots[0], attest_sim_root_of(w->sim, ATTEST_KIND_SGX),
                                           ATTEST_ROOT_DEVELOPMENT, &w->e),
                     ERR_OK);
    if (chip)
        assert_int_equal(attest_root_from_cert(&w->roots[1], attest_sim_root_of(w->sim, ATTEST_KIND_SNP),
                                               ATTEST_ROOT_DEVELOPMENT, &w->e),
                         ERR_OK);
    w->policy = (struct attest_policy){.roots = w->roots,
                                       .root_count = chip ? 2 : 1,
                                       .allow_development = true,
                                       .any_measurement = true,
                                       .tcb_allowed = ATTEST_TCB_STRICT};
    arena_init(&w->arena, &arena_heap, 16 << 20);
    memcpy(w->report_data, "bound", 5);
    memset(w->program, 0xaa, sizeof w->program);
}

void sim_world_fini(struct sim_world *w)
{
    static const char *const files[] = {"platform/pck.key",
                                        "platform/chain.pem",
                                        "platform/root.der",
                                        "platform/ark.der",
                                        "platform/ask.der",
                                        "platform/vcek.der",
                                        "platform/vcek.key",
                                        "platform/collateral-sgx.json",
                                        "platform/collateral-tdx.json",
                                        "platform",
                                        "platform/collateral-snp.json",
                                        "root.der",
                                        "root.pem",
                                        "root.key",
                                        "ca.key",
                                        "tcb.key",
                                        "ca.der",
                                        "tcb.der",
                                        "ark.key",
                                        "ask.key",
                                        "ark.der"};
    char path[160];

    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        (void)fmt_into(path, sizeof path, "%s/%s", w->folder, files[i]);
        (void)remove(path);
    }
    (void)rmdir(w->platform);
    assert_int_equal(rmdir(w->folder), 0); /* nothing unexpected was left */
    attest_sim_free(w->sim);
    attest_sim_authority_free(w->authority);
    arena_fini(&w->arena);
}

static enum attest_class judge_with(struct sim_world *w, struct bytes evidence,
                                    const struct attest_collateral *collateral_opt, uint64_t now,
                                    const struct attest_primitives *crypto)
{
    struct attest_input in = {.evidence = evidence, .now = now, .report_data = w->report_data};

    if (collateral_opt != NULL) {
        enum attest_class c =
            attest_endorse(&in.endorsements, &w->arena, collateral_opt, &w->policy, crypto, &w->e);
        if (c != ATTEST_VERIFIED)
            return c;
    }
    return attest_appraise(&w->claims, &in, &w->policy, crypto, &w->e);
}

enum attest_class sim_world_judge(struct sim_world *w, struct bytes evidence,
                                  const struct attest_collateral *collateral_opt, uint64_t now)
{
    enum attest_class plain = judge_with(w, evidence, collateral_opt, now, &attest_plain);
    enum attest_class native = judge_with(w, evidence, collateral_opt, now, &attest_openssl);
    assert_class(plain, native);
    return native;
}

void sim_world_collateral(struct sim_world *w, struct attest_collateral *out, enum attest_kind kind,
                          struct attest_sim_collateral_args args)
{
    args.kind = kind;
    args.issued = SIM_NOW;
    attest_sim_collateral_make(out, &w->arena, w->authority, w->sim, &args);
}

struct bytes sim_world_quote(struct sim_world *w, struct attest_sim_quote_args args)
{
    struct bytes q;
    memcpy(args.report_data, w->report_data, sizeof args.report_data);
    memcpy(args.mrenclave, w->program, sizeof args.mrenclave);
    attest_sim_signer(args.mrsigner);
    assert_int_equal(attest_sim_quote(w->sim, &w->arena, &q, &args, &w->e), ERR_OK);
    return q;
}

struct bytes sim_world_report(struct sim_world *w, const struct attest_snp_claims *guest, bool masked,
                              bool table)
{
    struct attest_sim_report_args args = {.masked_chip_key = masked, .without_table = !table};
    struct bytes r;
    memcpy(args.report_data, w->report_data, sizeof args.report_data);
    assert_int_equal(attest_sim_report(w->sim, &w->arena, &r, guest, &args, &w->e), ERR_OK);
    return r;
}

void sim_assert_class(enum attest_class got, enum attest_class want, const char *file, int line)
{
    if (got != want)
        print_error("%s, not %s\n", attest_class_name(got), attest_class_name(want));
    _assert_int_equal((LargestIntegralType)got, (LargestIntegralType)want, file, line);
}
