/* tee/ratls_test.c — whole certificates, as io/tls.c makes them: which are believed, and that no byte can
 * be changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "attest/ratls.h"
#include "base/clock.h"
#include "base/fmt.h"
#include "io/tls.h"
#include "tee/evidence.h"
#include "tee/sim.h"

struct world {
    char folder[64];
    struct evidence *evidence;
    struct attest_root root;
    struct attest_policy policy;
    uint64_t now;
};

static void world_init(struct world *w)
{
    struct err e;
    memset(w, 0, sizeof *w);
    (void)fmt_into(w->folder, sizeof w->folder, "/tmp/wetee-ratls-test-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    w->now = clock_wall_ms() / 1000;
    assert_int_equal(attest_sim_create(w->folder, w->folder, w->now, &e), ERR_OK);
    assert_int_equal(evidence_open(&w->evidence, "simulated", w->folder, &e), ERR_OK);
    assert_int_equal(attest_root_from_cert(&w->root, evidence_root(w->evidence), ATTEST_ROOT_DEVELOPMENT, &e),
                     ERR_OK);
    w->policy = (struct attest_policy){.roots = &w->root,
                                       .root_count = 1,
                                       .allow_development = true,
                                       .without_collateral = true,
                                       .tcb_allowed = ATTEST_TCB_BIT(ATTEST_TCB_NOT_EVALUATED),
                                       .any_measurement = true};
}

static void world_fini(struct world *w)
{
    static const char *const files[] = {"root.der",
                                        "root.pem",
                                        "root.key",
                                        "ca.key",
                                        "ca.der",
                                        "tcb.key",
                                        "tcb.der",
                                        "pck.key",
                                        "chain.pem",
                                        "collateral-sgx.json",
                                        "collateral-tdx.json",
                                        ""};
    char path[128];
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        (void)fmt_into(path, sizeof path, "%s/%s", w->folder, files[i]);
        (void)remove(path);
    }
    evidence_free(w->evidence);
}

struct captured {
    uint8_t der[65536];
    size_t len;
};

static enum err_code capture(void *ctx, struct bytes cert, struct err *e)
{
    struct captured *c = ctx;
    assert_true(cert.len <= sizeof c->der);
    memcpy(c->der, cert.p, cert.len);
    c->len = cert.len;
    return FAIL(e, ERR_REJECTED, "seen enough");
}

/* The certificate that an identity shows to its peers. */
static void certificate_with(struct captured *out, struct world *w, const char *oid, tls_evidence evidence,
                             const struct tls_extension *second_opt)
{
    struct tls_identity *id = NULL;
    struct tls_conn *client = NULL, *server = NULL;
    struct err e;
    int fds[2];
    assert_int_equal(tls_identity_new_with(&id, oid, evidence, w->evidence, second_opt, &e), ERR_OK);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(tls_conn_new(&client, fds[0], TLS_CLIENT, id, capture, out, &e), ERR_OK);
    assert_int_equal(tls_conn_new(&server, fds[1], TLS_SERVER, id, capture, out, &e), ERR_OK);
    out->len = 0;
    for (int i = 0; i < 10 && out->len == 0; i++) {
        (void)!tls_step(client, &e);
        (void)!tls_step(server, &e);
    }
    assert_true(out->len > 0);
    tls_conn_free(client);
    tls_conn_free(server);
    tls_identity_free(id);
}

static void certificate(struct captured *out, struct world *w, const char *oid, tls_evidence evidence)
{
    certificate_with(out, w, oid, evidence, NULL);
}

/* Claims about a key that is not the certificate's. */
static enum err_code for_another_key(void *ctx, struct arena *a, struct bytes *value, struct bytes spki,
                                     struct err *e)
{
    uint8_t *other = arena_alloc(a, spki.len);
    memcpy(other, spki.p, spki.len);
    other[spki.len - 1] ^= 1;
    return evidence_ratls_extension(ctx, a, value, bytes_of(other, spki.len), e);
}

