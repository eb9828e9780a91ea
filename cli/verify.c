/* cli/verify.c — `wetee verify`: is this evidence good? Options, then the judgement, step by step. */
#include "cli/verify.h"
#include "attest/ccel.h"
#include "attest/date.h"
#include "attest/ratls.h"
#include "base/clock.h"
#include "base/hex.h"
#include "tee/policy_file.h"

static const struct param params[] = {
    {"file", PARAM_TEXT, "FILE|URL",
     "evidence: a file, - for the input, or an address; a class with --explain", NULL, NULL, true, false},
    {"cert", PARAM_LIST, "CERT", "more certificates behind --chain CERT", NULL, NULL, true, false},
    {"collateral", PARAM_TEXT, "FILE", "the vendor's documents and lists: a bundle in JSON", NULL, NULL,
     false, false},
    {"no-collateral", PARAM_SWITCH, NULL, "check signatures only: no revocation, no TCB level", NULL, NULL,
     false, false},
    {"offline", PARAM_SWITCH, NULL, "fetch nothing", NULL, NULL, false, false},
    {"pccs", PARAM_TEXT, "URL", "fetch from this caching service instead of Intel's", NULL, "WETEE_PCCS",
     false, false},
    {"cache", PARAM_TEXT, "FOLDER", "keep what was fetched there, and look there first", NULL, NULL, false,
     false},
    {"ca", PARAM_TEXT, "FILE", "authorities of that service or address, PEM, instead of the system's", NULL,
     NULL, false, false},
    {"chain", PARAM_LIST, "CERT", "certificates the evidence does not carry, DER or PEM", NULL, NULL, false,
     false},
    {"root", PARAM_LIST, "FILE", "trust this root, and none but those given, DER or PEM", NULL, NULL, false,
     false},
    {"time", PARAM_TEXT, "TIME", "judge as of 2025-06-11T19:18:00Z instead of now", NULL, NULL, false, false},
    {"policy", PARAM_TEXT, "POLICY", "strict, tolerant, none (authenticity only), or a policy file", "strict",
     NULL, false, false},
    {"report-data", PARAM_TEXT, "HEX", "what the evidence must be bound to, up to 64 bytes, then zeros", NULL,
     NULL, false, false},
    {"measurement", PARAM_LIST, "HEX", "code that is allowed: 32, 36, 48 or 240 bytes", NULL, NULL, false,
     false},
    {"event-log", PARAM_TEXT, "FILE", "CCEL log of a TD, replayed against its registers", NULL, NULL, false,
     false},
    {"explain", PARAM_SWITCH, NULL, "explain the checks and the classes they end in", NULL, NULL, false,
     false},
    {.name = NULL},
};

/* --- options --- */

static FALLIBLE read_report_data(struct verify *v, struct err *e)
{
    const char *text = cli_text(v->cli, "report-data");
    struct bytes value;

    if (text == NULL)
        return ERR_OK;
    if (hex_decode(&v->cli->arena, &value, bytes_of_str(text), e) != ERR_OK || value.len == 0 ||
        value.len > sizeof v->report_data)
        return FAIL(e, ERR_USAGE, "--report-data: 1 to 64 bytes in hex");
    memcpy(v->report_data, value.p, value.len);
    v->report_data_given = true;
    return ERR_OK;
}

FALLIBLE verify_measurements(struct cli *cli, struct attest_measurement **out, uint32_t *count, struct err *e)
{
    const char *const *texts;
    size_t n = cli_list(cli, &texts, "measurement");
    struct attest_measurement *list = arena_new_n(&cli->arena, struct attest_measurement, n + 1);

    for (size_t i = 0; i < n; i++) {
        struct bytes value;
        if (hex_decode(&cli->arena, &value, bytes_of_str(texts[i]), e) != ERR_OK ||
            !attest_measurement_read(&list[i], value))
            return FAIL(e, ERR_USAGE,
                        "--measurement: 32 bytes (MRENCLAVE), 36 (signer), 48 (SNP) or 240 (TD) in hex");
    }
    *out = list;
    *count = (uint32_t)n;
    return ERR_OK;
}

