#include "tee/policy_file.h"
#include "attest/tcb.h"
#include "base/hex.h"
#include "codec/json_read.h"

enum { TCB_LEN = 8, VMPL_MAX = 3, SECONDS_MAX = INT32_MAX };

bool policy_named(struct attest_policy *out, const char *name)
{
    struct attest_policy p = {.zero_tail = true,
                              .without_amd_crl = true,
                              .any_measurement = true,
                              .tcb_allowed = ATTEST_TCB_STRICT,
                              .any_advisory = true,
                              .allow_service_td = true,
                              .snp_vmpl_max = VMPL_MAX};

    if (strcmp(name, "tolerant") == 0) {
        p.tcb_allowed = ATTEST_TCB_TOLERANT;
    } else if (strcmp(name, "none") == 0) {
        p.tcb_allowed = ~(uint32_t)0;
        p.allow_debug = true;
    } else if (strcmp(name, "strict") != 0) {
        return false;
    }
    *out = p;
    return true;
}

/* --- values --- */

static uint64_t take_at_most(struct json_reader *j, uint64_t max)
{
    if (json_peek(j) != JSON_KIND_NUMBER)
        json_fail(j, "a number is expected");
    uint64_t v = json_take_u64(j);

    if (v > max)
        json_fail(j, "the number is too large");
    return v;
}

/* [28, 63]: numbers of bits. */
static uint64_t take_bits(struct json_reader *j)
{
    uint64_t bits = 0;

    json_array_begin(j);
    while (json_array_next(j))
        bits |= (uint64_t)1 << (take_at_most(j, 63) & 63);
    return bits;
}

static uint32_t take_statuses(struct json_reader *j)
{
    uint32_t allowed = 0;

    json_array_begin(j);
    while (json_array_next(j)) {
        struct bytes name = json_take_string(j);
        uint32_t bit = 0;
        /* Revoked is not on the list: no policy allows it. */
        for (enum attest_tcb s = ATTEST_TCB_NOT_EVALUATED; s < ATTEST_TCB_REVOKED; s++)
            if (bytes_eq(name, bytes_of_str(attest_tcb_name(s))))
                bit = ATTEST_TCB_BIT(s);
        if (bit == 0)
            json_fail(j, "no TCB status that can be allowed has this name");
        allowed |= bit;
    }
    return allowed;
}

static uint32_t take_product(struct json_reader *j, struct bytes name)
{
    for (uint32_t i = 0; i < ATTEST_SNP_PRODUCTS; i++)
        if (bytes_eq(name, bytes_of_str(attest_product_name((enum attest_snp_product)i))))
            return i;
    json_fail(j, "no product has this name");
    return 0;
}

static uint32_t take_products(struct json_reader *j)
{
    uint32_t products = 0;

    json_array_begin(j);
    while (json_array_next(j))
        products |= 1u << take_product(j, json_take_string(j));
    return products;
}

/* {"Milan": "04000000000008d1"}: least values of the eight bytes. */
static void take_least_tcb(struct json_reader *j, struct arena *a, struct attest_policy *p)
{
    uint8_t(*least)[TCB_LEN] = arena_alloc_n(a, ATTEST_SNP_PRODUCTS, TCB_LEN);
    uint32_t seen = 0;
    struct bytes key;

    json_object_begin(j);
    while (json_object_next(j, &key)) {
        uint32_t product = take_product(j, key);
        if ((seen & 1u << product) != 0)
            json_fail(j, "a product is there twice");
        seen |= 1u << product;
        if (!hex_decode_into(least[product], TCB_LEN, json_take_string(j)))
            json_fail(j, "16 hex digits are expected");
    }
    p->snp_least_tcb = (const uint8_t(*)[TCB_LEN])least;
}

static void take_measurements(struct json_reader *j, struct arena *a, struct attest_policy *p)
{
    struct attest_measurement *list = arena_new_n(a, struct attest_measurement, POLICY_LIST_MAX);
    struct err ignored; /* the reader names the place */
    uint32_t n = 0;

    json_array_begin(j);
    while (json_array_next(j)) {
        struct bytes text = json_take_string(j), value = BYTES_EMPTY;
        if (n == POLICY_LIST_MAX)
            json_fail(j, "too many measurements");
        else if (hex_decode(a, &value, text, &ignored) != ERR_OK || !attest_measurement_read(&list[n], value))
            json_fail(j, "a measurement is 32, 36, 48 or 240 bytes in hex");
        else
            n++;
    }
    p->measurements = list;
    p->measurement_count = n;
    p->any_measurement = false;
}

