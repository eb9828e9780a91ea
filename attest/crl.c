#include "attest/crl.h"
#include "attest/der.h"

static const struct bytes oid_authority_key = {(const uint8_t *)"\x55\x1d\x23", 3};
static const struct bytes oid_crl_number = {(const uint8_t *)"\x55\x1d\x14", 3};
/* Reasons and dates of a revocation change nothing: revoked is revoked. */
static const struct bytes oid_reason = {(const uint8_t *)"\x55\x1d\x15", 3};
static const struct bytes oid_invalidity_date = {(const uint8_t *)"\x55\x1d\x18", 3};
/* Lists that are not the whole list of one issuer: deltas, parts, and entries of other issuers. */
static const struct bytes partial_lists[] = {
    {(const uint8_t *)"\x55\x1d\x1b", 3}, /* delta CRL indicator */
    {(const uint8_t *)"\x55\x1d\x1c", 3}, /* issuing distribution point */
    {(const uint8_t *)"\x55\x1d\x1d", 3}, /* certificate issuer */
};

/* The extensions of a list or an entry; the two that are known may be critical. */
static void read_extensions(struct reader *outer, struct bytes known, struct bytes known2)
{
    struct reader list = der_enter(outer, DER_SEQUENCE);
    struct bytes oids[X509_EXTENSIONS_MAX];
    size_t count = 0;

    while (reader_ok(&list) && list.left > 0) {
        struct bytes value;
        bool critical;
        if (count == X509_EXTENSIONS_MAX) {
            reader_fail(&list, "too many extensions");
            break;
        }
        x509_take_extension(&list, &oids[count], &critical, &value);
        if (!reader_ok(&list))
            break;
        for (size_t i = 0; i < ARRAY_LEN(partial_lists); i++) {
            if (bytes_eq(oids[count], partial_lists[i]))
                reader_fail(&list, "delta or indirect revocation list");
        }
        if (critical && !bytes_eq(oids[count], known) && !bytes_eq(oids[count], known2))
            reader_fail(&list, "unknown critical extension");
        for (size_t i = 0; i < count; i++) {
            if (bytes_eq(oids[i], oids[count]))
                reader_fail(&list, "extension occurs twice");
        }
        count++;
    }
    der_leave(outer, &list);
}

/* The serial of the next entry. */
static struct bytes take_entry(struct reader *list)
{
    struct reader entry = der_enter(list, DER_SEQUENCE);
    struct bytes serial = der_take(&entry, DER_INTEGER);

    if (reader_ok(&entry) && (serial.len == 0 || serial.len > 21))
        reader_fail(&entry, "bad serial number");
    (void)der_take_time(&entry);
    if (reader_ok(&entry) && entry.left > 0)
        read_extensions(&entry, oid_reason, oid_invalidity_date);
    der_leave(list, &entry);
    return serial;
}

static void read_tbs(struct crl *c, struct reader *r)
{
    struct bytes content = BYTES_EMPTY;

    c->tbs = der_take_whole(r, DER_SEQUENCE, &content);
    struct reader t = reader_of(content);
    if (der_take_uint(&t, DER_INTEGER, 1) != 1)
        reader_fail(&t, "revocation list is not of version 2");
    x509_take_algorithm(&c->signature, &t);
    c->issuer = der_take_whole(&t, DER_SEQUENCE, NULL);
    c->this_update = der_take_time(&t);
    c->next_update = der_take_time(&t);
    if (reader_ok(&t) && c->next_update < c->this_update)
        reader_fail(&t, "revocation list ends before it begins");
    if (der_peek(&t) == DER_SEQUENCE)
        c->revoked = der_take(&t, DER_SEQUENCE);
    struct reader list = reader_of(c->revoked);
    while (reader_ok(&list) && list.left > 0)
        (void)take_entry(&list);
    der_leave(&t, &list);
    if (der_peek(&t) == DER_CONTEXT_0) {
        struct reader wrapper = der_enter(&t, DER_CONTEXT_0);
        read_extensions(&wrapper, oid_authority_key, oid_crl_number);
        der_leave(&t, &wrapper);
    }
    der_leave(r, &t);
}

enum err_code crl_read(struct crl *out, struct bytes der, struct err *e)
{
    struct crl c = {0};
    struct reader file = reader_of(der);

    if (der.len > CRL_MAX)
        reader_fail(&file, "too long");
    struct reader r = der_enter(&file, DER_SEQUENCE);
    read_tbs(&c, &r);
    x509_take_signature(&c.signature, &r);
    der_leave(&file, &r);
    TRY(reader_end(&file, "revocation list", e));
    *out = c;
    return ERR_OK;
}

bool crl_signed_by(const struct crl *list, struct bytes issuer_key, const struct attest_primitives *crypto)
{
    return x509_signature_ok(&list->signature, list->tbs, issuer_key, crypto);
}

/* Without zero bytes in front: one number, however it was padded. */
static struct bytes magnitude(struct bytes serial)
{
    while (serial.len > 0 && serial.p[0] == 0)
        serial = bytes_from(serial, 1);
    return serial;
}

bool crl_revokes(const struct crl *list, struct bytes serial)
{
    struct reader r = reader_of(list->revoked);

    while (reader_ok(&r) && r.left > 0) {
        struct bytes got = take_entry(&r);
        if (reader_ok(&r) && bytes_eq(magnitude(got), magnitude(serial)))
            return true;
    }
    return false;
}