static FALLIBLE read_measurements(struct verify *v, struct err *e)
{
    struct attest_measurement *list;
    uint32_t n;

    TRY(verify_measurements(v->cli, &list, &n, e));
    if (n == 0)
        return ERR_OK;
    v->policy.measurements = list;
    v->policy.measurement_count = n;
    v->policy.any_measurement = false;
    return ERR_OK;
}

static FALLIBLE read_policy(struct verify *v, struct err *e)
{
    struct bytes file;

    v->policy_name = cli_text(v->cli, "policy");
    if (policy_named(&v->policy, v->policy_name))
        return ERR_OK;
    TRY(keyring_load_file(&v->cli->arena, &file, v->policy_name, POLICY_FILE_MAX, e));
    if (policy_file_read(&v->policy, &v->cli->arena, file, e) != ERR_OK) {
        e->code = ERR_USAGE;
        return err_wrap(e, "%s", v->policy_name);
    }
    return ERR_OK;
}

FALLIBLE verify_asked(struct verify *v, struct err *e)
{
    const char *time = cli_text(v->cli, "time");

    v->now = clock_wall_ms() / 1000;
    v->now_given = time != NULL;
    if (time != NULL && date_read(&v->now, bytes_of_str(time), e) != ERR_OK)
        return FAIL(e, ERR_USAGE, "--time: a moment such as 2025-06-11T19:18:00Z, in UTC");
    TRY(read_policy(v, e));
    return read_measurements(v, e);
}

static FALLIBLE read_options(struct verify *v, struct err *e)
{
    const char *log = cli_text(v->cli, "event-log");

    if (!cli_given(v->cli, "file"))
        return FAIL(e, ERR_USAGE, "FILE is missing: the evidence, - for the input, or an address");
    v->signatures_only = cli_given(v->cli, "no-collateral");
    if (v->signatures_only && cli_given(v->cli, "collateral"))
        return FAIL(e, ERR_USAGE, "--collateral and --no-collateral exclude each other");
    TRY(verify_asked(v, e));
    TRY(read_report_data(v, e));
    v->policy.without_collateral = v->signatures_only;
    TRY(verify_roots(v, e));
    if (log != NULL)
        TRY(verify_load(v, &v->event_log, log, VERIFY_EVENT_LOG_MAX, e));
    return ERR_OK;
}

/* --- judgement --- */

/* Evidence that cannot be read is a verdict, not a failure of this program. */
static FALLIBLE read_evidence(struct verify *v, struct err *e)
{
    struct bytes in;
    enum err_code code = verify_load(v, &in, cli_text(v->cli, "file"), EVIDENCE_FILE_MAX, e);

    if (code == ERR_LIMIT)
        v->class = attest_refuse(&v->why, ATTEST_FORMAT, e->msg);
    else if (code == ERR_OK)
        v->class = evidence_file_read(&v->file, &v->cli->arena, in, &v->why);
    else
        return code;
    return ERR_OK;
}

/* The same roots with nothing asked of the claims: a certificate's verdict joins both steps, and whether it
 * is authentic is to be known by itself. */
static enum attest_class verify_certificate(struct verify *v, const struct attest_endorsements *endorsed)
{
    struct attest_policy open = v->policy;

    ASSERT(policy_named(&open, "none"));
    open.roots = v->policy.roots;
    open.root_count = v->policy.root_count;
    open.zero_tail = v->policy.zero_tail;
    open.without_collateral = v->policy.without_collateral;
    open.without_amd_crl = v->policy.without_amd_crl;
    open.allow_development = true;
    return attest_ratls_verify(&v->claims, v->file.certificate, endorsed, v->now, &open, &attest_openssl,
                               &v->why);
}

