#include "tee/cert_table.h"
#include "attest/der.h"
#include "attest/pem.h"
#include "base/reader.h"

enum { GUID_LEN = 16, ENTRY_LEN = 24 };
enum part { VCEK, VLEK, INTERMEDIATE, PARTS };

static const uint8_t guids[PARTS][GUID_LEN] = {
    [VCEK] = {0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd},
    [VLEK] = {0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e, 0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0, 0xb8, 0xa1},
    [INTERMEDIATE] = {0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4, 0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27,
                      0xc7, 0x82},
};

struct contents {
    struct bytes part[PARTS];
};

/* One DER object, with zeros behind it at most; empty for anything else. */
static struct bytes one_object(struct bytes content)
{
    struct reader r = reader_of(content);
    struct bytes der = der_take_whole(&r, DER_SEQUENCE, NULL);

    return reader_ok(&r) && bytes_all_zero(bytes_of(r.p, r.left)) ? der : BYTES_EMPTY;
}

/* Of DER, or of the first PEM block. */
static struct bytes as_der(struct bytes content, struct arena *scratch)
{
    struct writer w = writer_in(scratch, CERT_TABLE_MAX);
    struct bytes der;

    if (content.len > 0 && content.p[0] == DER_SEQUENCE)
        return one_object(content);
    return pem_next(&content, &w, &der) == PEM_BLOCK ? one_object(der) : BYTES_EMPTY;
}

static enum err_code take_entry(struct contents *c, const uint8_t guid[GUID_LEN], struct bytes content,
                                struct arena *scratch, struct err *e)
{
    for (int i = 0; i < PARTS; i++) {
        if (memcmp(guid, guids[i], GUID_LEN) != 0)
            continue;
        if (c->part[i].len > 0)
            return FAIL(e, ERR_MALFORMED, "certificate table: an entry occurs twice");
        c->part[i] = as_der(content, scratch);
        if (c->part[i].len == 0)
            return FAIL(e, ERR_MALFORMED, "certificate table: an entry is neither DER nor PEM");
    }
    return ERR_OK;
}

static enum err_code read_table(struct contents *c, struct bytes table, struct arena *scratch, struct err *e)
{
    static const uint8_t end[ENTRY_LEN];
    struct reader r = reader_of(table);

    for (int i = 0; i <= CERT_TABLE_ENTRIES_MAX; i++) {
        struct bytes entry = take_bytes(&r, ENTRY_LEN);
        if (!reader_ok(&r))
            return FAIL(e, ERR_MALFORMED, "certificate table: has no end");
        if (memcmp(entry.p, end, ENTRY_LEN) == 0)
            return ERR_OK;
        uint32_t at = load_u32le(entry.p + GUID_LEN), len = load_u32le(entry.p + GUID_LEN + 4);
        if (at > table.len || len > table.len - at)
            return FAIL(e, ERR_MALFORMED, "certificate table: an entry points outside");
        TRY(take_entry(c, entry.p, bytes_of(table.p + at, len), scratch, e));
    }
    return FAIL(e, ERR_MALFORMED, "certificate table: more than %d entries", CERT_TABLE_ENTRIES_MAX);
}

void cert_table_put(struct writer *w, struct bytes vcek, struct bytes vlek, struct bytes intermediate)
{
    static const uint8_t end[ENTRY_LEN];
    const struct bytes parts[PARTS] = {[VCEK] = vcek, [VLEK] = vlek, [INTERMEDIATE] = intermediate};
    uint32_t count = 0;

    for (int i = 0; i < PARTS; i++)
        count += parts[i].len > 0 ? 1 : 0;
    if (count == 0)
        return;
    uint32_t at = (count + 1) * ENTRY_LEN;
    for (int i = 0; i < PARTS; i++) {
        if (parts[i].len == 0)
            continue;
        put_mem(w, guids[i], GUID_LEN);
        put_u32(w, at);
        put_u32(w, (uint32_t)parts[i].len);
        at += (uint32_t)parts[i].len;
    }
    put_mem(w, end, sizeof end);
    for (int i = 0; i < PARTS; i++)
        put_bytes(w, parts[i]);
}

enum err_code cert_table_normalise(struct writer *w, struct bytes table, struct arena *scratch, struct err *e)
{
    struct contents c = {0};
    size_t from = w->len;

    if (table.len > CERT_TABLE_MAX)
        return FAIL(e, ERR_MALFORMED, "certificate table: longer than %d bytes", CERT_TABLE_MAX);
    if (table.len > 0)
        TRY(read_table(&c, table, scratch, e));
    cert_table_put(w, c.part[VCEK], c.part[VLEK], c.part[INTERMEDIATE]);
    if (writer_ok(w))
        return ERR_OK;
    w->len = from;
    w->overflow = false;
    return FAIL(e, ERR_LIMIT, "certificate table: does not fit behind the report");
}
