#include "runtime/evidence.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attest/quote.h"
#include "runtime/market_test.h"
#include "runtime/state.h"
#include "runtime/timestamp_gen.h"
#include "tee/sim.h"

enum { ALICE, BOB, CAROL };
#define NOW 1760000000u /* seconds */

struct lab {
    struct market k;
    struct attest_sim *sim;
    char folder[64], root[80], platform[80];
};

static int setup(void **state)
{
    struct lab *l = test_calloc(1, sizeof *l);
    struct err e;
    uint64_t ms = NOW * 1000ull;

    (void)snprintf(l->folder, sizeof l->folder, "/tmp/wetee-evidence-XXXXXX");
    assert_non_null(mkdtemp(l->folder));
    (void)snprintf(l->root, sizeof l->root, "%s/root", l->folder);
    (void)snprintf(l->platform, sizeof l->platform, "%s/platform", l->folder);
    assert_int_equal(mkdir(l->root, 0700) + mkdir(l->platform, 0700), 0);
    assert_int_equal(attest_sim_create(l->root, l->platform, NOW - 1000, &e), ERR_OK);
    assert_int_equal(attest_sim_open(&l->sim, l->platform, &e), ERR_OK);
    market_init(&l->k, NULL, true);
    state_set(&l->k.x, STATE_SIM_ROOT, attest_sim_root(l->sim));
    timestamp_now_put(&l->k.x, ms);
    *state = l;
    return 0;
}

static int teardown(void **state)
{
    struct lab *l = *state;
    static const char *const files[] = {"root/root.der",
                                        "root/root.pem",
                                        "root/root.key",
                                        "root/ca.key",
                                        "root/ca.der",
                                        "root/tcb.key",
                                        "root/tcb.der",
                                        "platform/pck.key",
                                        "platform/chain.pem",
                                        "platform/root.der",
                                        "platform/collateral-sgx.json",
                                        "platform/collateral-tdx.json"};
    market_fini(&l->k);
    attest_sim_free(l->sim);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s/%s", l->folder, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(l->root);
    (void)rmdir(l->platform);
    (void)rmdir(l->folder);
    test_free(l);
    return 0;
}

/* Evidence of `purpose` for the subject and key, with the hash of the block `back` before this one. */
static struct bytes quote(struct lab *l, enum attest_purpose purpose, const struct attest_subject *s,
                          const struct account_id *key, uint32_t back, bool debug)
{
    struct attest_sim_quote_args args = {.debug = debug};
    struct hash32 nonce;
    struct bytes out;
    struct err e;
    uint8_t binding[32];

    assert_true(exec_block_hash(&l->k.x, &nonce, l->k.block - back));
    attest_binding(binding, purpose, s, key->b, nonce.b);
    attest_report_data(args.report_data, binding);
    memset(args.mrenclave, 0x5a, sizeof args.mrenclave);
    assert_int_equal(attest_sim_quote(l->sim, &l->k.arena, &out, &args, &e), ERR_OK);
    return out;
}

static struct attest_subject replica(struct lab *l, uint64_t app, uint64_t cluster)
{
    struct attest_subject s = {.genesis = exec_genesis_hash(&l->k.x), .cluster = cluster, .work_id = app};
    assert_true(app_app_version_get(&l->k.x, &s.version, app));
    return s;
}

static struct dispatch start(struct lab *l, struct bytes report)
{
    return MARKET_DO(&l->k, ALICE, worker, work_start, .work_id = WORK_APP(0), .report = report,
                     .deploy_key = l->k.who[CAROL]);
}

