/* The first byte picks a descriptor. What decodes must encode to the bytes it came from, skip alike, and read
 * as JSON. */
#include "codec/json.h"
#include "codec/json_read.h"
#include "codec/sample_test.h"
#include "codec/walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_json(struct arena *a, const struct type *t, const void *value)
{
    struct writer text = writer_in(a, 64u << 20);
    struct err e;

    walk_json(&text, t, value, NULL);
    ASSERT(writer_ok(&text));
    struct json_reader j = json_reader_of(a, writer_bytes(&text));
    json_skip(&j);
    /* batches of batches nest deeper than a JSON reader need follow */
    ASSERT(json_end(&j, "json", &e) == ERR_OK || strcmp(j.failed, "nested too deeply") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct arena a;

    if (len == 0)
        return 0;
    const struct type *t = samples[data[0] % sample_count].type;
    struct bytes in = bytes_of(data + 1, len - 1);
    struct reader r = reader_of(in);
    struct reader skip = r;
    arena_init(&a, &arena_heap, 512u << 20);
    void *value = arena_alloc(&a, t->size);
    walk_decode(&a, &r, t, &sample_registry, value);
    walk_skip(&skip, t, &sample_registry);
    ASSERT(reader_ok(&r) == reader_ok(&skip) && r.taken == skip.taken);
    if (reader_ok(&r)) {
        if (t->kind == TYPE_CALL)
            ((struct call *)value)->encoded = BYTES_EMPTY;
        struct writer w = writer_in(&a, len);
        walk_encode(&w, t, value);
        ASSERT(writer_ok(&w) && bytes_eq(writer_bytes(&w), bytes_of(in.p, r.taken)));
        ASSERT(r.taken >= walk_min_len(t) && r.taken <= walk_max_len(t));
        void *again = arena_alloc(&a, t->size);
        r = reader_of(writer_bytes(&w));
        walk_decode(&a, &r, t, &sample_registry, again);
        ASSERT(reader_ok(&r) && walk_equal(t, value, again));
        check_json(&a, t, value);
    }
    arena_fini(&a);
    return 0;
}