static void take_platforms(struct json_reader *j, struct arena *a, struct attest_policy *p)
{
    struct bytes *list = arena_new_n(a, struct bytes, POLICY_LIST_MAX);
    struct err ignored; /* the reader names the place */
    uint32_t n = 0;

    json_array_begin(j);
    while (json_array_next(j)) {
        struct bytes text = json_take_string(j), id = BYTES_EMPTY;
        if (n == POLICY_LIST_MAX)
            json_fail(j, "too many platforms");
        else if (hex_decode(a, &id, text, &ignored) != ERR_OK || (id.len != 16 && id.len != 64))
            json_fail(j, "a platform is 16 bytes (PPID, instance) or 64 (chip id) in hex");
        else
            list[n++] = id;
    }
    if (n == 0)
        json_fail(j, "a list of no platform would allow any: leave it out");
    p->platforms = list;
    p->platform_count = n;
}

static void take_advisories(struct json_reader *j, struct arena *a, struct attest_policy *p)
{
    struct bytes *list = arena_new_n(a, struct bytes, POLICY_LIST_MAX);
    uint32_t n = 0;

    json_array_begin(j);
    while (json_array_next(j)) {
        struct bytes text = json_take_string(j);
        if (n == POLICY_LIST_MAX)
            json_fail(j, "too many advisories");
        else
            list[n++] = text;
    }
    p->advisories = list;
    p->advisory_count = n;
    p->any_advisory = false;
}

/* --- members --- */

#define MEMBERS(X)                                                                   \
    X(tcb_statuses, p->tcb_allowed = take_statuses(j))                               \
    X(advisories, take_advisories(j, a, p))                                          \
    X(measurements, take_measurements(j, a, p))                                      \
    X(platforms, take_platforms(j, a, p))                                            \
    X(allow_debug, p->allow_debug = json_take_bool(j))                               \
    X(allow_development_roots, p->allow_development = json_take_bool(j))             \
    X(allow_zero_tail, p->zero_tail = json_take_bool(j))                             \
    X(collateral_max_age_s, p->collateral_max_age = take_at_most(j, SECONDS_MAX))    \
    X(least_evaluation, p->least_evaluation = (uint32_t)take_at_most(j, UINT32_MAX)) \
    X(td_bits_required, p->td_required = take_bits(j))                               \
    X(td_bits_refused, p->td_refused = take_bits(j))                                 \
    X(allow_service_td, p->allow_service_td = json_take_bool(j))                     \
    X(require_amd_crl, p->without_amd_crl = !json_take_bool(j))                      \
    X(snp_least_tcb, take_least_tcb(j, a, p))                                        \
    X(snp_products_refused, p->snp_products_refused = take_products(j))              \
    X(snp_policy_bits_refused, p->snp_policy_refused = take_bits(j))                 \
    X(snp_platform_bits_required, p->snp_platform_required = take_bits(j))           \
    X(snp_vmpl_max, p->snp_vmpl_max = (uint8_t)take_at_most(j, VMPL_MAX))            \
    X(snp_refuse_vlek, p->snp_refuse_vlek = json_take_bool(j))

enum member {
#define X(name, take) MEMBER_##name,
    MEMBERS(X)
#undef X
};

static const char *const member_names[] = {
#define X(name, take) #name,
    MEMBERS(X)
#undef X
};

static void take_member(struct json_reader *j, struct arena *a, struct attest_policy *p, enum member m)
{
    switch (m) {
#define X(name, take)   \
    case MEMBER_##name: \
        take;           \
        return;
        MEMBERS(X)
#undef X
    }
}

FALLIBLE policy_file_read(struct attest_policy *out, struct arena *a, struct bytes json, struct err *e)
{
    struct json_reader j = json_reader_of(a, json);
    struct attest_policy p;
    uint32_t seen = 0;
    struct bytes key;

    if (json.len > POLICY_FILE_MAX)
        return FAIL(e, ERR_LIMIT, "policy of %zu bytes, at most %d are taken", json.len, POLICY_FILE_MAX);
    ASSERT(policy_named(&p, "strict"));
    json_object_begin(&j);
    while (json_object_next(&j, &key)) {
        size_t m = 0;
        while (m < ARRAY_LEN(member_names) && !bytes_eq(key, bytes_of_str(member_names[m])))
            m++;
        if (m == ARRAY_LEN(member_names))
            return FAIL(e, ERR_MALFORMED, "policy: there is no member \"%.*s\"",
                        (int)(key.len > 40 ? 40 : key.len), (const char *)key.p);
        if ((seen & 1u << m) != 0)
            return FAIL(e, ERR_MALFORMED, "policy: %s is there twice", member_names[m]);
        seen |= 1u << m;
        take_member(&j, a, &p, (enum member)m);
        if (!json_ok(&j))
            return FAIL(e, ERR_MALFORMED, "policy: %s: %s", member_names[m], j.failed);
    }
    TRY(json_end(&j, "policy", e));
    *out = p;
    return ERR_OK;
}
