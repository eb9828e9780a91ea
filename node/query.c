/* node/query.c — questions to the chain: blocks by hash and number, states by block, calls that leave nothing
 * behind. */
#include "base/log.h"
#include "codec/header.h"
#include "codec/scale.h"
#include "node/chain_impl.h"

static char *hex_of(char out[67], const struct hash32 *h)
{
    static const char digit[] = "0123456789abcdef";

    out[0] = '0';
    out[1] = 'x';
    for (size_t i = 0; i < 32; i++) {
        out[2 + 2 * i] = digit[h->b[i] >> 4];
        out[3 + 2 * i] = digit[h->b[i] & 15];
    }
    out[66] = 0;
    return out;
}

FALLIBLE chain_hash_at(struct chain *c, struct hash32 *out, uint32_t number, struct err *e)
{
    uint8_t be[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                     (uint8_t)number};
    struct arena *a = &c->process; /* rewound below: the answer is 32 bytes */
    struct arena_mark mark = arena_mark(a);
    struct bytes hash;
    bool found = false;

    if (number == c->best.number) {
        *out = c->best.hash;
        return ERR_OK;
    }
    enum err_code rc = number > c->best.number
                           ? ERR_OK
                           : store_get(c->store, STORE_NUMBERS, BYTES_OF(be), a, &hash, &found, e);
    if (rc == ERR_OK && !found)
        rc = FAIL(e, ERR_NOT_FOUND, "there is no block %u", number);
    if (rc == ERR_OK && hash.len != 32)
        rc = FAIL(e, ERR_CORRUPT, "the index entry of block %u has %zu bytes", number, hash.len);
    if (rc == ERR_OK)
        memcpy(out->b, hash.p, 32);
    arena_rewind(a, mark);
    return rc;
}

FALLIBLE chain_header(struct chain *c, struct arena *a, struct bytes *out, const struct hash32 *at,
                      struct err *e)
{
    struct bytes header;
    bool found = false;
    char text[67];

    TRY(store_get(c->store, STORE_HEADERS, bytes_of(at->b, 32), a, &header, &found, e));
    if (!found)
        return FAIL(e, ERR_NOT_FOUND, "UnknownBlock: Header was not found in the database: %s",
                    hex_of(text, at));
    *out = header;
    return ERR_OK;
}

FALLIBLE chain_body(struct chain *c, struct arena *a, struct bytes_list *out, const struct hash32 *at,
                    struct err *e)
{
    struct bytes body;
    bool found = false;
    char text[67];

    TRY(store_get(c->store, STORE_BODIES, bytes_of(at->b, 32), a, &body, &found, e));
    if (!found)
        return FAIL(e, ERR_NOT_FOUND, "UnknownBlock: Header was not found in the database: %s",
                    hex_of(text, at));
    struct reader r = reader_of(body);
    uint32_t count = take_count(&r, 1, CHAIN_EXTRINSICS_MAX);
    struct bytes *v = arena_new_n(a, struct bytes, count);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *start = r.p;
        (void)take_compact_bytes(&r, UINT32_MAX);
        v[i] = bytes_of(start, (size_t)(r.p - start));
    }
    if (reader_end(&r, "stored body", e) != ERR_OK) {
        e->code = ERR_CORRUPT;
        return ERR_CORRUPT;
    }
    *out = (struct bytes_list){v, count};
    return ERR_OK;
}

static FALLIBLE number_of(struct chain *c, uint32_t *number, struct hash32 *root, const struct hash32 *at,
                          struct err *e)
{
    struct arena_mark mark = arena_mark(&c->process);
    struct bytes bytes;
    struct header h;

    enum err_code rc = chain_header(c, &c->process, &bytes, at, e);
    if (rc == ERR_OK)
        rc = header_decode(&h, bytes, e);
    if (rc == ERR_OK) {
        *number = h.number;
        *root = h.state_root;
    }
    arena_rewind(&c->process, mark);
    return rc;
}