/* Claims about the right key, with a quote about something else. */
static enum err_code with_another_quote(void *ctx, struct arena *a, struct bytes *value, struct bytes spki,
                                        struct err *e)
{
    uint8_t mem[RATLS_CLAIMS_OWN_LEN], data[64] = "another use of the same enclave";
    struct writer claims = writer_fixed(mem, sizeof mem), w = writer_in(a, RATLS_EXTENSION_MAX);
    struct bytes quote;
    attest_ratls_claims(&claims, spki);
    TRY(evidence_get(ctx, a, &quote, data, e));
    attest_ratls_extension(&w, quote, writer_bytes(&claims));
    *value = writer_bytes(&w);
    return ERR_OK;
}

static enum attest_class judge(const struct world *w, const uint8_t *der, size_t len)
{
    struct attest_claims c;
    struct err e;
    return attest_ratls_verify(&c, bytes_of(der, len), NULL, w->now, &w->policy, &attest_openssl, &e);
}

static void a_certificate_is_believed_only_when_every_binding_holds(void **state)
{
    struct world w;
    static struct captured c;
    (void)state;
    world_init(&w);
    certificate(&c, &w, RATLS_OID_TEXT, evidence_ratls_extension);
    assert_int_equal(judge(&w, c.der, c.len), ATTEST_VERIFIED);
    w.policy.allow_development = false;
    assert_int_equal(judge(&w, c.der, c.len), ATTEST_TRUST_ROOT_NOT_ALLOWED);
    w.policy.allow_development = true;
    w.policy.any_measurement = false;
    assert_int_equal(judge(&w, c.der, c.len), ATTEST_MEASUREMENT_MISMATCH);
    w.policy.any_measurement = true;
    w.now += 11ull * 365 * 86400;
    assert_int_equal(judge(&w, c.der, c.len), ATTEST_CERT_EXPIRED);
    w.now -= 12ull * 365 * 86400;
    assert_int_equal(judge(&w, c.der, c.len), ATTEST_CERT_NOT_YET_VALID);
    w.now += 365ull * 86400;
    certificate(&c, &w, RATLS_OID_TEXT, for_another_key);
    assert_int_equal(judge(&w, c.der, c.len), ATTEST_RATLS_KEY_BINDING);
    certificate(&c, &w, RATLS_OID_TEXT, with_another_quote);
    assert_int_equal(judge(&w, c.der, c.len), ATTEST_RATLS_CLAIMS_BINDING);
    certificate(&c, &w, "1.2.3.4", evidence_ratls_extension);
    assert_int_equal(judge(&w, c.der, c.len), ATTEST_RATLS_NO_EVIDENCE);
    world_fini(&w);
}

static void no_byte_of_a_certificate_can_be_flipped_and_none_left_out(void **state)
{
    struct world w;
    static struct captured c;
    size_t self_signature = 0;
    (void)state;
    world_init(&w);
    certificate(&c, &w, RATLS_OID_TEXT, evidence_ratls_extension);
    for (size_t i = 0; i < c.len; i++) {
        c.der[i] ^= (uint8_t)(1u << i % 8);
        enum attest_class got = judge(&w, c.der, c.len);
        c.der[i] ^= (uint8_t)(1u << i % 8);
        if (got == ATTEST_VERIFIED)
            fail_msg("byte %zu of %zu may be flipped", i, c.len);
        self_signature += got == ATTEST_RATLS_CERT_SIGNATURE ? 1 : 0;
    }
    assert_true(self_signature > 4000); /* the evidence is covered by it too */
    for (size_t len = 0; len < c.len; len += 13)
        assert_int_equal(judge(&w, c.der, len), ATTEST_FORMAT);
    world_fini(&w);
}

