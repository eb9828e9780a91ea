/* cli/verify_json.c — the outcome for programs: docs/formats/verify-result.md. */
#include "attest/tcb.h"
#include "attest/x509.h"
#include "base/clock.h"
#include "cli/verify.h"
#include "crypto/hash.h"

/* Names and numbers of draft-ietf-rats-ear and draft-ietf-rats-ar4si. */
#define EAR_PROFILE "tag:github.com,2023:veraison/ear"
enum {
    TRUST_NONE = 0,
    TRUST_GOOD = 2,
    TRUST_WARN = 32,
    TRUST_BAD = 96,
    TRUST_UNKNOWN = 97,
    TRUST_FORGED = 99
};

static json_t *hex(struct verify *v, const void *p, size_t len)
{
    return json_string(verify_hex(&v->cli->arena, bytes_of(p, len)));
}

static json_t *date(struct verify *v, uint64_t seconds)
{
    return seconds == 0 ? json_null() : json_string(verify_date(&v->cli->arena, seconds));
}

static json_t *hex_u64(struct verify *v, uint64_t value)
{
    return json_string(arena_fmt(&v->cli->arena, "0x%llx", (unsigned long long)value));
}

static void set(json_t *object, const char *name, json_t *owned)
{
    if (json_object_set_new(object, name, owned) != 0)
        base_abort(__FILE__, __LINE__, name); /* out of memory, or a value that cannot be made */
}
#define SET_HEX(v, object, claims, field) \
    set((object), #field, hex((v), (claims)->field, sizeof((claims)->field)))

static json_t *sgx_claims(struct verify *v, const struct attest_sgx_claims *s)
{
    json_t *o = json_object();

    SET_HEX(v, o, s, mrenclave);
    SET_HEX(v, o, s, mrsigner);
    set(o, "isv_prod_id", json_integer(s->isv_prod_id));
    set(o, "isv_svn", json_integer(s->isv_svn));
    SET_HEX(v, o, s, attributes);
    SET_HEX(v, o, s, misc_select);
    SET_HEX(v, o, s, cpu_svn);
    SET_HEX(v, o, s, config_id);
    set(o, "config_svn", json_integer(s->config_svn));
    SET_HEX(v, o, s, isv_ext_prod_id);
    SET_HEX(v, o, s, isv_family_id);
    return o;
}

static json_t *tdx_claims(struct verify *v, const struct attest_tdx_claims *t)
{
    json_t *o = json_object();
    json_t *registers = json_array();

    set(o, "body_type", json_integer(t->body_type));
    SET_HEX(v, o, t, mrtd);
    for (size_t i = 0; i < ARRAY_LEN(t->rtmr); i++)
        (void)json_array_append_new(registers, hex(v, t->rtmr[i], sizeof t->rtmr[i]));
    set(o, "rtmr", registers);
    SET_HEX(v, o, t, td_attributes);
    SET_HEX(v, o, t, xfam);
    SET_HEX(v, o, t, mrseam);
    SET_HEX(v, o, t, mrsignerseam);
    SET_HEX(v, o, t, seam_attributes);
    SET_HEX(v, o, t, tee_tcb_svn);
    SET_HEX(v, o, t, tee_tcb_svn2);
    SET_HEX(v, o, t, mrconfigid);
    SET_HEX(v, o, t, mrowner);
    SET_HEX(v, o, t, mrownerconfig);
    SET_HEX(v, o, t, mrservicetd);
    return o;
}

static json_t *snp_claims(struct verify *v, const struct attest_snp_claims *s)
{
    json_t *o = json_object();

    set(o, "version", json_integer(s->version));
    set(o, "product", json_string(attest_product_name(s->product)));
    SET_HEX(v, o, s, measurement);
    SET_HEX(v, o, s, host_data);
    set(o, "guest_svn", json_integer(s->guest_svn));
    set(o, "vmpl", json_integer(s->vmpl));
    set(o, "policy", hex_u64(v, s->policy));
    set(o, "platform_info", hex_u64(v, s->platform_info));
    set(o, "vlek", json_boolean(s->vlek));
    set(o, "csp_id", s->vlek ? out_bytes_text(bytes_of(s->csp_id, s->csp_id_len)) : json_null());
    SET_HEX(v, o, s, chip_id);
    SET_HEX(v, o, s, family_id);
    SET_HEX(v, o, s, image_id);
    SET_HEX(v, o, s, id_key_digest);
    SET_HEX(v, o, s, author_key_digest);
    SET_HEX(v, o, s, report_id);
    SET_HEX(v, o, s, report_id_ma);
    SET_HEX(v, o, s, current_tcb);
    SET_HEX(v, o, s, reported_tcb);
    SET_HEX(v, o, s, committed_tcb);
    SET_HEX(v, o, s, launch_tcb);
    return o;
}

static json_t *platform(struct verify *v)
{
    const struct attest_platform *p = &v->claims.platform;
    json_t *o = json_object();

    SET_HEX(v, o, p, fmspc);
    SET_HEX(v, o, p, pceid);
    SET_HEX(v, o, p, ppid);
    SET_HEX(v, o, p, components);
    SET_HEX(v, o, p, cpu_svn);
    set(o, "pce_svn", json_integer(p->pce_svn));
    set(o, "sgx_type", json_integer(p->sgx_type));
    set(o, "instance", p->has_instance ? hex(v, p->instance, sizeof p->instance) : json_null());
    return o;
}

/* As --measurement takes it. */
static json_t *measurement(struct verify *v)
{
    const struct attest_claims *c = &v->claims;
    struct bytes m = attest_measurement_of(c);
    const char *registers = "";

    if (c->kind == ATTEST_KIND_TDX)
        registers = verify_hex(&v->cli->arena, bytes_of(c->tdx.rtmr, sizeof c->tdx.rtmr));
    return json_sprintf("%s%s", verify_hex(&v->cli->arena, m), registers);
}

static json_t *claims(struct verify *v)
{
    const struct attest_claims *c = &v->claims;
    json_t *o = json_object();

    set(o, "tee", json_string(attest_kind_name(c->kind)));
    set(o, "report_data", hex(v, c->report_data, sizeof c->report_data));
    set(o, "measurement", measurement(v));
    switch (c->kind) {
    case ATTEST_KIND_SGX:
        set(o, "sgx", sgx_claims(v, &c->sgx));
        set(o, "platform", platform(v));
        break;
    case ATTEST_KIND_TDX:
        set(o, "tdx", tdx_claims(v, &c->tdx));
        set(o, "platform", platform(v));
        break;
    case ATTEST_KIND_SNP:
        set(o, "snp", snp_claims(v, &c->snp));
        break;
    }
    return o;
}

static json_t *tcb_part(struct verify *v, const struct attest_tcb_part *p)
{
    if (!p->judged)
        return json_null();
    return json_pack("{s:s,s:o}", "status", attest_tcb_name(p->status), "date", date(v, p->date));
}

static json_t *advisories(struct verify *v)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < v->claims.advisory_count; i++)
        (void)json_array_append_new(list, out_bytes_text(v->claims.advisories[i]));
    return list;
}

