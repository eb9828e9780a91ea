#include "tee/qgs.h"

enum { MAJOR = 1, MINOR = 1, TYPE_REQUEST = 0, TYPE_ANSWER = 1 };

void qgs_request(struct writer *w, struct bytes report)
{
    uint32_t size = (uint32_t)(QGS_HEAD_LEN + report.len);

    put_u32be(w, size);
    put_u16(w, MAJOR);
    put_u16(w, MINOR);
    put_u32(w, TYPE_REQUEST);
    put_u32(w, size);
    put_u32(w, 0);
    put_u32(w, (uint32_t)report.len);
    put_u32(w, 0); /* no id list: any attestation key will do */
    put_bytes(w, report);
}

enum err_code qgs_answer_read(struct bytes *quote, struct bytes message, struct err *e)
{
    struct reader r = reader_of(message);
    uint16_t major = take_u16(&r);
    (void)take_u16(&r); /* services of 1.0 and 1.1 answer alike */
    uint32_t type = take_u32(&r);
    uint32_t size = take_u32(&r);
    uint32_t error = take_u32(&r);

    if (reader_ok(&r) && (major != MAJOR || type != TYPE_ANSWER || size != message.len))
        reader_fail(&r, "not an answer of a version that is known");
    if (reader_ok(&r) && error != 0)
        return FAIL(e, ERR_UNAVAILABLE, "the quote generation service says error 0x%x", error);
    uint32_t id_len = take_u32(&r);
    uint32_t quote_len = take_u32(&r);
    (void)take_bytes(&r, id_len);
    struct bytes got = take_bytes(&r, quote_len);
    if (reader_ok(&r) && got.len == 0)
        reader_fail(&r, "no quote in the answer");
    TRY(reader_end(&r, "quote generation service", e));
    *quote = got;
    return ERR_OK;
}
