/* codec/walk.h — the one interpreter of type descriptors: bytes to C values and back.
 *
 * What it demands of the input: canonical compacts, booleans and option tags of 0 or 1, known enum tags, the
 * bounds of the descriptor, UTF-8 where the descriptor says text, counts the input can hold, at most
 * WALK_CALL_DEPTH_MAX calls inside each other, WALK_DEPTH_MAX levels of types, and WALK_MEMORY_MAX bytes of
 * arena for one decode (counted with one fixed layout, so that native and WASM builds refuse the same
 * inputs). Growing an arena may waste half of it: one that decodes foreign bytes needs a limit of twice
 * WALK_MEMORY_MAX above its other needs, for each decode it outlives.
 *
 * Byte strings and call.encoded in decoded values are views into the input; vectors and arguments are in the
 * arena. A `registry` may be NULL when the type holds no calls (a call is then refused).
 *
 *     struct reader r = reader_of(in);
 *     struct worker_cluster c;
 *     walk_decode(arena, &r, &worker_type_cluster, NULL, &c);
 *     TRY(reader_end(&r, "cluster", e)); */
#ifndef CODEC_WALK_H
#define CODEC_WALK_H

#include "base/reader.h"
#include "base/writer.h"
#include "codec/desc.h"

enum {
    WALK_CALL_DEPTH_MAX = 32,
    WALK_DEPTH_MAX = 256,
    WALK_MEMORY_MAX = 16 * 1024 * 1024,
};

#define WALK_LEN_UNBOUNDED UINT64_MAX

/* Decodes one value; bytes after it stay in the reader. On failure the reader says why and *out is all zeros.
 */
void walk_decode(struct arena *a, struct reader *r, const struct type *t, const struct registry *registry_opt,
                 void *out);
/* Passes over one value with the same strictness and no memory. */
void walk_skip(struct reader *r, const struct type *t, const struct registry *registry_opt);
/* The whole of `in` as one value. ERR_MALFORMED, message "what: ...". */
FALLIBLE walk_decode_all(struct arena *a, void *out, struct bytes in, const struct type *t,
                         const struct registry *registry_opt, const char *what, struct err *e);

/* A value outside its descriptor (over a bound, unknown tag, not UTF-8) overflows the writer: check
 * writer_ok. */
void walk_encode(struct writer *w, const struct type *t, const void *value);

/* Bounds of the encoded length; max is WALK_LEN_UNBOUNDED for types that hold calls. */
uint64_t walk_max_len(const struct type *t);
uint64_t walk_min_len(const struct type *t);

/* Whether two values encode alike. */
bool walk_equal(const struct type *t, const void *a, const void *b);

/* The whole of `in` as a runtime call: pallet index ‖ call index ‖ arguments. ERR_MALFORMED. */
FALLIBLE call_decode(struct arena *a, struct call *out, struct bytes in, const struct registry *registry,
                     struct err *e);
/* Writes call->encoded when it is set, else encodes pallet index, call index and arguments. */
void call_encode(struct writer *w, const struct call *call);

/* NULL when there is none. */
const struct pallet_desc *registry_pallet(const struct registry *registry, uint8_t index);
const struct call_desc *pallet_call(const struct pallet_desc *pallet, uint8_t index);
const struct variant *type_variant(const struct type *t, uint32_t index);

#endif /* CODEC_WALK_H */
