/* attest/gather_fuzz.c — evidence of any shape, whose names go to a store: first byte the form, the rest
 * evidence. The store has whatever is asked for, a certificate as its document. */
#include "attest/gather.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { ARENA_MAX = 8 << 20, KEY_MAX = 16 };

static bool has_all(void *ctx, struct attest_piece *out, enum attest_root_label label,
                    enum attest_piece_kind kind, struct bytes key)
{
    ASSERT(label == ATTEST_ROOT_VENDOR && key.len <= KEY_MAX);
    *out = (struct attest_piece){.kind = kind, .document = *(const struct bytes *)ctx};
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct arena arena;
    const struct attest_policy policy = {.roots = attest_vendor_roots, .root_count = ATTEST_VENDOR_ROOTS};
    struct attest_gathered g;
    struct attest_collateral joined;
    struct err e;

    if (len == 0)
        return 0;
    if (arena.source == NULL)
        arena_init(&arena, &arena_heap, ARENA_MAX);
    arena_reset(&arena);
    struct bytes evidence = bytes_of(data + 1, len - 1);
    const struct attest_store store = {.ctx = &evidence, .find = has_all};
    enum attest_form form = (data[0] & 1) != 0 ? ATTEST_FORM_SNP : ATTEST_FORM_QUOTE;
    enum attest_class c = attest_gather(&g, &arena, &store, evidence, form, &policy, &e);
    ASSERT(c == ATTEST_VERIFIED || c == ATTEST_FORMAT);
    ASSERT(form == ATTEST_FORM_SNP || (g.count == 4) == (c == ATTEST_VERIFIED));
    ASSERT(g.root_index < ATTEST_VENDOR_ROOTS);
    attest_collateral_join(&joined, g.v, g.count);
    return 0;
}
