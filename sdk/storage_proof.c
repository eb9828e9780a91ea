/* sdk/storage_proof.c — typed reads that are proven against a head's state root. */
#include "chain/chain.h"
#include "codec/walk.h"
#include "sdk/priv.h"
#include "sdk/storage.h"
#include "trie/proof.h"

enum { READS_MAX = 256 };

/* A list of "0x…" strings. */
static FALLIBLE take_items(struct arena *a, struct bytes_list *out, const json_t *list, struct err *e)
{
    size_t n = json_array_size(list);

    if (!json_is_array(list) || n > TRIE_PROOF_ITEMS_MAX)
        return FAIL(e, ERR_MALFORMED, "state_getReadProof: not a proof");
    struct bytes *v = arena_new_n(a, struct bytes, n + 1);
    for (size_t i = 0; i < n; i++)
        TRY(sdk_json_bytes(a, &v[i], json_array_get(list, i), "state_getReadProof", e));
    *out = (struct bytes_list){.v = v, .count = n};
    return ERR_OK;
}

FALLIBLE sdk_json_proof(struct arena *a, struct trie_proof *out, const struct hash32 *root,
                        const json_t *answer, struct err *e)
{
    struct bytes_list items;

    TRY(take_items(a, &items, json_object_get(answer, "proof"), e));
    return trie_proof_open(a, out, root, &items, e);
}

static FALLIBLE proof_of(struct sdk_client *c, struct arena *a, struct trie_proof *out,
                         const struct bytes *keys, size_t count, const struct sdk_head *at, struct err *e)
{
    CLEANUP(json_decref) json_t *r = NULL;
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, sdk_json_hex(keys[i]));
    TRY(sdk_request(c, &r, "state_getReadProof", json_pack("[oo]", list, sdk_json_hex(BYTES_OF(at->hash))),
                    e));
    return sdk_json_proof(a, out, &at->state_root, r, e);
}

/* ERR_NOT_FOUND becomes *found false. */
static FALLIBLE read_one(struct bytes *out, bool *found, const struct trie_proof *p, struct bytes key,
                         struct err *e)
{
    enum err_code code = trie_proof_read(p, out, key, e);

    *found = code == ERR_OK;
    if (code != ERR_NOT_FOUND)
        return code;
    *out = BYTES_EMPTY;
    return ERR_OK;
}

FALLIBLE sdk_storage_raw_proven(struct sdk_client *c, struct arena *a, struct bytes *out, bool *found,
                                const struct sdk_head *at, struct bytes key, struct err *e)
{
    struct trie_proof p;

    TRY(proof_of(c, a, &p, &key, 1, at, e));
    return read_one(out, found, &p, key, e);
}

FALLIBLE sdk_storage_read_proven(struct sdk_client *c, struct arena *a, struct sdk_read *reads, size_t count,
                                 const struct sdk_head *at, struct err *e)
{
    struct bytes keys[READS_MAX], raw;
    struct trie_proof p;

    if (count == 0)
        return ERR_OK;
    if (count > READS_MAX)
        return FAIL(e, ERR_USAGE, "%zu reads in one request, at most %d", count, READS_MAX);
    for (size_t i = 0; i < count; i++)
        TRY(sdk_read_key(a, &keys[i], &reads[i], e));
    TRY(proof_of(c, a, &p, keys, count, at, e));
    for (size_t i = 0; i < count; i++) {
        if (read_one(&raw, &reads[i].found, &p, keys[i], e) != ERR_OK)
            return err_wrap(e, "%s", reads[i].item->name);
        TRY(sdk_read_fill(a, &reads[i], raw, e));
    }
    return ERR_OK;
}
