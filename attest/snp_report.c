/* attest/snp_report.c — the readers: report and certificate table. */
#include "attest/snp.h"
#include "base/reader.h"

enum { VMPL_MAX = 3, POLICY_RESERVED_ONE = 17 };
enum { SIGNATURE_NUMBER_LEN = 72, SIGNATURE_PADDING_LEN = 368, P384_LEN = 48, TABLE_ENTRY_LEN = 24 };

/* Bytes without a meaning: a later version may give them one, which this reader would then miss. */
static void take_zeros(struct reader *r, size_t len)
{
    struct bytes b = take_bytes(r, len);
    if (reader_ok(r) && !bytes_all_zero(b))
        reader_fail(r, "reserved bytes are not zero");
}

/* Versions whose every byte is known. Version 4 exists, but its layout was never published with a sample to
 * check it against. */
static bool known_version(uint32_t version)
{
    return version == 2 || version == 3 || version == 5;
}

static void take_key_info(struct snp_report *s, struct reader *r)
{
    uint32_t info = take_u32(r);

    s->claims.author_key = (info & 1) != 0;
    s->chip_key_masked = (info & 2) != 0;
    s->signing_key = info >> 2 & 7;
    if (info >> 5 != 0)
        reader_fail(r, "reserved bits of the key information are not zero");
    take_zeros(r, 4);
}

/* Build, minor and major of a firmware: shown by nobody, judged by no policy; the TCB versions are. */
static void take_firmware_version(struct reader *r)
{
    (void)take_bytes(r, 3);
    take_zeros(r, 1);
}

/* From the version to the key information. */
static void take_head(struct snp_report *s, struct reader *r)
{
    struct attest_snp_claims *c = &s->claims;

    c->version = take_u32(r);
    c->guest_svn = take_u32(r);
    c->policy = take_u64(r);
    if ((c->policy >> POLICY_RESERVED_ONE & 1) == 0)
        reader_fail(r, "bit 17 of the guest policy is not set");
    take_into(r, c->family_id, sizeof c->family_id);
    take_into(r, c->image_id, sizeof c->image_id);
    c->vmpl = take_u32(r);
    if (c->vmpl > VMPL_MAX)
        reader_fail(r, "the privilege level is not one of a guest");
    (void)take_u32(r); /* signature algorithm: judged before */
    take_into(r, c->current_tcb, sizeof c->current_tcb);
    c->platform_info = take_u64(r); /* unknown bits are in real use */
    take_key_info(s, r);
}

/* From the report data to the end of the signed part. */
static void take_body(struct snp_report *s, struct reader *r)
{
    struct attest_snp_claims *c = &s->claims;

    take_into(r, s->report_data, sizeof s->report_data);
    take_into(r, c->measurement, sizeof c->measurement);
    take_into(r, c->host_data, sizeof c->host_data);
    take_into(r, c->id_key_digest, sizeof c->id_key_digest);
    take_into(r, c->author_key_digest, sizeof c->author_key_digest);
    take_into(r, c->report_id, sizeof c->report_id);
    take_into(r, c->report_id_ma, sizeof c->report_id_ma);
    take_into(r, c->reported_tcb, sizeof c->reported_tcb);
    s->has_cpuid = c->version >= 3;
    if (s->has_cpuid) {
        s->family = take_u8(r);
        s->model = take_u8(r);
        (void)take_u8(r); /* stepping */
    } else {
        take_zeros(r, 3);
    }
    take_zeros(r, 21);
    take_into(r, c->chip_id, sizeof c->chip_id);
    take_into(r, c->committed_tcb, sizeof c->committed_tcb);
    take_firmware_version(r);
    take_firmware_version(r);
    take_into(r, c->launch_tcb, sizeof c->launch_tcb);
    if (c->version >= 5)
        (void)take_bytes(r, 16); /* mitigations at launch and now: no policy names them */
    else
        take_zeros(r, 16);
    take_zeros(r, 152);
}