static void collateral_in_a_peers_certificate_is_judged_and_used_when_there_is_none_of_ones_own(void **state)
{
    struct world w, stranger;
    static struct captured c;
    struct attest_sim *sim = NULL;
    struct attest_collateral collateral, foreign;
    struct arena a, own;
    struct err e = {0};
    (void)state;
    world_init(&w);
    world_init(&stranger);
    arena_init(&a, &arena_heap, 16 << 20);
    arena_init(&own, &arena_heap, EVIDENCE_PEER_ARENA);
    w.policy.without_collateral = false;
    w.policy.tcb_allowed = ATTEST_TCB_STRICT;
    assert_int_equal(attest_sim_open(&sim, w.folder, &e), ERR_OK);
    assert_int_equal(attest_sim_collateral(sim, &a, &collateral, ATTEST_KIND_SGX, &e), ERR_OK);
    attest_sim_free(sim);
    sim = NULL;
    assert_int_equal(attest_sim_open(&sim, stranger.folder, &e), ERR_OK);
    assert_int_equal(attest_sim_collateral(sim, &a, &foreign, ATTEST_KIND_SGX, &e), ERR_OK);
    attest_sim_free(sim);
    struct tls_extension second = {.oid = EVIDENCE_ENDORSEMENTS_OID};
    struct evidence_peer peer = {.policy = &w.policy, .arena_opt = &own};

    certificate(&c, &w, RATLS_OID_TEXT, evidence_ratls_extension);
    assert_int_equal(evidence_peer_verdict(&peer, bytes_of(c.der, c.len), &e), ERR_UNVERIFIED);
    assert_non_null(strstr(e.msg, "COLLATERAL_MISSING"));

    assert_int_equal(evidence_endorsements_extension(&second.value, &a, &collateral, &e), ERR_OK);
    certificate_with(&c, &w, RATLS_OID_TEXT, evidence_ratls_extension, &second);
    if (evidence_peer_verdict(&peer, bytes_of(c.der, c.len), &e) != ERR_OK)
        fail_msg("%s", e.msg);
    assert_int_equal(peer.claims.tcb, ATTEST_TCB_UP_TO_DATE);
    assert_int_equal(evidence_peer_verdict(&peer, bytes_of(c.der, c.len), &e),
                     ERR_OK); /* again, same memory */
    peer.arena_opt = NULL;    /* nobody asked for it */
    assert_int_equal(evidence_peer_verdict(&peer, bytes_of(c.der, c.len), &e), ERR_UNVERIFIED);
    peer.arena_opt = &own;

    assert_int_equal(evidence_endorsements_extension(&second.value, &a, &foreign, &e), ERR_OK);
    certificate_with(&c, &w, RATLS_OID_TEXT, evidence_ratls_extension, &second);
    assert_int_equal(evidence_peer_verdict(&peer, bytes_of(c.der, c.len), &e), ERR_UNVERIFIED);
    assert_non_null(strstr(e.msg, "peer: its collateral: "));
    /* own collateral decides: what the peer shows is not even read */
    const struct attest_endorsements *endorsed = NULL;
    assert_int_equal(attest_endorse(&endorsed, &a, &collateral, &w.policy, &attest_openssl, &e),
                     ATTEST_VERIFIED);
    peer.endorsements_opt = endorsed;
    assert_int_equal(evidence_peer_verdict(&peer, bytes_of(c.der, c.len), &e), ERR_OK);
    peer.endorsements_opt = NULL;

    static const char *const damaged[] = {"x", "B{}", "A{}", "Cnul"}; /* 0x42: a byte string of 2 */
    for (size_t i = 0; i < ARRAY_LEN(damaged); i++) {
        second.value = bytes_of_str(damaged[i]);
        certificate_with(&c, &w, RATLS_OID_TEXT, evidence_ratls_extension, &second);
        assert_int_not_equal(evidence_peer_verdict(&peer, bytes_of(c.der, c.len), &e), ERR_OK);
    }
    collateral.tcb_info = bytes_of(c.der, 30000);
    collateral.qe_identity = bytes_of(c.der, 30000);
    assert_int_equal(evidence_endorsements_extension(&second.value, &a, &collateral, &e), ERR_LIMIT);
    uint8_t *much = arena_alloc(&a, EVIDENCE_ENDORSEMENTS_MAX + 1);
    second.value = bytes_of(much, EVIDENCE_ENDORSEMENTS_MAX + 1);
    certificate_with(&c, &w, RATLS_OID_TEXT, evidence_ratls_extension, &second);
    assert_int_equal(evidence_peer_verdict(&peer, bytes_of(c.der, c.len), &e), ERR_LIMIT);
    arena_fini(&own);
    arena_fini(&a);
    world_fini(&w);
    world_fini(&stranger);
}

