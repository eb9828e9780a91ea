/* bench/attest_bench.c — verification of real evidence on one core: reading it, judging it with collateral
 * that must be judged too (cold), and with collateral that was judged before (cached). Per kind of TEE and
 * per table of primitives. The folder of vectors is the one argument. */
#include "attest/appraise.h"
#include "attest/quote.h"
#include "attest/snp.h"
#include "base/clock.h"
#include "base/fmt.h"
#include "tee/bundle.h"

#include <stdio.h>
#include <stdlib.h>

enum { RUN_MS = 1000, FILE_CAP = 1 << 18 };

struct sample {
    const char *name, *evidence, *bundle_opt, *leaf, *intermediate;
    enum attest_form form;
    uint64_t now;
};

/* Times at which the collateral is valid: `verify_at` of the vectors' manifest. */
static const struct sample samples[] = {
    {.name = "sgx_v3",
     .evidence = "sgx/sgx-phala-a067-processor-ca/quote.bin",
     .bundle_opt = "sgx/sgx-phala-a067-processor-ca/collateral-2025-06-19-e17-v3.json",
     .form = ATTEST_FORM_QUOTE,
     .now = 1751328000},
    {.name = "tdx_v4",
     .evidence = "tdx/tdx-phala-b0c06f-uptodate/quote.bin",
     .bundle_opt = "tdx/tdx-phala-b0c06f-uptodate/collateral-2025-06-19-e17-v3.json",
     .form = ATTEST_FORM_QUOTE,
     .now = 1751328000},
    {.name = "tdx_v5",
     .evidence = "tdx/tdx-google-v5-uptodate/quote.bin",
     .bundle_opt = "tdx/tdx-google-v5-uptodate/collateral-2026-02-01-e18-v3.json",
     .form = ATTEST_FORM_QUOTE,
     .now = 1771980300},
    {.name = "snp_milan",
     .evidence = "snp/snp-virtee-milan-v2/report.bin",
     .leaf = "snp/snp-virtee-milan-v2/vcek.der",
     .intermediate = "roots/amd/milan/ask.der",
     .form = ATTEST_FORM_SNP,
     .now = 1696101780},
    {.name = "snp_turin",
     .evidence = "snp/snp-microsoft-turin-v5/report.bin",
     .leaf = "snp/snp-microsoft-turin-v5/vcek.der",
     .intermediate = "roots/amd/turin/ask.der",
     .form = ATTEST_FORM_SNP,
     .now = 1785805440},
};

static struct bytes load(struct arena *a, const char *folder, const char *name)
{
    uint8_t *mem = arena_alloc(a, FILE_CAP);
    char path[1024];

    (void)fmt_into(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        (void)fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    size_t len = fread(mem, 1, FILE_CAP, f);
    (void)fclose(f);
    return bytes_of(mem, len);
}

static void demand(bool good, const char *what, const struct err *e)
{
    if (good)
        return;
    (void)fprintf(stderr, "%s: %s\n", what, e->msg);
    exit(1);
}

static void report(const struct sample *s, const char *table, const char *what, uint64_t count, uint64_t us)
{
    (void)printf("name=attest_%s_%s_%s us_each=%llu.%02llu count=%llu\n", s->name, what, table,
                 (unsigned long long)(us / count), (unsigned long long)(us * 100 / count % 100),
                 (unsigned long long)count);
}

static void read_only(const struct sample *s, struct bytes evidence)
{
    struct quote q;
    struct snp_report r;
    struct err e;
    uint64_t start = clock_mono_us(), count = 0;

    for (; count % 1024 != 0 || clock_mono_us() - start < RUN_MS * 1000ull; count++) {
        if (s->form == ATTEST_FORM_SNP)
            demand(snp_report_read(&r, evidence, &e) == ATTEST_VERIFIED, s->name, &e);
        else
            demand(quote_read(&q, evidence, true, &e) == ATTEST_VERIFIED, s->name, &e);
    }
    report(s, "any", "read", count, clock_mono_us() - start);
}

struct judged {
    struct attest_collateral collateral;
    struct attest_input in;
    struct attest_policy policy;
};

static void judge(const struct sample *s, struct judged *j, struct arena *scratch, bool cold,
                  const struct attest_primitives *crypto, const char *table)
{
    const struct attest_endorsements *endorsed;
    struct attest_claims claims;
    struct err e;
    struct arena_mark mark = arena_mark(scratch);

    demand(attest_endorse(&endorsed, scratch, &j->collateral, &j->policy, crypto, &e) == ATTEST_VERIFIED,
           s->name, &e);
    struct arena_mark used = arena_mark(scratch);
    uint64_t start = clock_mono_us(), count = 0;
    for (; clock_mono_us() - start < RUN_MS * 1000ull; count++) {
        arena_rewind(scratch, cold ? mark : used);
        if (cold)
            demand(attest_endorse(&endorsed, scratch, &j->collateral, &j->policy, crypto, &e) ==
                       ATTEST_VERIFIED,
                   s->name, &e);
        j->in.endorsements = endorsed;
        demand(attest_verify(&claims, &j->in, &j->policy, crypto, &e) == ATTEST_VERIFIED, s->name, &e);
    }
    report(s, table, cold ? "cold" : "cached", count, clock_mono_us() - start);
    arena_rewind(scratch, mark);
}

static void bench(const struct sample *s, const char *folder)
{
    struct arena a;
    struct err e;
    struct judged j = {.policy = {.roots = attest_vendor_roots,
                                  .root_count = ATTEST_VENDOR_ROOTS,
                                  .zero_tail = true,
                                  .without_amd_crl = true}};

    arena_init(&a, &arena_heap, 32 << 20);
    j.in = (struct attest_input){.evidence = load(&a, folder, s->evidence), .form = s->form, .now = s->now};
    if (s->bundle_opt != NULL) {
        demand(bundle_read(&j.collateral, &a, load(&a, folder, s->bundle_opt), &e) == ERR_OK, s->name, &e);
    } else {
        j.collateral.snp_leaf = load(&a, folder, s->leaf);
        j.collateral.snp_intermediate = load(&a, folder, s->intermediate);
    }
    read_only(s, j.in.evidence);
    judge(s, &j, &a, true, &attest_openssl, "openssl");
    judge(s, &j, &a, false, &attest_openssl, "openssl");
    judge(s, &j, &a, true, &attest_plain, "plain");
    judge(s, &j, &a, false, &attest_plain, "plain");
    arena_fini(&a);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: bench_attest <folder of attestation vectors>\n");
        return 2;
    }
    for (size_t i = 0; i < ARRAY_LEN(samples); i++)
        bench(&samples[i], argv[1]);
    return 0;
}