/* Little-endian in 72 bytes, of which a number of P-384 fills 48. */
static void take_number(struct reader *r, uint8_t out[P384_LEN])
{
    struct bytes b = take_bytes(r, P384_LEN);

    for (size_t i = 0; i < b.len; i++)
        out[P384_LEN - 1 - i] = b.p[i];
    take_zeros(r, SIGNATURE_NUMBER_LEN - P384_LEN);
}

enum attest_class snp_report_read(struct snp_report *out, struct bytes in, struct err *e)
{
    struct snp_report s;
    struct reader r = reader_of(in);

    memset(&s, 0, sizeof s);
    if (in.len != SNP_REPORT_LEN)
        return attest_refuse(e, ATTEST_SNP_FORMAT, "a report has 1,184 bytes");
    if (!known_version(load_u32le(in.p)))
        return attest_refuse(e, ATTEST_SNP_UNSUPPORTED_VERSION, "report version is not 2, 3 or 5");
    if (load_u32le(in.p + SNP_ALGORITHM_AT) != SNP_ECDSA_P384)
        return attest_refuse(e, ATTEST_SNP_SIG_ALGO, "signature algorithm is not 1");
    take_head(&s, &r);
    take_body(&s, &r);
    s.signed_part = bytes_of(in.p, r.taken);
    take_number(&r, s.signature);
    take_number(&r, s.signature + P384_LEN);
    take_zeros(&r, SIGNATURE_PADDING_LEN); /* not signed: anybody could write here */
    if (!reader_ok(&r))
        return attest_refuse(e, ATTEST_SNP_FORMAT, r.failed);
    ASSERT(r.left == 0 && s.signed_part.len == SNP_SIGNED_LEN);
    *out = s;
    return ATTEST_VERIFIED;
}

/* --- the certificate table --- */

/* The entry's place in `t`; NULL for those that are not used. GUIDs are stored in the order they are printed.
 */
static struct bytes *place_of(struct snp_table *t, const uint8_t guid[16])
{
    static const uint8_t vcek[16] = {0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64,
                                     0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd};
    static const uint8_t vlek[16] = {0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e,
                                     0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0, 0xb8, 0xa1};
    static const uint8_t ask[16] = {0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4,
                                    0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82};

    if (memcmp(guid, vcek, sizeof vcek) == 0)
        return &t->vcek;
    if (memcmp(guid, vlek, sizeof vlek) == 0)
        return &t->vlek;
    return memcmp(guid, ask, sizeof ask) == 0 ? &t->intermediate : NULL;
}

/* The next entry of the list; false at its end. *end grows to where the contents end. */
static bool take_entry(struct snp_table *t, struct reader *r, struct bytes in, size_t *end)
{
    struct bytes head = take_bytes(r, TABLE_ENTRY_LEN);

    if (!reader_ok(r) || bytes_all_zero(head))
        return false;
    uint32_t offset = load_u32le(head.p + 16), len = load_u32le(head.p + 20);
    if (offset > in.len || len > in.len - offset) {
        reader_fail(r, "an entry of the certificate table lies outside it");
        return false;
    }
    if (*end < (size_t)offset + len)
        *end = (size_t)offset + len;
    struct bytes *place = place_of(t, head.p);
    if (place == NULL || len == 0)
        return true;
    if (place->len > 0)
        reader_fail(r, "an entry of the certificate table occurs twice");
    *place = bytes_of(in.p + offset, len);
    return reader_ok(r);
}

enum attest_class snp_table_read(struct snp_table *out, struct bytes in, struct err *e)
{
    struct snp_table t = {0};
    struct reader r = reader_of(in);
    size_t end = 0, count = 0;

    while (in.len > 0 && take_entry(&t, &r, in, &end)) {
        if (++count > SNP_TABLE_ENTRIES_MAX)
            reader_fail(&r, "the certificate table has too many entries");
    }
    if (!reader_ok(&r))
        return attest_refuse(e, ATTEST_SNP_FORMAT, r.failed);
    if (end < r.taken)
        end = r.taken;
    if (end != in.len)
        return attest_refuse(e, ATTEST_SNP_FORMAT, "bytes follow the certificate table");
    *out = t;
    return ATTEST_VERIFIED;
}
