/* attest/pck.c — the SGX extension of PCK certificates: a sequence of (object id, value) pairs. */
#include "attest/claims.h"
#include "attest/der.h"
#include "attest/x509.h"

enum { PCK_MEMBERS = 7, PCK_TCB_MEMBERS = 18, PCK_COMPONENTS = 16 };

/* The last arc of an object id under 1.2.840.113741.1.13.1, 0 for anything else. */
static unsigned arc(struct bytes oid, bool tcb)
{
    static const struct bytes base = {(const uint8_t *)"\x2a\x86\x48\x86\xf8\x4d\x01\x0d\x01\x02", 10};
    size_t len = tcb ? base.len : base.len - 1;

    if (oid.len != len + 1 || memcmp(oid.p, base.p, len) != 0 || oid.p[len] > PCK_TCB_MEMBERS)
        return 0;
    return oid.p[len];
}

static void take_fixed(struct reader *r, uint8_t *out, size_t len)
{
    struct bytes c = der_take(r, DER_OCTET_STRING);
    if (!reader_ok(r))
        return;
    if (c.len != len)
        reader_fail(r, "octet string of another length was expected");
    else
        memcpy(out, c.p, len);
}

/* Marks a member as seen; fails when it was before or is none of 1..max. */
static void once(struct reader *r, uint32_t *seen, unsigned member, unsigned max)
{
    if (!reader_ok(r))
        return;
    if (member == 0 || member > max || (*seen >> member & 1) != 0)
        reader_fail(r, "unknown or repeated member of the SGX extension");
    else
        *seen |= 1u << member;
}

static void read_tcb(struct attest_platform *x, struct reader *r)
{
    struct reader list = der_enter(r, DER_SEQUENCE);
    uint32_t seen = 0;

    while (reader_ok(&list) && list.left > 0) {
        struct reader pair = der_enter(&list, DER_SEQUENCE);
        unsigned member = arc(der_take(&pair, DER_OID), true);
        once(&pair, &seen, member, PCK_TCB_MEMBERS);
        if (member >= 1 && member <= PCK_COMPONENTS)
            x->components[member - 1] = (uint8_t)der_take_uint(&pair, DER_INTEGER, UINT8_MAX);
        else if (member == 17)
            x->pce_svn = (uint16_t)der_take_uint(&pair, DER_INTEGER, UINT16_MAX);
        else
            take_fixed(&pair, x->cpu_svn, sizeof x->cpu_svn);
        der_leave(&list, &pair);
    }
    if (reader_ok(&list) && seen != ((1u << (PCK_TCB_MEMBERS + 1)) - 2))
        reader_fail(&list, "the SGX extension lacks a TCB member");
    der_leave(r, &list);
}

static void read_configuration(struct reader *r)
{
    struct reader list = der_enter(r, DER_SEQUENCE);
    while (reader_ok(&list) && list.left > 0) {
        struct reader pair = der_enter(&list, DER_SEQUENCE);
        (void)der_take(&pair, DER_OID);
        (void)der_take_bool(&pair);
        der_leave(&list, &pair);
    }
    der_leave(r, &list);
}

static void read_member(struct attest_platform *x, struct reader *pair, unsigned member)
{
    switch (member) {
    case 1:
        take_fixed(pair, x->ppid, sizeof x->ppid);
        break;
    case 2:
        read_tcb(x, pair);
        break;
    case 3:
        take_fixed(pair, x->pceid, sizeof x->pceid);
        break;
    case 4:
        take_fixed(pair, x->fmspc, sizeof x->fmspc);
        break;
    case 5:
        x->sgx_type = (uint8_t)der_take_uint(pair, DER_ENUMERATED, 2);
        break;
    case 6:
        x->has_instance = true;
        take_fixed(pair, x->instance, sizeof x->instance);
        break;
    default:
        read_configuration(pair);
        break;
    }
}

enum err_code pck_extension_read(struct attest_platform *out, struct bytes value, struct err *e)
{
    struct attest_platform x = {0};
    struct reader file = reader_of(value);
    struct reader list = der_enter(&file, DER_SEQUENCE);
    uint32_t seen = 0;

    while (reader_ok(&list) && list.left > 0) {
        struct reader pair = der_enter(&list, DER_SEQUENCE);
        unsigned member = arc(der_take(&pair, DER_OID), false);
        once(&pair, &seen, member, PCK_MEMBERS);
        if (reader_ok(&pair))
            read_member(&x, &pair, member);
        der_leave(&list, &pair);
    }
    if (reader_ok(&list) && (seen & 0x3e) != 0x3e)
        reader_fail(&list, "the SGX extension lacks a member");
    der_leave(&file, &list);
    TRY(reader_end(&file, "SGX extension", e));
    *out = x;
    return ERR_OK;
}
