#include "tee/evidence_file.h"
#include "attest/hcl.h"
#include "attest/pem.h"
#include "attest/ratls.h"
#include "attest/snp.h"
#include "attest/x509.h"
#include "base/hex.h"
#include "codec/json_read.h"
#include "tee/bundle.h"

enum {
    OE_HEADER_LEN = 16,
    OE_VERSION = 1,
    OE_TYPE_REMOTE = 2,
    CERTIFICATE_MAX = 65536,
};

static void layer(struct evidence_file *f, const char *name)
{
    ASSERT(f->layer_count < EVIDENCE_LAYERS_MAX);
    f->layers[f->layer_count++] = name;
}

/* --- bytes --- */

/* A report and a quote both begin with a small version; behind it a quote has the type of its key, which is
 * not zero, and a report the upper half of a u32. What was cut is still told by its signature algorithm. */
static bool is_report(struct bytes in)
{
    enum { ALGORITHM_AT = 0x34, ECDSA_P384 = 1, VERSION_MOST = 0xff };

    if (in.len < ALGORITHM_AT + 4 || load_u32le(in.p) > VERSION_MOST)
        return false;
    return in.len >= SNP_REPORT_LEN || load_u32le(in.p + ALGORITHM_AT) == ECDSA_P384;
}

/* The header of Open Enclave: version, type, length of what follows. */
static bool has_oe_header(struct bytes in)
{
    return in.len > OE_HEADER_LEN && load_u32le(in.p) == OE_VERSION &&
           load_u32le(in.p + 4) == OE_TYPE_REMOTE && load_u64le(in.p + 8) == in.len - OE_HEADER_LEN;
}

static FALLIBLE read_plain(struct evidence_file *f, struct bytes in, struct err *e)
{
    if (in.len < 8)
        return FAIL(e, ERR_MALFORMED, "evidence of %zu bytes", in.len);
    if (in.len > ATTEST_EVIDENCE_MAX)
        return FAIL(e, ERR_LIMIT, "evidence of %zu bytes, at most %d are taken", in.len, ATTEST_EVIDENCE_MAX);
    f->form = is_report(in) ? ATTEST_FORM_SNP : ATTEST_FORM_QUOTE;
    f->evidence = in;
    return ERR_OK;
}

/* What the certificate is to be judged by, so that collateral can be looked for. Nothing is refused here:
 * attest_ratls_verify names what is wrong. */
static void peek_certificate(struct evidence_file *f, struct bytes der)
{
    struct x509 cert;
    struct ratls_evidence inner;
    struct err ignored;

    f->form = ATTEST_FORM_QUOTE;
    if (x509_read(&cert, der, &ignored) == ERR_OK &&
        attest_ratls_read(&inner, x509_extension(&cert, x509_oid_evidence), &ignored) == ATTEST_VERIFIED) {
        f->evidence = inner.quote;
        f->form = is_report(inner.quote) ? ATTEST_FORM_SNP : ATTEST_FORM_QUOTE;
    }
}

static FALLIBLE read_bytes(struct evidence_file *f, struct bytes in, struct err *e)
{
    const struct bytes paravisor = BYTES_LIT("HCLA");

    if (in.len >= 4 && in.p[0] == 0x30 && (in.p[1] & 0x80) != 0) {
        if (in.len > CERTIFICATE_MAX)
            return FAIL(e, ERR_LIMIT, "a certificate of %zu bytes", in.len);
        layer(f, "certificate");
        f->certificate = in;
        peek_certificate(f, in);
        return ERR_OK;
    }
    if (bytes_starts_with(in, paravisor)) {
        layer(f, "paravisor report");
        f->paravisor = in;
        return ERR_OK;
    }
    if (has_oe_header(in)) {
        layer(f, "Open Enclave report");
        return read_plain(f, bytes_from(in, OE_HEADER_LEN), e);
    }
    return read_plain(f, in, e);
}

