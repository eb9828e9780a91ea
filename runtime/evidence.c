#include "runtime/evidence.h"

#include "attest/quote.h"

enum { REPORT_DATA_AT = 320 }; /* in the report body: Intel SGX SDM, volume 3D, table "REPORT" */

/* Is the quote's report data the binding to the hash of a recent block? *report_data is that binding. Cheap
 * next to the signatures, so it goes first. */
static bool bound(struct exec *x, uint8_t report_data[ATTEST_REPORT_DATA_LEN], struct bytes quote,
                  enum attest_purpose purpose, const struct attest_subject *subject,
                  const struct account_id *key)
{
    struct quote q;
    struct err e;
    uint8_t binding[32];

    if (quote_read(&q, quote, false, &e) != ATTEST_VERIFIED || q.report.len != SGX_REPORT_LEN)
        return false;
    for (uint32_t back = 1; back <= EVIDENCE_FRESH_BLOCKS && back <= exec_block(x); back++) {
        struct hash32 nonce;
        if (!exec_block_hash(x, &nonce, exec_block(x) - back))
            return false;
        attest_binding(binding, purpose, subject, key->b, nonce.b);
        attest_report_data(report_data, binding);
        if (memcmp(report_data, q.report.p + REPORT_DATA_AT, ATTEST_REPORT_DATA_LEN) == 0)
            return true;
    }
    return false;
}

bool evidence_accepted(struct exec *x, struct attest_claims *out, struct bytes quote,
                       enum attest_purpose purpose, const struct attest_subject *subject,
                       const struct account_id *key)
{
    struct attest_root roots[2] = {attest_vendor_roots[0]};
    struct attest_policy policy = {.roots = roots,
                                   .root_count = 1,
                                   .allow_development = true,
                                   .any_measurement = true,
                                   .without_collateral = true};
    uint8_t report_data[ATTEST_REPORT_DATA_LEN];
    struct bytes sim_root;
    struct err e;

    if (!exec_dev_mode(x) || !bound(x, report_data, quote, purpose, subject, key))
        return false;
    if (exec_sim_root(x, &sim_root) &&
        attest_root_from_cert(&roots[1], sim_root, ATTEST_ROOT_DEVELOPMENT, &e) == ERR_OK)
        policy.root_count = 2;
    const struct attest_input in = {
        .evidence = quote, .now = exec_now_ms(x) / 1000, .report_data = report_data};
    return attest_appraise(out, &in, &policy, &attest_plain, &e) == ATTEST_VERIFIED;
}

bool evidence_of_cluster(struct exec *x, struct attest_claims *out, struct bytes quote, uint64_t cluster,
                         const struct account_id *controller)
{
    const struct attest_subject subject = {.genesis = exec_genesis_hash(x), .cluster = cluster};
    return evidence_accepted(x, out, quote, ATTEST_PURPOSE_WORKER, &subject, controller);
}

bool evidence_of_replica(struct exec *x, struct attest_claims *out, struct bytes quote,
                         const struct contract *c, const struct account_id *key)
{
    uint64_t version;
    struct attest_subject subject = {
        .genesis = exec_genesis_hash(x),
        .cluster = c->cluster,
        .work_type = (uint8_t)c->work.id.wtype,
        .work_id = c->work.id.id,
    };
    if (!app_app_version_get(x, &version, c->work.id.id))
        return false;
    subject.version = version;
    return evidence_accepted(x, out, quote, ATTEST_PURPOSE_START, &subject, key);
}