static json_t *trust_root(struct verify *v)
{
    const struct attest_root *root = &v->policy.roots[v->claims.root_index];
    uint8_t key[32];

    sha256(key, root->public_key);
    return json_pack("{s:s,s:o,s:s,s:o}", "label",
                     verify_simulated(v)    ? "SIMULATED"
                     : verify_known_root(v) ? "vendor"
                                            : "other",
                     "name", out_bytes_text(x509_common_name(root->subject)), "origin",
                     v->roots_given                                ? "given"
                     : v->chain_opt != NULL && verify_simulated(v) ? "chain"
                                                                   : "built in",
                     "key_sha256", hex(v, key, sizeof key));
}

static json_t *collateral(struct verify *v)
{
    static const char *const sources[] = {"none", "file", "evidence", "fetched", "chain"};
    const struct attest_claims *c = &v->claims;
    json_t *o = json_pack("{s:s}", "source", sources[v->source]);

    if (!v->authentic)
        return o;
    set(o, "issued", date(v, c->collateral_issued));
    set(o, "valid_until", date(v, c->valid_until));
    set(o, "age_s",
        c->collateral_issued == 0 || v->now < c->collateral_issued
            ? json_null()
            : json_integer((json_int_t)(v->now - c->collateral_issued)));
    set(o, "tcb_evaluation_number", json_integer(c->tcb_evaluation_number));
    set(o, "qe_evaluation_number", json_integer(c->qe_evaluation_number));
    return o;
}

/* What makes an accepted result less than good. */
static bool with_reserve(const struct verify *v)
{
    return verify_simulated(v) || v->signatures_only || v->claims.debug ||
           (v->claims.kind != ATTEST_KIND_SNP && v->claims.tcb != ATTEST_TCB_UP_TO_DATE);
}

static int hardware(const struct verify *v)
{
    const struct verify_kind *kind = verify_kind(v->class);

    if (!v->authentic)
        return kind->exit == EXIT_CODE_FORGED || kind->exit == EXIT_CODE_MALFORMED ? TRUST_FORGED
                                                                                   : TRUST_UNKNOWN;
    if (verify_simulated(v))
        return TRUST_UNKNOWN;
    return v->signatures_only || v->claims.tcb == ATTEST_TCB_UP_TO_DATE || v->claims.kind == ATTEST_KIND_SNP
               ? TRUST_GOOD
               : TRUST_WARN;
}

