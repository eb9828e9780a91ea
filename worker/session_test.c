#include "worker/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void evidence_of_a_start_is_renewed_before_the_chain_forgets_its_nonce(void **state)
{
    struct session s = {.hello = {.nonce_block = 1000}, .deploy_key = {7}};
    struct desired_work d = {.phase = DESIRED_RUN};
    (void)state;

    assert_false(session_start_stale(&s, &d, 1000));
    assert_false(session_start_stale(&s, &d, 1200));
    assert_true(session_start_stale(&s, &d, 1201)); /* 55 blocks before it is refused */
    d.contract.deploy_key.some = true;              /* of the container before */
    assert_true(session_start_stale(&s, &d, 1201));
    memcpy(d.contract.deploy_key.value.b, s.deploy_key, sizeof s.deploy_key);
    assert_false(session_start_stale(&s, &d, 100000)); /* started: nothing to be renewed */
    d.contract.deploy_key.some = false;
    d.phase = DESIRED_CLOSE;
    assert_false(session_start_stale(&s, &d, 100000));
}

/* The session ends, which lets the entry come back and attest itself with a new nonce. */
static void a_session_with_stale_evidence_ends(void **state)
{
    struct session s = {.state = SESSION_STATE_LIVE, .hello = {.nonce_block = 5}};
    struct desired_work d = {.phase = DESIRED_RUN};
    struct snapshot snap = {.desired = {.block = 206, .works = &d, .count = 1}};
    struct err e;
    (void)state;

    assert_int_equal(session_follow(&s, NULL, &snap, &e), ERR_CLOSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_of_a_start_is_renewed_before_the_chain_forgets_its_nonce),
        cmocka_unit_test(a_session_with_stale_evidence_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
