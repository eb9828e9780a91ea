#include "attest/hcl.h"
#include "attest/snp.h"
#include "base/reader.h"

enum { HCL_SNP = 2, HCL_HASH_SHA256 = 1, HCL_RUNTIME_HEAD_LEN = 20 };

/* The length of the runtime data, from its header, which tells the kind of hardware and of hash too. */
static uint32_t take_runtime_head(struct reader *r, uint32_t *hardware)
{
    uint32_t size = take_u32(r);
    uint32_t version = take_u32(r);
    *hardware = take_u32(r);
    uint32_t hash = take_u32(r);
    uint32_t len = take_u32(r);

    if (version != 1 || hash != HCL_HASH_SHA256)
        reader_fail(r, "runtime data of an unknown version or hash");
    if (len > HCL_MAX || size != HCL_RUNTIME_HEAD_LEN + len)
        reader_fail(r, "the two lengths of the runtime data differ");
    return len;
}

enum attest_class hcl_read(struct hcl *out, struct bytes blob, const struct attest_primitives *crypto,
                           struct err *e)
{
    struct reader r = reader_of(blob);
    struct hcl h;
    uint32_t hardware;
    uint8_t want[64] = {0};

    if (blob.len > HCL_MAX)
        return attest_refuse(e, ATTEST_FORMAT, "the paravisor's report is too long");
    if (!bytes_eq(take_bytes(&r, 4), BYTES_LIT("HCLA")))
        reader_fail(&r, "not a paravisor's report");
    (void)take_bytes(&r, 28); /* version, sizes, status: nothing signs them and nothing here needs them */
    h.report = take_bytes(&r, SNP_REPORT_LEN);
    uint32_t len = take_runtime_head(&r, &hardware);
    h.runtime = take_bytes(&r, len);
    if (!reader_ok(&r))
        return attest_refuse(e, ATTEST_FORMAT, r.failed);
    if (!bytes_all_zero(bytes_from(blob, r.taken)))
        return attest_refuse(e, ATTEST_FORMAT, "bytes follow the runtime data");
    if (hardware != HCL_SNP)
        return attest_refuse(e, ATTEST_UNSUPPORTED_TEE_TYPE, "the paravisor's hardware is not SEV-SNP");
    crypto->sha256(want, h.runtime);
    if (memcmp(h.report.p + SNP_REPORT_DATA_AT, want, sizeof want) != 0)
        return attest_refuse(e, ATTEST_REPORT_DATA_MISMATCH, "the report is about other runtime data");
    *out = h;
    return ATTEST_VERIFIED;
}