static json_t *trust_vector(const struct verify *v)
{
    int code = v->policy.any_measurement ? TRUST_NONE : TRUST_GOOD;
    int memory = v->claims.debug ? TRUST_BAD : TRUST_GOOD;

    if (!v->authentic)
        code = memory = TRUST_NONE;
    else if (code == TRUST_GOOD && !verify_code_listed(v))
        code = TRUST_BAD;
    return json_pack("{s:i,s:i,s:i,s:i}", "hardware", hardware(v), "executables", code, "configuration",
                     memory, "runtime-opaque", memory);
}

static json_t *submods(struct verify *v)
{
    const char *status = v->class != ATTEST_VERIFIED ? "contraindicated"
                         : with_reserve(v)           ? "warning"
                                                     : "affirming";

    return json_pack("{s:{s:s,s:o,s:o}}", "tee", "ear.status", status, "ear.trustworthiness-vector",
                     trust_vector(v), "ear.appraisal-policy-id",
                     out_bytes_text(bytes_of_str(v->policy_name)));
}

static json_t *evidence(struct verify *v)
{
    json_t *layers = json_array();

    for (uint32_t i = 0; i < v->file.layer_count; i++)
        (void)json_array_append_new(layers, json_string(v->file.layers[i]));
    return json_pack("{s:o,s:I}", "layers", layers, "length",
                     (json_int_t)(v->file.evidence.len > 0 ? v->file.evidence.len : v->file.certificate.len));
}

static json_t *policy(struct verify *v)
{
    return json_pack(
        "{s:o,s:s?,s:s?}", "name", out_bytes_text(bytes_of_str(v->policy_name)), "result",
        !v->authentic                        ? NULL
        : v->policy_class == ATTEST_VERIFIED ? "accept"
                                             : "refuse",
        "class",
        !v->authentic || v->policy_class == ATTEST_VERIFIED ? NULL : attest_class_name(v->policy_class));
}

static void set_found(struct verify *v, json_t *o)
{
    const struct attest_claims *c = &v->claims;

    set(o, "tcb_status", json_string(attest_tcb_name(c->tcb)));
    set(o, "tcb_date", date(v, c->tcb_date));
    set(o, "tcb_components",
        json_pack("{s:o,s:o,s:o}", "platform", tcb_part(v, &c->tcb_platform), "qe", tcb_part(v, &c->tcb_qe),
                  "tdx_module", tcb_part(v, &c->tcb_module)));
    set(o, "advisory_ids", advisories(v));
    set(o, "debug", json_boolean(c->debug));
    set(o, "trust_root", trust_root(v));
    set(o, "claims", claims(v));
    set(o, "signed_hash", hex(v, c->signed_hash, sizeof c->signed_hash));
    set(o, "event_log", v->event_log.len == 0 ? json_null() : json_boolean(v->log_replayed));
}

/* What evidence says that nobody vouches for is not shown; readers find the members all the same. */
static void set_nothing(json_t *o)
{
    static const char *const names[] = {"tcb_status", "tcb_date", "tcb_components", "advisory_ids", "debug",
                                        "trust_root", "claims",   "signed_hash",    "event_log"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        set(o, names[i], json_null());
}

static json_t *result(struct verify *v)
{
    json_t *notes = json_array();
    bool good = v->class == ATTEST_VERIFIED;
    json_t *o = json_pack("{s:s,s:I,s:{s:s,s:s},s:o}", "eat_profile", EAR_PROFILE, "iat",
                          (json_int_t)(clock_wall_ms() / 1000), "ear.verifier-id", "developer", "WeTEE",
                          "build", "wetee " WETEE_VERSION, "submods", submods(v));

    set(o, "result", json_string(good ? "verified" : "rejected"));
    set(o, "class", json_string(attest_class_name(v->class)));
    set(o, "kind", json_string(verify_kind(v->class)->name));
    set(o, "authentic", json_boolean(v->authentic));
    set(o, "why", good ? json_null() : out_bytes_text(bytes_of_str(v->why.msg)));
    set(o, "meaning", json_string(attest_class_text(v->class)));
    set(o, "remedy", good ? json_null() : json_string(attest_class_remedy(v->class)));
    set(o, "judged_at", date(v, v->now));
    set(o, "evidence", evidence(v));
    set(o, "policy", policy(v));
    set(o, "collateral", collateral(v));
    if (v->authentic)
        set_found(v, o);
    else
        set_nothing(o);
    for (size_t i = 0; i < v->note_count; i++)
        (void)json_array_append_new(notes, out_bytes_text(bytes_of_str(v->notes[i])));
    set(o, "notes", notes);
    if (v->chain_opt != NULL)
        set(o, "chain", verify_chain_json(v));
    return o;
}

void verify_print(struct verify *v)
{
    if (v->cli->json)
        out_result(v->cli, result(v), NULL);
    else
        verify_text(v);
}
