/* codec/sample_test.h — descriptors and vectors that the tests and fuzz targets of this folder share. */
#ifndef CODEC_SAMPLE_TEST_H
#define CODEC_SAMPLE_TEST_H

#include "base/arena.h"
#include "codec/desc.h"

struct json_t;

struct sample {
    const char *name; /* as tests/vectors/substrate/scale.json writes it */
    const struct type *type;
};

extern const struct sample samples[];
extern const size_t sample_count;
extern const struct registry sample_registry; /* a small System, Timestamp, Balances and Utility */

/* The descriptor of a name of scale.json, or NULL. */
const struct type *sample_type(const char *name);

/* A file of tests/vectors/substrate, or an abort. */
struct json_t *vectors_load(const char *file);
/* Hex text of a member as bytes in the arena, or an abort. */
struct bytes vector_hex(struct arena *a, const struct json_t *object, const char *key);
const char *vector_text(const struct json_t *object, const char *key);

#endif /* CODEC_SAMPLE_TEST_H */