/* --- text --- */

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_hex(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_text(struct bytes in)
{
    for (size_t i = 0; i < in.len; i++)
        if (!is_blank(in.p[i]) && (in.p[i] < 0x20 || in.p[i] > 0x7e))
            return false;
    return in.len > 0;
}

/* Without blanks, URL letters as standard ones, without padding. Evidence long enough to be any has letters
 * in base64 that are no hex digits, so text of hex digits alone is hex. */
static FALLIBLE decode_text(struct evidence_file *f, struct arena *a, struct bytes *out, struct bytes in,
                            struct err *e)
{
    uint8_t *p = arena_alloc(a, in.len + 4);
    size_t n = 0;
    bool hex = true;

    for (size_t i = 0; i < in.len; i++) {
        uint8_t c = in.p[i];
        if (is_blank(c))
            continue;
        p[n++] = c == '-' ? '+' : c == '_' ? '/' : c;
        hex = hex && (is_hex(c) || (n == 2 && p[0] == '0' && (c == 'x' || c == 'X')));
    }
    if (hex) {
        layer(f, "hex");
        return hex_decode(a, out, bytes_of(p, n), e);
    }
    layer(f, "base64");
    while (n > 0 && p[n - 1] == '=')
        n--;
    while (n % 4 != 0)
        p[n++] = '=';
    return base64_decode(a, out, bytes_of(p, n), e);
}

static FALLIBLE read_encoded(struct evidence_file *f, struct arena *a, struct bytes in, struct err *e)
{
    struct bytes decoded;

    TRY(decode_text(f, a, &decoded, in, e));
    if (is_text(decoded))
        return FAIL(e, ERR_UNSUPPORTED, "text inside text: decode it once more");
    return read_bytes(f, decoded, e);
}

static FALLIBLE read_pem(struct evidence_file *f, struct arena *a, struct bytes in, struct err *e)
{
    struct bytes der;
    uint32_t count;

    layer(f, "PEM");
    TRY(evidence_certificates(&der, &count, 1, a, in, e));
    return read_bytes(f, der, e);
}

static FALLIBLE read_text(struct evidence_file *f, struct arena *a, struct bytes in, struct err *e)
{
    const struct bytes pem = BYTES_LIT("-----BEGIN ");

    return bytes_starts_with(in, pem) ? read_pem(f, a, in, e) : read_encoded(f, a, in, e);
}

/* --- JSON --- */

static const char *const evidence_members[] = {"quote", "evidence", "report", "certificate"};

static bool is_evidence_member(struct bytes key)
{
    for (size_t i = 0; i < ARRAY_LEN(evidence_members); i++)
        if (bytes_eq(key, bytes_of_str(evidence_members[i])))
            return true;
    return false;
}

/* The next value as it stands in the text. */
static struct bytes take_slice(struct json_reader *j)
{
    (void)json_peek(j);
    size_t start = j->at;

    json_skip(j);
    return json_ok(j) ? bytes_of(j->in.p + start, j->at - start) : BYTES_EMPTY;
}

/* Finds the one evidence member and, if there is one, the object of collateral. */
static FALLIBLE find_members(struct arena *a, struct bytes *text, struct bytes *inner, struct bytes in,
                             struct err *e)
{
    struct json_reader j = json_reader_of(a, in);
    uint32_t count = 0, nested = 0;
    struct bytes key;

    json_object_begin(&j);
    while (json_object_next(&j, &key)) {
        if (is_evidence_member(key)) {
            *text = json_take_string(&j);
            count++;
        } else if (bytes_eq(key, BYTES_LIT("collateral")) && json_peek(&j) == JSON_KIND_OBJECT) {
            *inner = take_slice(&j);
            nested++;
        } else {
            json_skip(&j);
        }
    }
    TRY(json_end(&j, "JSON", e));
    if (count != 1)
        return FAIL(e, ERR_MALFORMED,
                    "JSON: %u members named quote, evidence, report or certificate; exactly one is expected",
                    count);
    return nested > 1 ? FAIL(e, ERR_MALFORMED, "JSON: collateral is there twice") : ERR_OK;
}

static bool any_collateral(const struct attest_collateral *c)
{
    return c->tcb_info.len > 0 || c->qe_identity.len > 0 || c->pck_crl.len > 0 || c->root_ca_crl.len > 0 ||
           c->pck_chain.len > 0 || c->snp_leaf.len > 0 || c->snp_intermediate.len > 0 || c->snp_crl.len > 0;
}

static FALLIBLE read_json(struct evidence_file *f, struct arena *a, struct bytes in, struct err *e)
{
    struct bytes text = BYTES_EMPTY, inner = BYTES_EMPTY;

    layer(f, "JSON");
    TRY(find_members(a, &text, &inner, in, e));
    if (bundle_read(&f->collateral, a, inner.len > 0 ? inner : in, e) != ERR_OK)
        return err_wrap(e, "collateral in the JSON");
    f->has_collateral = any_collateral(&f->collateral);
    if (!is_text(text))
        return FAIL(e, ERR_MALFORMED, "JSON: the evidence is no text");
    return read_text(f, a, text, e);
}

/* --- both --- */

static FALLIBLE unwrap(struct evidence_file *f, struct arena *a, struct bytes in, struct err *e)
{
    struct bytes text = in;

    if (in.len > EVIDENCE_FILE_MAX)
        return FAIL(e, ERR_LIMIT, "evidence in %zu bytes, at most %d are taken", in.len, EVIDENCE_FILE_MAX);
    while (text.len > 0 && is_blank(text.p[0]))
        text = bytes_from(text, 1);
    /* JSON may hold any UTF-8, and no evidence begins with a brace. */
    if (text.len > 0 && text.p[0] == '{')
        return read_json(f, a, text, e);
    return is_text(text) ? read_text(f, a, text, e) : read_bytes(f, in, e);
}

static enum attest_class malformed(struct err *e)
{
    const struct err why = *e;

    return attest_refuse(e, ATTEST_FORMAT, why.msg);
}

enum attest_class evidence_file_read(struct evidence_file *out, struct arena *a, struct bytes in,
                                     struct err *e)
{
    struct evidence_file f = {.layer_count = 0};
    struct hcl hcl;

    if (unwrap(&f, a, in, e) != ERR_OK)
        return malformed(e);
    if (f.paravisor.len > 0) {
        enum attest_class c = hcl_read(&hcl, f.paravisor, &attest_openssl, e);
        if (c != ATTEST_VERIFIED)
            return c;
        f.runtime = hcl.runtime;
        if (read_plain(&f, hcl.report, e) != ERR_OK)
            return malformed(e);
    }
    *out = f;
    return ATTEST_VERIFIED;
}

FALLIBLE evidence_certificates(struct bytes *out, uint32_t *count, uint32_t max, struct arena *a,
                               struct bytes in, struct err *e)
{
    uint32_t n = 0;

    if (in.len >= 4 && in.p[0] == 0x30 && (in.p[1] & 0x80) != 0) {
        out[0] = in;
        *count = 1;
        return max > 0 ? ERR_OK : FAIL(e, ERR_LIMIT, "too many certificates");
    }
    for (;;) {
        struct writer w = writer_in(a, CERTIFICATE_MAX);
        struct bytes der;
        enum pem_result r = pem_next(&in, &w, &der);
        if (r == PEM_BAD)
            return FAIL(e, ERR_MALFORMED, "a PEM block that cannot be read");
        if (r == PEM_END)
            break;
        if (n == max)
            return FAIL(e, ERR_LIMIT, "more than %u certificates", max);
        out[n++] = der;
    }
    if (n == 0)
        return FAIL(e, ERR_MALFORMED, "no certificate in DER or PEM");
    *count = n;
    return ERR_OK;
}
