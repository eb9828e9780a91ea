/* tee/cert_table.h — the certificates a host hands to its SEV-SNP guests, brought into one form.
 *
 * Entries of 24 bytes (GUID 16, offset u32, length u32, little-endian), an entry of zeros, contents; offsets
 * from the start. Hosts store DER or PEM, in any order, with gaps. What comes out holds at most the leaf
 * (VCEK or VLEK) and its intermediate, as DER, in this order, without gaps: root and revocation list are left
 * out, because nobody believes the host's. Nothing here is verified; it is a hint like any other. */
#ifndef TEE_CERT_TABLE_H
#define TEE_CERT_TABLE_H

#include "base/err.h"
#include "base/writer.h"

enum { CERT_TABLE_MAX = 65536, CERT_TABLE_ENTRIES_MAX = 16 };

/* An empty table, or one that has none of these, gives no bytes. ERR_MALFORMED, ERR_LIMIT (does not fit into
 * `w`); then `w` is as it was. */
FALLIBLE cert_table_normalise(struct writer *w, struct bytes table, struct arena *scratch, struct err *e);

/* The table of these certificates (DER), each of which may be empty; without any, nothing. */
void cert_table_put(struct writer *w, struct bytes vcek, struct bytes vlek, struct bytes intermediate);

#endif /* TEE_CERT_TABLE_H */
