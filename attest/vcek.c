#include "attest/vcek.h"
#include "attest/chain.h"
#include "attest/der.h"

enum { IA5_STRING = 0x16, HWID_LEN = 64, HWID_LEN_TURIN = 8, STRUCTURE_VERSION_MAX = 1 };

/* 1.3.6.1.4.1.3704.1 */
#define AMD_ARC 0x2b, 0x06, 0x01, 0x04, 0x01, 0x9c, 0x78, 0x01

static struct bytes extension(const struct x509 *cert, uint8_t arc)
{
    const uint8_t oid[] = {AMD_ARC, arc};
    return x509_extension(cert, bytes_of(oid, sizeof oid));
}

static struct bytes spl_extension(const struct x509 *cert, uint8_t part)
{
    const uint8_t oid[] = {AMD_ARC, 3, part};
    return x509_extension(cert, bytes_of(oid, sizeof oid));
}

static enum err_code read_uint(uint8_t *out, struct bytes value, uint8_t max, const char *what, struct err *e)
{
    struct reader r = reader_of(value);
    uint8_t v = (uint8_t)der_take_uint(&r, DER_INTEGER, max);

    TRY(reader_end(&r, what, e));
    *out = v;
    return ERR_OK;
}

static enum err_code read_text(struct bytes *out, struct bytes value, const char *what, struct err *e)
{
    struct reader r = reader_of(value);
    struct bytes text = value.len == 0 ? BYTES_EMPTY : der_take(&r, IA5_STRING);

    TRY(reader_end(&r, what, e));
    *out = text;
    return ERR_OK;
}

/* The bytes themselves, or wrapped in an OCTET STRING as older certificates were reported to be: the length
 * tells which. */
static enum err_code read_hwid(struct bytes *out, struct bytes value, struct err *e)
{
    struct bytes id = value;

    if (value.len == HWID_LEN + 2 || value.len == HWID_LEN_TURIN + 2) {
        struct reader r = reader_of(value);
        id = der_take(&r, DER_OCTET_STRING);
        TRY(reader_end(&r, "hwID", e));
    }
    if (id.len != 0 && id.len != HWID_LEN && id.len != HWID_LEN_TURIN)
        return FAIL(e, ERR_MALFORMED, "hwID of %zu bytes", id.len);
    *out = id;
    return ERR_OK;
}

enum err_code vcek_read(struct vcek *out, const struct x509 *cert, struct err *e)
{
    struct vcek v = {0};
    struct bytes version = extension(cert, 1);
    uint8_t structure;

    if (version.len > 0)
        TRY(read_uint(&structure, version, STRUCTURE_VERSION_MAX, "structure version", e));
    TRY(read_text(&v.product, extension(cert, 2), "product name", e));
    for (uint8_t part = 1; part < VCEK_SPLS; part++) {
        struct bytes value = spl_extension(cert, part);
        v.has_spl[part] = value.len > 0;
        if (v.has_spl[part])
            TRY(read_uint(&v.spl[part], value, UINT8_MAX, "firmware version", e));
    }
    TRY(read_hwid(&v.hwid, extension(cert, 4), e));
    TRY(read_text(&v.csp_id, extension(cert, 5), "provider name", e));
    *out = v;
    return ERR_OK;
}

bool vcek_product_is(struct bytes name, enum attest_snp_product product)
{
    struct bytes line = bytes_of_str(attest_product_name(product));
    return bytes_starts_with(name, line) && (name.len == line.len || name.p[line.len] == '-');
}

bool vcek_issuer_named(const struct x509 *cert, bool vlek, enum attest_snp_product product)
{
    uint8_t phrase[32];
    struct writer w = writer_fixed(phrase, sizeof phrase);

    put_text(&w, vlek ? "SEV-VLEK-" : "SEV-");
    put_text(&w, attest_product_name(product));
    return chain_name_ends(cert, writer_bytes(&w));
}

bool vcek_tcb(uint8_t out[8], const struct vcek *v, enum attest_snp_product product)
{
    /* which part each byte of the version is; 0 for bytes that are zero */
    static const uint8_t older[8] = {VCEK_SPL_BOOT_LOADER, VCEK_SPL_TEE,      0, 0, 0, 0,
                                     VCEK_SPL_SNP,         VCEK_SPL_MICROCODE};
    static const uint8_t turin[8] = {
        VCEK_SPL_FMC, VCEK_SPL_BOOT_LOADER, VCEK_SPL_TEE, VCEK_SPL_SNP, 0, 0, 0, VCEK_SPL_MICROCODE};
    const uint8_t *parts = product == ATTEST_SNP_TURIN ? turin : older;

    for (size_t i = 0; i < 8; i++) {
        if (parts[i] != 0 && !v->has_spl[parts[i]])
            return false;
        out[i] = parts[i] == 0 ? 0 : v->spl[parts[i]];
    }
    return true;
}
