#include "attest/ccel.h"
#include "crypto/hash.h"

/* Event types of the TCG, and of which of them the digest is the hash of the data. */
static const struct {
    uint32_t type;
    bool hashed;
    const char *name;
} types[] = {
    {0x00000000, false, "EV_PREBOOT_CERT"},
    {0x00000001, false, "EV_POST_CODE"},
    {0x00000003, false, "EV_NO_ACTION"},
    {0x00000004, true, "EV_SEPARATOR"},
    {0x00000005, true, "EV_ACTION"},
    {0x00000006, false, "EV_EVENT_TAG"},
    {0x00000007, false, "EV_S_CRTM_CONTENTS"},
    {0x00000008, true, "EV_S_CRTM_VERSION"},
    {0x00000009, false, "EV_CPU_MICROCODE"},
    {0x0000000a, false, "EV_PLATFORM_CONFIG_FLAGS"},
    {0x0000000b, false, "EV_TABLE_OF_DEVICES"},
    {0x0000000c, false, "EV_COMPACT_HASH"},
    {0x0000000d, false, "EV_IPL"},
    {0x0000000e, false, "EV_IPL_PARTITION_DATA"},
    {0x0000000f, false, "EV_NONHOST_CODE"},
    {0x00000010, false, "EV_NONHOST_CONFIG"},
    {0x00000011, false, "EV_NONHOST_INFO"},
    {0x00000012, true, "EV_OMIT_BOOT_DEVICE_EVENTS"},
    {0x80000001, true, "EV_EFI_VARIABLE_DRIVER_CONFIG"},
    {0x80000002, true, "EV_EFI_VARIABLE_BOOT"},
    {0x80000003, false, "EV_EFI_BOOT_SERVICES_APPLICATION"},
    {0x80000004, false, "EV_EFI_BOOT_SERVICES_DRIVER"},
    {0x80000005, false, "EV_EFI_RUNTIME_SERVICES_DRIVER"},
    {0x80000006, true, "EV_EFI_GPT_EVENT"},
    {0x80000007, true, "EV_EFI_ACTION"},
    {0x80000008, false, "EV_EFI_PLATFORM_FIRMWARE_BLOB"},
    {0x80000009, false, "EV_EFI_HANDOFF_TABLES"},
    {0x8000000a, false, "EV_EFI_PLATFORM_FIRMWARE_BLOB2"},
    {0x8000000b, false, "EV_EFI_HANDOFF_TABLES2"},
    {0x8000000c, true, "EV_EFI_VARIABLE_BOOT2"},
    {0x80000010, false, "EV_EFI_HCRTM_EVENT"},
    {0x800000e0, true, "EV_EFI_VARIABLE_AUTHORITY"},
};
#define EV_NO_ACTION 0x00000003u
#define EV_EFI_VARIABLE_BOOT 0x80000002u
enum { ALGORITHM_SHA384 = 0x0c, SHA1_LEN = 20, SHA384_LEN = 48, REGISTER_RTMR0 = 1 };

/* Known hashes, 0 for others: a size out of the log would let it choose how it is read. */
static size_t digest_len(uint16_t algorithm)
{
    switch (algorithm) {
    case 0x04:
        return SHA1_LEN;
    case 0x0b:
        return 32;
    case ALGORITHM_SHA384:
        return SHA384_LEN;
    case 0x0d:
        return 64;
    default:
        return 0;
    }
}

static bool listed(const struct ccel *log, uint16_t algorithm)
{
    for (uint32_t i = 0; i < log->algorithm_count; i++) {
        if (log->algorithm[i] == algorithm)
            return true;
    }
    return false;
}

