/* attest/pem.h — CERTIFICATE blocks of PEM text (RFC 7468), without allocation. Pure. */
#ifndef ATTEST_PEM_H
#define ATTEST_PEM_H

#include "base/bytes.h"
#include "base/writer.h"

enum pem_result { PEM_BLOCK, PEM_END, PEM_BAD };

/* Decodes the next block of *text and advances it past the block; what is between blocks is ignored.
 *   PEM_BLOCK  *der is a view into the memory of `w`
 *   PEM_END    no further block
 *   PEM_BAD    a block that does not end, is not strict base64, or does not fit into `w` */
enum pem_result pem_next(struct bytes *text, struct writer *w, struct bytes *der);

#endif /* ATTEST_PEM_H */
