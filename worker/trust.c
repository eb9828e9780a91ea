#include "worker/trust.h"

#include "attest/appraise.h"
#include "base/clock.h"
#include "base/fmt.h"
#include "base/folder.h"
#include "tee/bundle.h"
#include "tee/fetch.h"
#include "tee/sim.h"
#include "worker/worker.h"

#include <pthread.h>
#include <stdlib.h>

enum { VIEW_ARENA_MAX = 32 << 20 };

struct owned_view {
    struct trust_view view; /* first: a reference is a pointer to it */
    struct arena arena;
    uint32_t references;
};

struct trust {
    const struct config *config;
    struct evidence *evidence;
    const struct attest_policy *policy;
    pthread_mutex_t lock;          /* guards `newest` and the counts of all views */
    pthread_mutex_t evidence_lock; /* guards the provider behind `evidence` */
    struct owned_view *newest;
    struct fetcher *fetcher; /* NULL: simulated */
    uint64_t refreshed_ms;   /* monotonic; the refreshing thread's alone */
};

static FALLIBLE get_simulated(struct arena *a, struct attest_collateral *out, const struct trust *t,
                              struct err *e)
{
    CLEANUP(attest_sim_free) struct attest_sim *sim = NULL;

    TRY(attest_sim_open(&sim, t->config->sim_dir, e));
    return attest_sim_collateral(sim, a, out, evidence_kind(t->evidence), e);
}

/* From the service or its cache in the state folder; evidence made for the purpose tells which. */
static FALLIBLE get_fetched(struct arena *a, struct attest_collateral *out, struct trust *t, struct err *e)
{
    static const uint8_t no_data[64];
    struct fetch_result got;
    struct bytes evidence;

    TRY(trust_evidence(t, a, &evidence, no_data, e));
    TRY(fetch_for_evidence(t->fetcher, a, &got, evidence, evidence_form(t->evidence), e));
    if (got.note.code != ERR_OK)
        LOG_WARN("worker",
                 got.stale ? "the collateral service failed, older collateral is used" : "collateral cache",
                 F_ERR(&got.note));
    *out = got.collateral;
    return ERR_OK;
}

static FALLIBLE get(struct arena *a, struct attest_collateral *out, struct trust *t, struct err *e)
{
    return evidence_simulated(t->evidence) ? get_simulated(a, out, t, e) : get_fetched(a, out, t, e);
}

static FALLIBLE open_fetcher(struct trust *t, struct err *e)
{
    char folder[512];
    struct fetch_config config = {.intel_url_opt = t->config->pccs,
                                  .ca_file_opt = t->config->pccs_ca,
                                  .cache_folder_opt = folder,
                                  .use_stale = true};

    (void)fmt_into(folder, sizeof folder, "%s/collateral", t->config->state_dir);
    TRY(folder_make(folder, e));
    return fetcher_new(&t->fetcher, &config, e);
}

static void view_free(struct owned_view *v)
{
    arena_fini(&v->arena);
    free(v);
}

static FALLIBLE view_fill(struct owned_view *v, struct trust *t, struct err *e)
{
    struct writer w = writer_in(&v->arena, BUNDLE_MAX);

    TRY(get(&v->arena, &v->view.collateral, t, e));
    if (attest_endorse(&v->view.endorsements, &v->arena, &v->view.collateral, t->policy, &attest_openssl,
                       e) != ATTEST_VERIFIED)
        return err_wrap(e, "collateral");
    bundle_write(&w, &v->view.collateral);
    if (!writer_ok(&w))
        return FAIL(e, ERR_LIMIT, "collateral is too long for a file");
    v->view.bundle = writer_bytes(&w);
    return ERR_OK;
}

static FALLIBLE renew(struct trust *t, struct err *e)
{
    struct owned_view *v = calloc(1, sizeof *v);

    ASSERT(v != NULL);
    arena_init(&v->arena, &arena_heap, VIEW_ARENA_MAX);
    v->references = 1;
    if (view_fill(v, t, e) != ERR_OK) {
        view_free(v);
        return e->code;
    }
    (void)pthread_mutex_lock(&t->lock);
    struct owned_view *old = t->newest;
    t->newest = v;
    bool last = old != NULL && --old->references == 0;
    (void)pthread_mutex_unlock(&t->lock);
    if (last)
        view_free(old);
    t->refreshed_ms = clock_mono_ms();
    return ERR_OK;
}

FALLIBLE trust_open(struct trust **out, const struct config *config, struct evidence *evidence,
                    const struct attest_policy *policy, struct err *e)
{
    CLEANUP(trust_free) struct trust *t = calloc(1, sizeof *t);

    ASSERT(t != NULL);
    t->config = config;
    t->evidence = evidence;
    t->policy = policy;
    (void)pthread_mutex_init(&t->lock, NULL);
    (void)pthread_mutex_init(&t->evidence_lock, NULL);
    if (!evidence_simulated(evidence))
        TRY(open_fetcher(t, e));
    TRY(renew(t, e));
    *out = MOVE(t);
    return ERR_OK;
}

void trust_free(struct trust *t)
{
    if (t == NULL)
        return;
    if (t->newest != NULL)
        trust_give(t, &t->newest->view);
    fetcher_free(t->fetcher);
    (void)pthread_mutex_destroy(&t->lock);
    (void)pthread_mutex_destroy(&t->evidence_lock);
    free(t);
}

const struct trust_view *trust_take(struct trust *t)
{
    (void)pthread_mutex_lock(&t->lock);
    struct owned_view *v = t->newest;
    v->references++;
    (void)pthread_mutex_unlock(&t->lock);
    return &v->view;
}

void trust_give(struct trust *t, const struct trust_view *view)
{
    struct owned_view *v = (struct owned_view *)(uintptr_t)view;

    (void)pthread_mutex_lock(&t->lock);
    bool last = --v->references == 0;
    (void)pthread_mutex_unlock(&t->lock);
    if (last)
        view_free(v);
}

FALLIBLE trust_refresh(struct trust *t, bool *renewed, struct err *e)
{
    *renewed = false;
    if (clock_mono_ms() - t->refreshed_ms < TRUST_REFRESH_S * 1000ull)
        return ERR_OK;
    TRY(renew(t, e));
    *renewed = true;
    return ERR_OK;
}

FALLIBLE trust_evidence(struct trust *t, struct arena *a, struct bytes *out, const uint8_t report_data[64],
                        struct err *e)
{
    (void)pthread_mutex_lock(&t->evidence_lock);
    enum err_code code = evidence_get(t->evidence, a, out, report_data, e);
    (void)pthread_mutex_unlock(&t->evidence_lock);
    return code;
}

FALLIBLE trust_check_self(struct trust *t, enum attest_tcb *status, struct err *e)
{
    static const uint8_t no_data[64];
    const struct trust_view *view = trust_take(t);
    struct attest_policy policy = *t->policy;
    struct attest_claims claims;
    struct arena a;
    struct attest_input in = {.form = evidence_form(t->evidence),
                              .endorsements = view->endorsements,
                              .now = clock_wall_ms() / 1000,
                              .report_data = no_data};

    policy.any_measurement = true;
    arena_init(&a, &arena_heap, 1 << 20);
    enum err_code code = trust_evidence(t, &a, &in.evidence, no_data, e);
    if (code == ERR_OK && attest_appraise(&claims, &in, &policy, &attest_openssl, e) != ATTEST_VERIFIED)
        code = e->code;
    if (code == ERR_OK)
        *status = claims.tcb;
    arena_fini(&a);
    trust_give(t, view);
    return code;
}