/* The content of the first event: "Spec ID Event03", versions, the algorithms of all digests that follow. */
static void read_description(struct ccel *log, struct bytes data, struct reader *outer)
{
    struct reader r = reader_of(data);

    if (!bytes_eq(take_bytes(&r, 16), bytes_of("Spec ID Event03", 16)))
        reader_fail(&r, "the first event does not describe the log");
    (void)take_u32(&r); /* platform class */
    uint8_t minor = take_u8(&r);
    uint8_t major = take_u8(&r);
    (void)take_u8(&r); /* errata */
    (void)take_u8(&r); /* size of addresses */
    if (reader_ok(&r) && (major != 2 || minor != 0))
        reader_fail(&r, "the log is not of version 2.0");
    uint32_t count = take_u32(&r);
    if (count > CCEL_ALGORITHMS_MAX)
        reader_fail(&r, "the log has too many algorithms");
    for (uint32_t i = 0; reader_ok(&r) && i < count; i++) {
        uint16_t algorithm = take_u16(&r);
        uint16_t len = take_u16(&r);
        if (digest_len(algorithm) == 0 || digest_len(algorithm) != len || listed(log, algorithm))
            reader_fail(&r, "an algorithm of the log is unknown or listed twice");
        log->algorithm[log->algorithm_count++] = algorithm;
    }
    uint8_t vendor_len = take_u8(&r);
    (void)take_bytes(&r, vendor_len);
    if (reader_ok(&r) && (r.left > 0 || !listed(log, ALGORITHM_SHA384)))
        reader_fail(&r, "the log's description is too long or lacks SHA-384");
    if (!reader_ok(&r))
        reader_fail(outer, r.failed);
}

enum attest_class ccel_open(struct ccel *out, struct bytes log, struct err *e)
{
    static const uint8_t zero[SHA1_LEN] = {0};
    struct ccel c;

    memset(&c, 0, sizeof c);
    if (log.len > CCEL_MAX)
        return attest_refuse(e, ATTEST_FORMAT, "the event log is too long");
    c.at = reader_of(log);
    uint32_t register_index = take_u32(&c.at);
    uint32_t type = take_u32(&c.at);
    struct bytes digest = take_bytes(&c.at, SHA1_LEN);
    uint32_t len = take_u32(&c.at);
    struct bytes data = take_bytes(&c.at, len);
    if (reader_ok(&c.at) &&
        (register_index > CCEL_RTMRS || type != EV_NO_ACTION || memcmp(digest.p, zero, SHA1_LEN) != 0))
        reader_fail(&c.at, "the first event does not describe the log");
    read_description(&c, data, &c.at);
    if (!reader_ok(&c.at))
        return attest_refuse(e, ATTEST_FORMAT, c.at.failed);
    *out = c;
    return ATTEST_VERIFIED;
}

/* Erased memory, or zeros, behind the last event: the area has a fixed size. */
static bool at_end(const struct reader *r)
{
    if (r->left == 0)
        return true;
    if (r->left < 8)
        return false;
    return load_u32le(r->p) == UINT32_MAX || load_u64le(r->p) == 0;
}

/* The SHA-384 among the digests of an event. */
static struct bytes take_digests(const struct ccel *log, struct reader *r)
{
    struct bytes found = BYTES_EMPTY;
    uint32_t count = take_u32(r);
    uint32_t seen = 0;

    if (count > log->algorithm_count)
        reader_fail(r, "an event has more digests than the log has algorithms");
    for (uint32_t i = 0; reader_ok(r) && i < count; i++) {
        uint16_t algorithm = take_u16(r);
        struct bytes digest = take_bytes(r, digest_len(algorithm));
        if (!reader_ok(r))
            break;
        if (!listed(log, algorithm) || (seen >> algorithm & 1) != 0)
            reader_fail(r, "an event has a digest of an unlisted algorithm, or two of one");
        else
            seen |= 1u << algorithm;
        if (algorithm == ALGORITHM_SHA384)
            found = digest;
    }
    return found;
}

/* UEFI_VARIABLE_DATA: GUID, characters of the name, bytes of the value, name, value. */
static bool variable_value(struct bytes *out, struct bytes data)
{
    struct reader r = reader_of(data);

    (void)take_bytes(&r, 16);
    uint64_t name_len = take_u64(&r);
    uint64_t value_len = take_u64(&r);
    if (name_len > data.len / 2 || value_len > data.len)
        return false;
    (void)take_bytes(&r, (size_t)name_len * 2);
    *out = take_bytes(&r, (size_t)value_len);
    return reader_ok(&r) && r.left == 0;
}

static bool is_hash_of(struct bytes digest, struct bytes data)
{
    uint8_t hash[SHA384_LEN];
    sha384(hash, data);
    return memcmp(hash, digest.p, sizeof hash) == 0;
}

