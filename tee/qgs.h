/* tee/qgs.h — messages of the host's TDX quote generation service, for kernels that make no quotes
 * themselves.
 *
 * A frame is u32 big-endian length ‖ message. A message is a header (major u16, minor u16, type u32, size u32
 * of the whole, error u32), two lengths u32, and what they measure: report and id list in a request (type 0),
 * selected id and quote in an answer (type 1). Little-endian but for the frame. */
#ifndef TEE_QGS_H
#define TEE_QGS_H

#include "base/err.h"
#include "base/reader.h"
#include "base/writer.h"

enum { QGS_PORT = 4050, QGS_HOST_CID = 2, QGS_HEAD_LEN = 24, QGS_MESSAGE_MAX = 128 * 1024 };

/* The framed request for a TDREPORT. */
void qgs_request(struct writer *w, struct bytes report);
/* The quote in an answer (without its frame), a view. ERR_UNAVAILABLE (the service's error), ERR_MALFORMED.
 */
FALLIBLE qgs_answer_read(struct bytes *quote, struct bytes message, struct err *e);

#endif /* TEE_QGS_H */