static void only_evidence_for_this_key_work_and_time_starts_it(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = market_cluster(k, ALICE, &(struct worker_com_cr){.cpu = 100, .mem = 100}, 0);
    struct bytes kept;

    assert_ok(market_order(k, BOB, 10, 10, 0, 1000000));
    market_skip(k, 300);
    struct attest_subject s = replica(l, 0, id), other = s;
    const struct account_id *key = &k->who[CAROL];

    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, start(l, BYTES_LIT("quote")));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE,
                 start(l, quote(l, ATTEST_PURPOSE_WORKER, &s, key, 1, false)));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE,
                 start(l, quote(l, ATTEST_PURPOSE_START, &s, &k->who[BOB], 1, false)));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, start(l, quote(l, ATTEST_PURPOSE_START, &s, key, 1, true)));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE,
                 start(l, quote(l, ATTEST_PURPOSE_START, &s, key, 257, false)));
    other.version++;
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE,
                 start(l, quote(l, ATTEST_PURPOSE_START, &other, key, 1, false)));
    other = s;
    other.cluster++;
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE,
                 start(l, quote(l, ATTEST_PURPOSE_START, &other, key, 1, false)));
    other = s;
    other.genesis.b[0] ^= 1;
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE,
                 start(l, quote(l, ATTEST_PURPOSE_START, &other, key, 1, false)));
    timestamp_now_put(&k->x, (NOW - 3 * 86400) * 1000ull); /* before the certificates are valid */
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE,
                 start(l, quote(l, ATTEST_PURPOSE_START, &s, key, 1, false)));
    timestamp_now_put(&k->x, NOW * 1000ull);

    assert_ok(start(l, quote(l, ATTEST_PURPOSE_START, &s, key, 256, false)));
    assert_int_equal(market_contract(k, 0, id).status, CONTRACT_RUNNING);
    assert_true(worker_report_of_work_get(&k->x, &kept, &WORK_APP(0)));
    market_next(k);
    s = replica(l, 0, id);
    assert_ok(MARKET_DO(k, ALICE, worker, work_proof_upload, .work_id = WORK_APP(0),
                        .report = {true, quote(l, ATTEST_PURPOSE_START, &s, key, 1, false)}));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE,
                 MARKET_DO(k, ALICE, worker, work_proof_upload, .work_id = WORK_APP(0),
                           .report = {true, quote(l, ATTEST_PURPOSE_START, &s, &k->who[BOB], 1, false)}));

    /* a container made anew: with evidence for its own key only */
#define AGAIN(key_of_quote)                                                                    \
    MARKET_DO(k, ALICE, worker, work_start, .work_id = WORK_APP(0), .deploy_key = k->who[BOB], \
              .report = quote(l, ATTEST_PURPOSE_START, &s, &k->who[key_of_quote], 1, false))
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE, AGAIN(CAROL));
    assert_ok(AGAIN(BOB));
    struct worker_contract_state c = market_contract(k, 0, id);
    assert_true(account_id_eq(&c.deploy_key.value, &k->who[BOB]));
#undef AGAIN
}

static void a_root_the_genesis_does_not_name_is_not_believed(void **state)
{
    struct lab *l = *state;
    struct market *k = &l->k;
    uint64_t id = market_cluster(k, ALICE, &(struct worker_com_cr){.cpu = 100, .mem = 100}, 0);
    const struct attest_subject s = {.genesis = exec_genesis_hash(&k->x), .cluster = id};
    struct worker_proof_of_cluster p = {.evidence = {.tag = WORKER_EVIDENCE_SGX_DCAP}};
    uint8_t no = 0;

    p.evidence.u.sgx_dcap = quote(l, ATTEST_PURPOSE_WORKER, &s, &k->who[ALICE], 1, false);
    assert_ok(MARKET_DO(k, ALICE, worker, cluster_proof_upload, .id = id, .proof = p));
    k->host.storage_clear(k->host.ctx, STATE_SIM_ROOT);
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE,
                 MARKET_DO(k, ALICE, worker, cluster_proof_upload, .id = id, .proof = p));
    state_set(&k->x, STATE_SIM_ROOT, attest_sim_root(l->sim));
    p.evidence.u.sgx_dcap = quote(l, ATTEST_PURPOSE_WORKER, &s, &k->who[BOB], 1, false);
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE,
                 MARKET_DO(k, ALICE, worker, cluster_proof_upload, .id = id, .proof = p));
    /* a production chain believes nobody as long as TCB levels are not evaluated */
    p.evidence.u.sgx_dcap = quote(l, ATTEST_PURPOSE_WORKER, &s, &k->who[ALICE], 1, false);
    state_set(&k->x, STATE_DEV_MODE, bytes_of(&no, 1));
    assert_fails(worker, WORKER_ERR_BAD_EVIDENCE,
                 MARKET_DO(k, ALICE, worker, cluster_proof_upload, .id = id, .proof = p));
    no = 1;
    state_set(&k->x, STATE_DEV_MODE, bytes_of(&no, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_evidence_for_this_key_work_and_time_starts_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_root_the_genesis_does_not_name_is_not_believed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