static enum attest_class judged(const struct attest_policy *p, const struct attest_claims *c, uint64_t now)
{
    struct err e;
    return attest_policy_check(p, c, now, NULL, &e);
}

static void peers_demand_of_guests_what_the_chain_demands(void **state)
{
    (void)state;
    struct attest_policy p = evidence_peer_policy(false);
    struct attest_claims c = {.kind = ATTEST_KIND_TDX, .tcb = ATTEST_TCB_UP_TO_DATE};
    uint8_t *attributes = c.tdx.td_attributes;

    assert_int_equal(judged(&p, &c, 0), ATTEST_TD_ATTRIBUTES_NOT_ALLOWED); /* #VE is not disabled */
    attributes[3] = 1 << 4;
    assert_int_equal(judged(&p, &c, 0), ATTEST_MEASUREMENT_MISMATCH); /* nobody allowed any code */
    p.any_measurement = true;
    assert_int_equal(judged(&p, &c, 0), ATTEST_VERIFIED);
    for (unsigned bit = 1; bit < 64; bit++) {
        bool refused = bit < 8 || bit == 29 || bit == 63;
        if (bit == 28)
            continue;
        attributes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(judged(&p, &c, 0), refused ? ATTEST_TD_ATTRIBUTES_NOT_ALLOWED : ATTEST_VERIFIED);
        attributes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    c.tdx.mrservicetd[47] = 1;
    assert_int_equal(judged(&p, &c, 0), ATTEST_SERVICE_TD_NOT_ALLOWED);
    c.tdx.mrservicetd[47] = 0;
    c.debug = true;
    assert_int_equal(judged(&p, &c, 0), ATTEST_DEBUG_NOT_ALLOWED);
    c = (struct attest_claims){.kind = ATTEST_KIND_SNP};
    assert_int_equal(judged(&p, &c, 0), ATTEST_VERIFIED);
    c.snp.policy = UINT64_C(1) << 18;
    assert_int_equal(judged(&p, &c, 0), ATTEST_SNP_POLICY_NOT_ALLOWED);
    c.snp.policy = 0;
    c.snp.vmpl = 1;
    assert_int_equal(judged(&p, &c, 0), ATTEST_SNP_POLICY_NOT_ALLOWED);
}

static void old_collateral_does_not_serve_hardware(void **state)
{
    (void)state;
    const uint64_t issued = 1700000000, last = issued + ATTEST_COLLATERAL_MAX_AGE_S;
    struct attest_policy p = evidence_peer_policy(false);
    struct attest_claims c = {
        .kind = ATTEST_KIND_SGX, .tcb = ATTEST_TCB_UP_TO_DATE, .collateral_issued = issued};

    p.any_measurement = true;
    assert_int_equal(judged(&p, &c, last), ATTEST_VERIFIED);
    assert_int_equal(judged(&p, &c, last + 1), ATTEST_COLLATERAL_TOO_OLD);
    c.root_label = ATTEST_ROOT_DEVELOPMENT;
    assert_int_equal(judged(&p, &c, last), ATTEST_TRUST_ROOT_NOT_ALLOWED);
    p = evidence_peer_policy(true);
    p.any_measurement = true;
    assert_int_equal(judged(&p, &c, last + 1), ATTEST_VERIFIED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_is_believed_only_when_every_binding_holds),
        cmocka_unit_test(no_byte_of_a_certificate_can_be_flipped_and_none_left_out),
        cmocka_unit_test(collateral_in_a_peers_certificate_is_judged_and_used_when_there_is_none_of_ones_own),
        cmocka_unit_test(peers_demand_of_guests_what_the_chain_demands),
        cmocka_unit_test(old_collateral_does_not_serve_hardware),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
