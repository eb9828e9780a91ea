/* worker/trust.h — what the vendors say of this machine's platform: got, judged, kept fresh, shared by
 * threads.
 *
 * A simulated platform has its collateral in a file; for hardware it is fetched (tee/fetch.h) and cached in
 * the state folder. Views are immutable; a reference keeps one alive while a newer one takes its place.
 * Everybody who judges evidence here uses the newest. Any thread. */
#ifndef WORKER_TRUST_H
#define WORKER_TRUST_H

#include "attest/collateral.h"
#include "tee/evidence.h"
#include "worker/config.h"

struct trust;

struct trust_view {
    struct attest_collateral collateral;
    const struct attest_endorsements *endorsements;
    struct bytes bundle; /* the same as a file (tee/bundle.h): what goes into certificates */
};

/* Gets collateral for the platform `evidence` speaks of, and judges it by the policy's roots; both must
 * outlive the result. The errors of getting it; ERR_UNVERIFIED when it is not good. */
FALLIBLE trust_open(struct trust **out, const struct config *config, struct evidence *evidence,
                    const struct attest_policy *policy, struct err *e);
void trust_free(struct trust *t);
DEFINE_CLEANUP(struct trust *, trust_free)

/* The newest, never NULL; give it back. */
const struct trust_view *trust_take(struct trust *t);
void trust_give(struct trust *t, const struct trust_view *view);

/* Gets it anew when the last time was TRUST_REFRESH_S ago; keeps the old one when that fails. *renewed tells.
 * May take as long as the network does. */
enum { TRUST_REFRESH_S = 6 * 3600 };
FALLIBLE trust_refresh(struct trust *t, bool *renewed, struct err *e);

/* Evidence about this program with this report data, in the arena: one at a time, for any thread. */
FALLIBLE trust_evidence(struct trust *t, struct arena *a, struct bytes *out, const uint8_t report_data[64],
                        struct err *e);

/* Judges what this machine says of itself by the policy, whatever the measurement: an operator learns at the
 * start, not from users, that the platform is out of date. ERR_UNVERIFIED with the class. */
FALLIBLE trust_check_self(struct trust *t, enum attest_tcb *status, struct err *e);

#endif /* WORKER_TRUST_H */
