#include "trie/sort.h"

static struct bytes name_of(const uint8_t *item)
{
    struct bytes b;
    memcpy(&b, item, sizeof b);
    return b;
}

/* Merges the sorted runs [from, mid) and [mid, to) of `in` into `out`. */
static void merge(uint8_t *out, const uint8_t *in, size_t from, size_t mid, size_t to, size_t size)
{
    size_t left = from;
    size_t right = mid;
    for (size_t i = from; i < to; i++) {
        bool take_left = left < mid && (right >= to || bytes_cmp(name_of(in + left * size),
                                                                 name_of(in + right * size)) <= 0);
        size_t at = take_left ? left++ : right++;
        memcpy(out + i * size, in + at * size, size);
    }
}

void sort_by_bytes(struct arena *scratch, void *items, size_t count, size_t size)
{
    struct arena_mark mark = arena_mark(scratch);
    uint8_t *in = items;
    uint8_t *out = arena_alloc_n(scratch, count, size);

    for (size_t run = 1; run < count; run *= 2) {
        for (size_t from = 0; from < count; from += 2 * run) {
            size_t mid = from + run < count ? from + run : count;
            size_t to = from + 2 * run < count ? from + 2 * run : count;
            merge(out, in, from, mid, to, size);
        }
        uint8_t *other = in;
        in = out;
        out = other;
    }
    if (in != items && count > 0)
        memcpy(items, in, count * size);
    arena_rewind(scratch, mark);
}