static enum ccel_data prove(uint32_t type, struct bytes digest, struct bytes data)
{
    bool hashed = false;

    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        hashed = hashed || (types[i].type == type && types[i].hashed);
    if (!hashed)
        return CCEL_DATA_DESCRIBES;
    /* the value alone: the name beside it stays a description */
    if (type == EV_EFI_VARIABLE_BOOT && !variable_value(&data, data))
        return CCEL_DATA_DIFFERS;
    return is_hash_of(digest, data) ? CCEL_DATA_PROVEN : CCEL_DATA_DIFFERS;
}

const char *ccel_type_name(uint32_t type)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (types[i].type == type)
            return types[i].name;
    }
    return NULL;
}

static void take_event(struct ccel *log, struct ccel_event *out, uint32_t index)
{
    struct reader *r = &log->at;
    uint32_t where = take_u32(r);

    out->index = index;
    out->type = take_u32(r);
    out->digest = take_digests(log, r);
    uint32_t len = take_u32(r);
    out->data = take_bytes(r, len);
    out->measured = out->type != EV_NO_ACTION;
    if (!reader_ok(r))
        return;
    if (!out->measured)
        out->digest = BYTES_EMPTY;
    else if (where < REGISTER_RTMR0 || where >= REGISTER_RTMR0 + CCEL_RTMRS)
        reader_fail(r, "an event extends a register that cannot be extended");
    else if (out->digest.len == 0)
        reader_fail(r, "an event has no SHA-384 digest");
    else
        out->rtmr = (uint8_t)(where - REGISTER_RTMR0);
}

enum attest_class ccel_next(struct ccel *log, struct ccel_event *out, bool *more, struct err *e)
{
    struct ccel_event event;

    memset(&event, 0, sizeof event);
    if (at_end(&log->at)) {
        *more = false;
        return ATTEST_VERIFIED;
    }
    if (log->count >= CCEL_EVENTS_MAX)
        reader_fail(&log->at, "the log has too many events");
    take_event(log, &event, ++log->count);
    if (!reader_ok(&log->at))
        return attest_refuse(e, ATTEST_FORMAT, log->at.failed);
    if (event.measured)
        event.proof = prove(event.type, event.digest, event.data);
    *out = event;
    *more = true;
    return ATTEST_VERIFIED;
}

enum attest_class ccel_replay(uint8_t rtmr[CCEL_RTMRS][48], struct bytes log, struct err *e)
{
    uint8_t values[CCEL_RTMRS][2 * SHA384_LEN] = {{0}}; /* register ‖ digest */
    struct ccel at;
    struct ccel_event event;
    bool more = true;
    enum attest_class c = ccel_open(&at, log, e);

    while (c == ATTEST_VERIFIED && more) {
        c = ccel_next(&at, &event, &more, e);
        if (c != ATTEST_VERIFIED || !more || !event.measured)
            continue;
        uint8_t *value = values[event.rtmr], hash[SHA384_LEN];
        memcpy(value + SHA384_LEN, event.digest.p, SHA384_LEN);
        sha384(hash, bytes_of(value, sizeof values[0]));
        memcpy(value, hash, SHA384_LEN);
    }
    if (c != ATTEST_VERIFIED)
        return c;
    for (size_t i = 0; i < CCEL_RTMRS; i++)
        memcpy(rtmr[i], values[i], SHA384_LEN);
    return ATTEST_VERIFIED;
}

enum attest_class attest_ccel_check(struct bytes log, const struct attest_claims *td, struct err *e)
{
    static const char *const why[CCEL_RTMRS] = {"RTMR0", "RTMR1", "RTMR2", "RTMR3"};
    uint8_t rtmr[CCEL_RTMRS][48];

    if (td->kind != ATTEST_KIND_TDX)
        return attest_refuse(e, ATTEST_UNSUPPORTED_TEE_TYPE, "only TDX has these registers");
    enum attest_class c = ccel_replay(rtmr, log, e);
    for (size_t i = 0; c == ATTEST_VERIFIED && i < CCEL_RTMRS; i++) {
        if (memcmp(rtmr[i], td->tdx.rtmr[i], sizeof rtmr[i]) != 0)
            c = attest_refuse(e, ATTEST_RTMR_REPLAY_MISMATCH, why[i]);
    }
    return c;
}
