#include "runtime/app_env.h"

#include "base/int.h"
#include "codec/walk.h"
#include "runtime/app_check.h"
#include "runtime/balances.h"
#include "runtime/params.h"

enum { KEY_HASH_LEN = 16, KEY_TEXT_MAX = 1024 };

static uint32_t encoded_len(const struct type *t, const void *value)
{
    struct writer w = writer_counting();
    walk_encode(&w, t, value);
    return (uint32_t)w.len; /* values in storage are below 64 KiB */
}

/* items * ItemDeposit + bytes * ByteDeposit; the counts are small, so this stays far below 2^128. */
static struct balance rent_of(struct exec *x, uint32_t items, uint32_t bytes)
{
    const struct params *p = params_of(x);
    struct balance a, b;
    bool ok = balance_mul_u64(&a, p->item_deposit, items) && balance_mul_u64(&b, p->byte_deposit, bytes);
    ASSERT(ok);
    return balance_sat_add(a, b);
}

static struct dispatch rent_change(struct exec *x, const struct account_id *owner, uint64_t id,
                                   uint32_t items_more, uint32_t bytes_more, uint32_t items_less,
                                   uint32_t bytes_less)
{
    struct app_rent r;
    app_rents_get(x, &r, id);
    r.items = r.items + items_more - items_less;
    r.bytes = r.bytes + bytes_more - bytes_less;
    struct balance due = rent_of(x, r.items, r.bytes);
    struct balance more = balance_sat_sub(due, r.reserved), less = balance_sat_sub(r.reserved, due);

    if (!balance_is_zero(more) && !dispatch_ok(balances_reserve(x, owner, more)))
        return app_fail(APP_ERR_NOT_ENOUGH_BALANCE);
    if (!balance_is_zero(less))
        (void)balances_unreserve(x, owner, less);
    r.reserved = due;
    app_rents_put(x, id, &r);
    return DISPATCH_OK;
}

struct dispatch app_rent_record(struct exec *x, const struct app_tee_app *old_opt,
                                const struct app_tee_app *now)
{
    uint32_t before = old_opt == NULL ? 0 : encoded_len(&app_type_tee_app, old_opt);
    return rent_change(x, &now->creator, now->id, old_opt == NULL ? 1 : 0,
                       encoded_len(&app_type_tee_app, now), 0, before);
}

struct balance app_rent_return(struct exec *x, const struct account_id *owner, uint64_t id)
{
    struct app_rent r;
    app_rents_get(x, &r, id);
    if (!balance_is_zero(r.reserved))
        (void)balances_unreserve(x, owner, r.reserved);
    app_rents_del(x, id);
    return r.reserved;
}

/* The settings of a service while they are edited. */
struct edit {
    const struct account_id *owner;
    uint64_t id;
    struct app_env_slot slots[APP_ENV_MAX];
    uint32_t n;
};

static void key_hash(struct exec *x, uint8_t out[KEY_HASH_LEN], const struct app_env_key *k)
{
    uint8_t text[KEY_TEXT_MAX];
    struct writer w = writer_fixed(text, sizeof text);
    walk_encode(&w, &app_type_env_key, k);
    ASSERT(writer_ok(&w));
    x->host->blake2_128(x->host->ctx, out, writer_bytes(&w));
}

static uint32_t slot_of_index(const struct edit *e, uint16_t index)
{
    uint32_t i = 0;
    while (i < e->n && e->slots[i].index != index)
        i++;
    return i;
}

static uint32_t slot_of_key(const struct edit *e, const uint8_t key[KEY_HASH_LEN])
{
    uint32_t i = 0;
    while (i < e->n && memcmp(e->slots[i].key, key, KEY_HASH_LEN) != 0)
        i++;
    return i;
}

static uint32_t env_len(struct exec *x, uint64_t id, uint16_t index)
{
    struct app_env env;
    return app_envs_get(x, &env, id, index) ? encoded_len(&app_type_env, &env) : 0;
}