/* The evidence with what was endorsed, or without anything. */
static enum attest_class verify_with(struct verify *v, const struct attest_endorsements *endorsed_opt)
{
    if (v->file.certificate.len > 0)
        return verify_certificate(v, endorsed_opt);
    const struct attest_input in = {
        .evidence = v->file.evidence, .form = v->file.form, .endorsements = endorsed_opt, .now = v->now};
    return attest_verify(&v->claims, &in, &v->policy, &attest_openssl, &v->why);
}

/* Is the evidence good by itself, as far as that can be known? A forgery is not to be taken for a stale
 * file, and nobody need be asked about it. */
static enum attest_class verify_alone(struct verify *v)
{
    const struct attest_policy asked = v->policy;

    v->policy.without_collateral = true;
    enum attest_class c = verify_with(v, NULL);
    v->policy = asked;
    return c == ATTEST_UNSUPPORTED_CERT_DATA || c == ATTEST_COLLATERAL_MISSING || c == ATTEST_CRL_MISSING
               ? ATTEST_VERIFIED
               : c;
}

static bool any_collateral(const struct attest_collateral *c)
{
    return c->pck_chain.len > 0 || c->snp_leaf.len > 0 || c->snp_intermediate.len > 0;
}

static enum attest_class verify_evidence(struct verify *v)
{
    const struct attest_endorsements *endorsed = NULL;

    if (v->source != VERIFY_NO_COLLATERAL || any_collateral(&v->collateral)) {
        enum attest_class c =
            attest_endorse(&endorsed, &v->cli->arena, &v->collateral, &v->policy, &attest_openssl, &v->why);
        const struct err why = v->why;
        if (c != ATTEST_VERIFIED) {
            enum attest_class alone = verify_alone(v);
            if (alone != ATTEST_VERIFIED)
                return alone;
            v->why = why;
            return c;
        }
    }
    return verify_with(v, endorsed);
}

static enum attest_class check_policy(struct verify *v)
{
    return attest_policy_check(&v->policy, &v->claims, v->now, v->report_data_given ? v->report_data : NULL,
                               &v->why);
}

/* A log that leads elsewhere is worse than what a policy may say. */
static void check_event_log(struct verify *v)
{
    struct err why;

    if (v->event_log.len == 0)
        return;
    enum attest_class c = attest_ccel_check(v->event_log, &v->claims, &why);
    v->log_replayed = c == ATTEST_VERIFIED;
    if (c != ATTEST_VERIFIED) {
        v->class = c;
        v->why = why;
    }
}

void verify_judge(struct verify *v)
{
    v->class = verify_evidence(v);
    if (v->class != ATTEST_VERIFIED)
        return;
    v->authentic = true;
    v->policy_class = v->class = check_policy(v);
    check_event_log(v);
}

static FALLIBLE judge(struct verify *v, struct err *e)
{
    TRY(read_evidence(v, e));
    if (v->class != ATTEST_VERIFIED)
        return ERR_OK;
    TRY(verify_collateral(v, e));
    if (verify_wants_fetch(v)) {
        v->class = verify_alone(v);
        if (v->class != ATTEST_VERIFIED)
            return ERR_OK;
        TRY(verify_fetch(v, e));
    }
    verify_judge(v);
    return ERR_OK;
}

static FALLIBLE run(struct cli *cli, struct err *e)
{
    struct verify *v = arena_new(&cli->arena, struct verify);

    v->cli = cli;
    if (cli_given(cli, "explain"))
        return verify_explain(cli, cli_text(cli, "file"), e);
    TRY(read_options(v, e));
    TRY(judge(v, e));
    verify_notes(v);
    verify_print(v);
    cli->exit_opt = verify_kind(v->class)->exit;
    return ERR_OK;
}

const struct verb verb_verify = {
    "verify", "", "Judges evidence of a TEE: who made it, what ran, how fresh it is.", params, 0, run};
