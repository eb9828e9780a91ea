#include "attest/quote.h"
#include "base/reader.h"

enum { KEY_TYPE_P256 = 2, TEE_TYPE_SGX = 0, TEE_TYPE_TDX = 0x81, VENDOR_LEN = 16 };
enum { VERSION_3 = 3, VERSION_4 = 4, VERSION_5 = 5 };

static const uint8_t intel_vendor[VENDOR_LEN] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                                 0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

/* Bytes of a body of this type; 0 for a type that does not exist. */
static size_t body_len(uint16_t type)
{
    static const uint16_t lengths[] = {0, SGX_REPORT_LEN, 584, 648, 885};
    return type < ARRAY_LEN(lengths) ? lengths[type] : 0;
}

bool quote_is_tdx(const struct quote *q)
{
    return q->body_type != QUOTE_BODY_SGX;
}

struct bytes quote_report_data(const struct quote *q)
{
    return bytes_of(q->report.p + (quote_is_tdx(q) ? TDX_REPORT_DATA_AT : SGX_REPORT_DATA_AT), 64);
}

static enum attest_class damaged(const struct reader *r, struct err *e)
{
    return attest_refuse(e, ATTEST_FORMAT, r->failed != NULL ? r->failed : "bytes are left over");
}

static enum attest_class read_header(struct quote *q, struct reader *r, struct err *e)
{
    q->version = take_u16(r);
    q->key_type = take_u16(r);
    q->tee_type = take_u32(r);
    (void)take_bytes(r, 4); /* version 3: QE and PCE SVN, informative; later reserved */
    struct bytes vendor = take_bytes(r, VENDOR_LEN);
    (void)take_bytes(r, 20); /* user data: signed, not interpreted */
    if (!reader_ok(r))
        return damaged(r, e);
    if (q->version < VERSION_3 || q->version > VERSION_5)
        return attest_refuse(e, ATTEST_UNSUPPORTED_VERSION, "quote version is not 3, 4 or 5");
    if (q->key_type != KEY_TYPE_P256)
        return attest_refuse(e, ATTEST_UNSUPPORTED_KEY_TYPE, "attestation key is not ECDSA P-256");
    if (q->tee_type != TEE_TYPE_SGX && (q->tee_type != TEE_TYPE_TDX || q->version == VERSION_3))
        return attest_refuse(e, ATTEST_UNSUPPORTED_TEE_TYPE, "TEE type does not belong to this version");
    if (memcmp(vendor.p, intel_vendor, sizeof intel_vendor) != 0)
        return attest_refuse(e, ATTEST_UNKNOWN_QE_VENDOR, "vendor id of the quoting enclave");
    return ATTEST_VERIFIED;
}

static enum attest_class read_body(struct quote *q, struct reader *r, struct err *e)
{
    bool tdx = q->tee_type == TEE_TYPE_TDX;

    q->body_type = tdx ? QUOTE_BODY_TDX_10 : QUOTE_BODY_SGX;
    if (q->version == VERSION_5) {
        q->body_type = take_u16(r);
        uint32_t len = take_u32(r);
        if (!reader_ok(r))
            return damaged(r, e);
        if (body_len(q->body_type) == 0 || len != body_len(q->body_type))
            return attest_refuse(e, ATTEST_FORMAT, "body is of no known type and length");
        if (quote_is_tdx(q) != tdx)
            return attest_refuse(e, ATTEST_FORMAT, "type of the body is not that of the TEE");
    }
    q->report = take_bytes(r, body_len(q->body_type));
    return reader_ok(r) ? ATTEST_VERIFIED : damaged(r, e);
}

/* From the QE report to the end of its layer. */
static void read_certification(struct quote *q, struct reader *r)
{
    q->qe_report = take_bytes(r, SGX_REPORT_LEN);
    q->qe_signature = take_bytes(r, 64);
    uint16_t auth_len = take_u16(r);
    if (auth_len > SGX_AUTH_DATA_MAX)
        reader_fail(r, "authentication data is too long");
    q->auth_data = take_bytes(r, auth_len);
    q->cert_data_type = take_u16(r);
    uint32_t cert_len = take_u32(r);
    q->cert_data = take_bytes(r, cert_len);
    if (reader_ok(r) && r->left > 0)
        reader_fail(r, "signature data has bytes left over");
}

/* Versions 4 and 5 wrap in one more layer what version 3 has at once. */
static enum attest_class read_signature_data(struct quote *q, struct bytes in, struct err *e)
{
    struct reader r = reader_of(in);

    q->signature = take_bytes(&r, 64);
    q->attestation_key = take_bytes(&r, 64);
    if (q->version == VERSION_3) {
        read_certification(q, &r);
    } else {
        uint16_t type = take_u16(&r);
        if (reader_ok(&r) && type != SGX_CERT_DATA_QE_REPORT)
            return attest_refuse(e, ATTEST_UNSUPPORTED_CERT_DATA, "the outer layer holds no QE report");
        uint32_t len = take_u32(&r);
        struct reader inner = reader_of(take_bytes(&r, len));
        if (reader_ok(&r) && r.left > 0)
            reader_fail(&r, "signature data has bytes left over");
        if (reader_ok(&r))
            read_certification(q, &inner);
        if (!reader_ok(&inner))
            reader_fail(&r, inner.failed);
    }
    if (!reader_ok(&r))
        return damaged(&r, e);
    if (q->cert_data_type < SGX_CERT_DATA_PPID || q->cert_data_type > SGX_CERT_DATA_PEM_CHAIN)
        return attest_refuse(e, ATTEST_UNSUPPORTED_CERT_DATA, "certification data is of no known type");
    return ATTEST_VERIFIED;
}

enum attest_class quote_read(struct quote *out, struct bytes in, bool zero_tail, struct err *e)
{
    struct quote q = {0};
    struct reader r = reader_of(in);

    if (in.len > SGX_QUOTE_MAX)
        return attest_refuse(e, ATTEST_FORMAT, "quote is too long");
    enum attest_class c = read_header(&q, &r, e);
    if (c == ATTEST_VERIFIED)
        c = read_body(&q, &r, e);
    if (c != ATTEST_VERIFIED)
        return c;
    q.signed_part = bytes_of(in.p, r.taken);
    uint32_t len = take_u32(&r);
    struct bytes signature_data = take_bytes(&r, len);
    if (!reader_ok(&r))
        return damaged(&r, e);
    q.declared_length = r.taken;
    if (r.left > 0 && !(zero_tail && bytes_all_zero(bytes_from(in, r.taken))))
        return attest_refuse(e, ATTEST_FORMAT, "bytes follow the quote");
    c = read_signature_data(&q, signature_data, e);
    if (c == ATTEST_VERIFIED)
        *out = q;
    return c;
}