static struct dispatch put_env(struct exec *x, struct edit *e, uint32_t slot, const struct app_env_input *in)
{
    struct app_env env = {.index = e->slots[slot].index, .k = in->k, .v = in->v};
    uint32_t before = env_len(x, e->id, env.index);
    app_envs_put(x, e->id, env.index, &env);
    return rent_change(x, e->owner, e->id, before == 0 ? 1 : 0, encoded_len(&app_type_env, &env), 0, before);
}

static struct dispatch insert(struct exec *x, struct edit *e, const struct app_env_input *in)
{
    uint8_t key[KEY_HASH_LEN];
    uint16_t next = app_next_env_id_get(x, e->id);

    key_hash(x, key, &in->k);
    if (slot_of_key(e, key) < e->n)
        return app_fail(APP_ERR_ENV_EXISTS);
    if (e->n >= APP_ENV_MAX || next == UINT16_MAX)
        return app_fail(APP_ERR_TOO_MANY_ENV);
    e->slots[e->n].index = next;
    memcpy(e->slots[e->n].key, key, sizeof key);
    app_next_env_id_put(x, e->id, (uint16_t)(next + 1));
    return put_env(x, e, e->n++, in);
}

static struct dispatch update(struct exec *x, struct edit *e, const struct app_env_input *in, uint16_t index)
{
    uint8_t key[KEY_HASH_LEN];
    uint32_t slot = slot_of_index(e, index);

    if (slot == e->n)
        return app_fail(APP_ERR_ENV_NOT_EXIST);
    key_hash(x, key, &in->k);
    uint32_t same = slot_of_key(e, key);
    if (same < e->n && same != slot)
        return app_fail(APP_ERR_ENV_EXISTS);
    memcpy(e->slots[slot].key, key, sizeof key);
    return put_env(x, e, slot, in);
}

static struct dispatch remove_env(struct exec *x, struct edit *e, uint16_t index)
{
    uint32_t slot = slot_of_index(e, index);
    if (slot == e->n)
        return app_fail(APP_ERR_ENV_NOT_EXIST);
    uint32_t before = env_len(x, e->id, index);
    app_envs_del(x, e->id, index);
    e->n--;
    memmove(&e->slots[slot], &e->slots[slot + 1], (e->n - slot) * sizeof e->slots[0]);
    return rent_change(x, e->owner, e->id, 0, 0, 1, before);
}

struct dispatch app_env_apply(struct exec *x, const struct account_id *owner, uint64_t id,
                              const struct app_env_input_vec *edits)
{
    struct edit e = {.owner = owner, .id = id};
    struct app_env_slot_vec old;

    if (edits->n == 0)
        return DISPATCH_OK;
    app_env_slots_get(x, &old, id);
    ASSERT(old.n <= APP_ENV_MAX);
    if (old.n > 0)
        memcpy(e.slots, old.v, old.n * sizeof e.slots[0]);
    e.n = old.n;
    for (uint32_t i = 0; i < edits->n; i++) {
        const struct app_env_input *in = &edits->v[i];
        switch (in->etype.tag) {
        case APP_EDIT_TYPE_INSERT:
            DISPATCH_TRY(insert(x, &e, in));
            break;
        case APP_EDIT_TYPE_UPDATE:
            DISPATCH_TRY(update(x, &e, in, in->etype.u.update));
            break;
        case APP_EDIT_TYPE_REMOVE:
            DISPATCH_TRY(remove_env(x, &e, in->etype.u.remove));
            break;
        }
    }
    app_env_slots_put(x, id, &(struct app_env_slot_vec){.n = e.n, .v = e.slots});
    return DISPATCH_OK;
}

void app_env_forget(struct exec *x, uint64_t id)
{
    struct app_env_slot_vec slots;
    app_env_slots_get(x, &slots, id);
    for (uint32_t i = 0; i < slots.n; i++)
        app_envs_del(x, id, slots.v[i].index);
    app_env_slots_del(x, id);
    app_next_env_id_del(x, id);
}
