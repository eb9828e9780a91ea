/* codec/metadata.h — the chain's description of itself, as clients read it: metadata versions 14 and 15.
 *
 * Everything comes from the registry's descriptors; types are numbered in the order in which they are met,
 * equal types once. The same registry gives the same bytes, and both versions number their types alike.
 * Source: the frame-metadata and scale-info crates, as laid down in docs/formats/metadata.md. */
#ifndef CODEC_METADATA_H
#define CODEC_METADATA_H

#include "base/writer.h"
#include "codec/desc.h"

/* Outer types: known to metadata, not to the walker. The first two have no C representation and no bytes; an
 * opaque extrinsic is its bytes, with their length. */
extern const struct type type_runtime_event, type_era, type_unchecked_extrinsic;

/* Writes `meta`, the version and the body, without a length prefix.
 *   scratch   for the registry under construction; about a megabyte, not
 *             given back: `w` may grow in the same arena
 *   returns   false for a version that is not served; a full writer shows in writer_ok */
bool metadata_encode(struct writer *w, struct arena *scratch, const struct registry *registry,
                     uint8_t version);

#endif /* CODEC_METADATA_H */
