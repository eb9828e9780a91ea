/* cli/verify_text.c — the outcome for people: the verdict first, then what ran, where, how fresh, whose root.
 */
#include "attest/tcb.h"
#include "attest/x509.h"
#include "base/hex.h"
#include "cli/verify.h"
#include <stdio.h>
#include <time.h>

#define YEAR_9999_END 253402300799U
enum { TITLE_WIDTH = 20, LAYERS_TEXT_MAX = 160, DAY_LEN = 10, DAY_S = 86400 };

const char *verify_date(struct arena *a, uint64_t seconds)
{
    time_t at = (time_t)seconds;
    struct tm tm;
    char text[40];

    if (seconds == 0 || seconds > YEAR_9999_END || gmtime_r(&at, &tm) == NULL ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        return "-";
    return arena_str(a, bytes_of_str(text));
}

const char *verify_hex(struct arena *a, struct bytes b)
{
    char *text = arena_alloc(a, 2 * b.len + 1);

    hex_encode(text, b);
    return text;
}

void verify_row(const char *title, const char *value)
{
    (void)printf("  %-*s %s\n", TITLE_WIDTH, title, value);
}

static void row_hex(struct verify *v, const char *title, const uint8_t *p, size_t len)
{
    verify_row(title, verify_hex(&v->cli->arena, bytes_of(p, len)));
}
#define ROW_HEX(v, title, field) row_hex((v), (title), (field), sizeof(field))

void verify_heading(const char *text)
{
    (void)printf("\n%s\n", text);
}

static const char *outside(struct verify *v, struct bytes text)
{
    return out_printable(&v->cli->arena, text);
}

static void print_verdict(struct verify *v)
{
    const char *name = attest_class_name(v->class);

    if (v->class == ATTEST_VERIFIED)
        (void)printf("%sVERIFIED: %s\n", verify_simulated(v) ? "SIMULATED evidence, " : "",
                     v->policy_name != NULL && strcmp(v->policy_name, "none") == 0 &&
                             v->policy.any_measurement && !v->report_data_given
                         ? "authentic; no policy was asked"
                         : "authentic, and the policy accepts it");
    else
        (void)printf("%sREJECTED %s: %s\n", verify_simulated(v) ? "SIMULATED evidence, " : "", name,
                     attest_class_text(v->class));
    if (v->class == ATTEST_VERIFIED)
        return;
    /* the message begins with the class, which was said */
    struct bytes why = bytes_of_str(v->why.msg);
    struct bytes head = bytes_of_str(arena_fmt(&v->cli->arena, "%s: ", name));
    verify_row("why", outside(v, bytes_starts_with(why, head) ? bytes_from(why, head.len) : why));
    verify_row("kind",
               arena_fmt(&v->cli->arena, "%s: %s", verify_kind(v->class)->name, verify_kind(v->class)->text));
    verify_row("authentic",
               v->authentic ? "yes: every signature and chain is good" : "no: nothing in it is believed");
    verify_row("what to do", attest_class_remedy(v->class));
    if (v->class == ATTEST_COLLATERAL_MISSING && v->source == VERIFY_NO_COLLATERAL)
        verify_row("", "--collateral FILE gives it; --no-collateral --policy none checks signatures alone");
}

static void print_evidence(struct verify *v)
{
    struct writer w = writer_in(&v->cli->arena, LAYERS_TEXT_MAX);

    verify_heading("Evidence");
    for (uint32_t i = 0; i < v->file.layer_count; i++)
        put_fmt(&w, "%s, ", v->file.layers[i]);
    put_fmt(&w, "%zu bytes", v->file.evidence.len > 0 ? v->file.evidence.len : v->file.certificate.len);
    put_u8(&w, 0);
    verify_row("given as", (const char *)writer_bytes(&w).p);
    verify_row("judged as of", arena_fmt(&v->cli->arena, "%s%s", verify_date(&v->cli->arena, v->now),
                                         v->now_given ? " (--time)" : ""));
    verify_row("policy", outside(v, bytes_of_str(v->policy_name)));
}

static void print_sgx(struct verify *v)
{
    const struct attest_sgx_claims *s = &v->claims.sgx;

    ROW_HEX(v, "MRENCLAVE", s->mrenclave);
    ROW_HEX(v, "MRSIGNER", s->mrsigner);
    verify_row("product, version",
               arena_fmt(&v->cli->arena, "ISVPRODID %u, ISVSVN %u", s->isv_prod_id, s->isv_svn));
    ROW_HEX(v, "attributes", s->attributes);
}

static void print_tdx(struct verify *v)
{
    static const char *const registers[] = {"RTMR0 (firmware set)", "RTMR1 (kernel)", "RTMR2 (command line)",
                                            "RTMR3 (application)"};
    const struct attest_tdx_claims *t = &v->claims.tdx;

    ROW_HEX(v, "MRTD (firmware)", t->mrtd);
    for (size_t i = 0; i < ARRAY_LEN(registers); i++)
        ROW_HEX(v, registers[i], t->rtmr[i]);
    if (v->event_log.len > 0)
        verify_row("event log",
                   v->log_replayed ? "leads to the registers" : "does NOT lead to the registers");
    ROW_HEX(v, "TD attributes", t->td_attributes);
    ROW_HEX(v, "service TD", t->mrservicetd);
    ROW_HEX(v, "TDX module", t->mrseam);
    ROW_HEX(v, "module TCB", t->tee_tcb_svn);
}

static void print_snp(struct verify *v)
{
    const struct attest_snp_claims *s = &v->claims.snp;

    ROW_HEX(v, "measurement", s->measurement);
    ROW_HEX(v, "host data", s->host_data);
    verify_row("guest", arena_fmt(&v->cli->arena, "SVN %u, VMPL %u, policy 0x%llx", s->guest_svn, s->vmpl,
                                  (unsigned long long)s->policy));
    ROW_HEX(v, "ID key digest", s->id_key_digest);
}

static void print_who(struct verify *v)
{
    verify_heading("What ran");
    switch (v->claims.kind) {
    case ATTEST_KIND_SGX:
        print_sgx(v);
        break;
    case ATTEST_KIND_TDX:
        print_tdx(v);
        break;
    case ATTEST_KIND_SNP:
        print_snp(v);
        break;
    }
    verify_row("debug", v->claims.debug ? "YES: whoever runs it can read and change its memory" : "no");
    verify_row("measurement", v->policy.any_measurement ? "not compared"
                              : !verify_code_listed(v)  ? "NOT on the allow-list"
                                                        : "compared with the allow-list");
}

static void print_where(struct verify *v)
{
    const struct attest_claims *c = &v->claims;
    struct arena *a = &v->cli->arena;

    verify_heading("Where");
    if (c->kind != ATTEST_KIND_SNP) {
        verify_row("TEE", attest_kind_name(c->kind));
        ROW_HEX(v, "platform (FMSPC)", c->platform.fmspc);
        ROW_HEX(v, "platform id (PPID)", c->platform.ppid);
        return;
    }
    verify_row("TEE", arena_fmt(a, "SEV-SNP on %s", attest_product_name(c->snp.product)));
    if (c->snp.vlek)
        verify_row("provider", outside(v, bytes_of(c->snp.csp_id, c->snp.csp_id_len)));
    else
        ROW_HEX(v, "chip", c->snp.chip_id);
    ROW_HEX(v, "TCB reported", c->snp.reported_tcb);
    ROW_HEX(v, "TCB running", c->snp.current_tcb);
    verify_row("platform info", arena_fmt(a, "0x%llx", (unsigned long long)c->snp.platform_info));
}

static const char *tcb_text(struct verify *v, const struct attest_tcb_part *part)
{
    struct arena *a = &v->cli->arena;

    return arena_fmt(a, "%s, level of %.*s", attest_tcb_name(part->status), DAY_LEN,
                     verify_date(a, part->date));
}

static void print_advisories(struct verify *v)
{
    for (uint32_t i = 0; i < v->claims.advisory_count; i++)
        verify_row(i == 0 ? "open advisories" : "", outside(v, v->claims.advisories[i]));
    if (v->claims.advisory_count == 0 && v->claims.tcb != ATTEST_TCB_NOT_EVALUATED)
        verify_row("open advisories", "none");
}

static void print_fresh(struct verify *v)
{
    static const char *const sources[] = {"none", "from a file (--collateral)", "came with the evidence",
                                          "fetched", "the chain's"};
    const struct attest_claims *c = &v->claims;
    struct arena *a = &v->cli->arena;

    verify_heading("How fresh");
    verify_row("collateral", v->source == VERIFY_NO_COLLATERAL && cli_given(v->cli, "chain")
                                 ? "certificates alone (--chain)"
                                 : sources[v->source]);
    if (c->collateral_issued != 0)
        verify_row("issued", arena_fmt(a, "%s, %llu days before", verify_date(a, c->collateral_issued),
                                       v->now < c->collateral_issued
                                           ? 0ULL
                                           : (unsigned long long)(v->now - c->collateral_issued) / DAY_S));
    verify_row("verdict valid until", verify_date(a, c->valid_until));
    if (c->kind == ATTEST_KIND_SNP)
        return;
    verify_row("TCB status", attest_tcb_name(c->tcb));
    if (c->tcb_platform.judged)
        verify_row("  platform", tcb_text(v, &c->tcb_platform));
    if (c->tcb_qe.judged)
        verify_row("  quoting enclave", tcb_text(v, &c->tcb_qe));
    if (c->tcb_module.judged)
        verify_row("  TDX module", tcb_text(v, &c->tcb_module));
    print_advisories(v);
}

static void print_root(struct verify *v)
{
    const struct attest_root *root = &v->policy.roots[v->claims.root_index];

    verify_heading("Whose word");
    verify_row("root", outside(v, x509_common_name(root->subject)));
    verify_row("label", verify_simulated(v) ? "SIMULATED: a development root, no hardware stands behind it"
                        : !verify_known_root(v)
                            ? "given by --root, and none of the vendors' that are known here"
                        : v->roots_given ? "vendor's, as given by --root"
                                         : "vendor's, built in");
}

static void print_binding(struct verify *v)
{
    verify_heading("Bound to");
    ROW_HEX(v, "report data", v->claims.report_data);
    if (v->file.certificate.len > 0)
        verify_row("", "the key of the certificate");
    verify_row("compared", !v->report_data_given       ? "no (--report-data)"
                           : !verify_bound_as_asked(v) ? "DIFFERENT"
                                                       : "yes");
    ROW_HEX(v, "signed bytes, hash", v->claims.signed_hash);
}

void verify_text(struct verify *v)
{
    print_verdict(v);
    print_evidence(v);
    if (v->authentic) {
        print_who(v);
        print_where(v);
        print_fresh(v);
        print_root(v);
        print_binding(v);
    }
    if (v->chain_opt != NULL)
        verify_chain_text(v);
    if (v->note_count > 0)
        verify_heading("Note");
    for (size_t i = 0; i < v->note_count; i++)
        (void)printf("  - %s\n", outside(v, bytes_of_str(v->notes[i])));
}