FALLIBLE chain_state(struct chain *c, struct trie **out, const struct hash32 *at, struct err *e)
{
    uint32_t number;
    struct hash32 root;
    char text[67];

    ASSERT(!c->building);
    if (hash32_eq(at, &c->best.hash)) {
        *out = c->trie;
        return ERR_OK;
    }
    TRY(number_of(c, &number, &root, at, e));
    if (c->view != NULL && c->view_number == number) {
        *out = c->view;
        return ERR_OK;
    }
    if (number < c->oldest)
        return FAIL(e, ERR_NOT_FOUND, "State already discarded for %s", hex_of(text, at));
    struct trie_config config = {
        .source = &arena_heap, .db = store_trie_db(c->store), .memory_limit = CHAIN_VIEW_MEMORY};
    struct trie *view;
    TRY(trie_view(&view, &config, number, &root, e));
    trie_free(c->view);
    c->view = view;
    c->view_number = number;
    *out = view;
    return ERR_OK;
}

/* Opens the overlay for questions on the state of `at`. */
static FALLIBLE open_at(struct chain *c, struct overlay **out, const struct hash32 *at, struct err *e)
{
    struct trie *state;

    TRY(chain_state(c, &state, at, e));
    overlay_open(&c->ask, state, state == c->trie);
    *out = &c->ask;
    return ERR_OK;
}

FALLIBLE chain_call(struct chain *c, struct arena *a, struct bytes *out, const struct hash32 *at,
                    const char *name, struct bytes input, struct err *e)
{
    struct overlay *o;
    struct bytes result;

    TRY(open_at(c, &o, at, e));
    enum err_code rc = runtime_call(&o->host, a, &result, name, input, e);
    if (rc == ERR_OK && o->unsupported)
        rc = FAIL(e, ERR_UNSUPPORTED, "%s needs a state root, which only the newest state has", name);
    overlay_reset(o);
    if (rc == ERR_NOT_FOUND)
        rc = FAIL(e, ERR_REJECTED, "Exported method %s is not found", name);
    TRY(rc);
    *out = result;
    return ERR_OK;
}

FALLIBLE chain_dry_run(struct chain *c, struct arena *a, struct bytes *out, const struct hash32 *at,
                       struct bytes extrinsic, struct err *e)
{
    struct header h = {.parent = *at};
    struct hash32 root;
    struct overlay *o;
    struct writer w = writer_in(a, SIZE_MAX);
    struct bytes result;

    TRY(number_of(c, &h.number, &root, at, e));
    h.number++;
    header_encode(&w, &h);
    TRY(open_at(c, &o, at, e));
    enum err_code rc = runtime_call(&o->host, a, &result, "Core_initialize_block", writer_bytes(&w), e);
    if (rc == ERR_OK)
        rc = runtime_call(&o->host, a, &result, "BlockBuilder_apply_extrinsic", extrinsic, e);
    overlay_reset(o);
    TRY(rc);
    *out = result;
    return ERR_OK;
}

FALLIBLE chain_validate(struct chain *c, struct arena *a, struct bytes *out, struct bytes extrinsic,
                        struct err *e)
{
    struct writer w = writer_in(a, SIZE_MAX);
    struct bytes result;

    ASSERT(!c->building);
    put_u8(&w, 2); /* TransactionSource::External */
    put_bytes(&w, extrinsic);
    put_mem(&w, c->best.hash.b, sizeof c->best.hash.b);
    overlay_open(&c->ask, c->trie, true);
    enum err_code rc = runtime_call(&c->ask.host, a, &result, "TaggedTransactionQueue_validate_transaction",
                                    writer_bytes(&w), e);
    overlay_reset(&c->ask);
    TRY(rc);
    *out = result;
    return ERR_OK;
}

FALLIBLE chain_signature_of(struct chain *c, struct arena *a, struct runtime_signature_check *out,
                            struct bytes extrinsic, struct err *e)
{
    ASSERT(!c->building);
    overlay_open(&c->ask, c->trie, true);
    enum err_code rc = runtime_signature_ahead(&c->ask.host, a, out, extrinsic, &c->best.hash, e);
    overlay_reset(&c->ask);
    return rc;
}
