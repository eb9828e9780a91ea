/* codec/json.h — values as JSON text, by descriptor.
 *
 * Integers up to 2^53 are numbers, larger ones and all u128 decimal strings; byte strings and byte arrays are
 * "0x…" text; text is a JSON string; structs are objects, tuples arrays, a struct with a path and one unnamed
 * field is that field; enums are "Variant" or {"Variant": fields}; options are null or the value; calls are
 * {"pallet": …, "call": …, "args": {…}}. The text is compact, in descriptor order, hence deterministic. */
#ifndef CODEC_JSON_H
#define CODEC_JSON_H

#include "base/writer.h"
#include "codec/desc.h"

struct json_options {
    /* Writes an account's text without quotes (SS58 in practice); NULL: hex. */
    void (*put_account)(void *ctx, struct writer *w, const struct account_id *account);
    void *ctx;
};

void walk_json(struct writer *w, const struct type *t, const void *value,
               const struct json_options *options_opt);

/* A JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD. */
void json_put_string(struct writer *w, struct bytes text);
void json_put_hex(struct writer *w, struct bytes b); /* "0x…" with its quotes */
/* By the rule above: a number up to 2^53, else a string. */
void json_put_u64(struct writer *w, uint64_t v);
void json_put_u128(struct writer *w, u128 v); /* always a string */

#endif /* CODEC_JSON_H */
