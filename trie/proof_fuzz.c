/* Input: key length (1 byte), key, then items as u16 length and bytes. The root is the hash of the first
 * item, so that the reader gets past it; what it returns must lie within the items or be refused. */
#include "base/reader.h"
#include "crypto/hash.h"
#include "trie/proof.h"

enum { ITEMS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes items[ITEMS_MAX];
    struct bytes_list list = {items, 0};
    struct reader r = reader_of(bytes_of(data, len));
    struct arena arena;
    struct hash32 root;
    struct bytes value;
    struct err e;

    size_t key_len = take_u8(&r);
    struct bytes key = take_bytes(&r, key_len);
    while (r.left > 0 && list.count < ITEMS_MAX) {
        size_t item_len = take_u16(&r);
        items[list.count++] = take_bytes(&r, item_len);
    }
    if (!reader_ok(&r) || list.count == 0)
        return 0;
    blake2_256(root.b, items[0]);
    arena_init(&arena, &arena_heap, 1 << 24);
    enum err_code code = trie_proof_get(&arena, &value, &root, key, &list, &e);
    if (code == ERR_OK && value.len > 0)
        ASSERT(value.p >= data && value.p + value.len <= data + len);
    ASSERT(code == ERR_OK || code == ERR_NOT_FOUND || code == ERR_UNVERIFIED || code == ERR_MALFORMED);
    arena_fini(&arena);
    return 0;
}
