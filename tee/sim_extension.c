/* tee/sim_extension.c — what the leaf certificates say about the platform: Intel's SGX extension, AMD's 3704
 * ones. */
#include "tee/sim_der.h"
#include "tee/sim_x509.h"

enum { IA5_STRING = 0x16 };

static struct bytes sgx_oid(uint8_t out[11], uint8_t member, uint8_t sub)
{
    static const uint8_t base[9] = {0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};
    memcpy(out, base, sizeof base);
    out[9] = member;
    out[10] = sub;
    return bytes_of(out, member == 0 ? 9 : sub == 0 ? 10 : 11);
}

/* {member OID, value of `tag`} */
static void put_member(struct writer *w, uint8_t member, uint8_t sub, uint8_t tag, struct bytes content)
{
    struct part pair;
    struct writer *p = part_begin(&pair);
    uint8_t oid[11];

    put_tlv(p, DER_OID, sgx_oid(oid, member, sub));
    put_tlv(p, tag, content);
    part_end(w, DER_SEQUENCE, &pair);
}

static void put_uint_member(struct writer *w, uint8_t member, uint8_t sub, uint32_t v)
{
    struct part pair;
    struct writer *p = part_begin(&pair);
    uint8_t oid[11];

    put_tlv(p, DER_OID, sgx_oid(oid, member, sub));
    put_uint(p, DER_INTEGER, v);
    part_end(w, DER_SEQUENCE, &pair);
}

void sim_put_sgx_extension(struct writer *w, const struct attest_platform *platform)
{
    static const uint8_t yes = 0xff;
    struct part all, tcb, config;
    struct writer *a = part_begin(&all), *t = part_begin(&tcb), *c = part_begin(&config);

    put_member(a, 1, 0, DER_OCTET_STRING, BYTES_OF(platform->ppid));
    for (uint8_t i = 0; i < 16; i++)
        put_uint_member(t, 2, (uint8_t)(i + 1), platform->components[i]);
    put_uint_member(t, 2, 17, platform->pce_svn);
    put_member(t, 2, 18, DER_OCTET_STRING, BYTES_OF(platform->cpu_svn));
    put_member(a, 2, 0, DER_SEQUENCE, writer_bytes(t));
    put_member(a, 3, 0, DER_OCTET_STRING, BYTES_OF(platform->pceid));
    put_member(a, 4, 0, DER_OCTET_STRING, BYTES_OF(platform->fmspc));
    put_member(a, 5, 0, DER_ENUMERATED, bytes_of(&platform->sgx_type, 1));
    put_member(a, 6, 0, DER_OCTET_STRING, BYTES_OF(platform->instance));
    for (uint8_t i = 1; i <= 3; i++)
        put_member(c, 7, i, DER_BOOLEAN, bytes_of(&yes, 1));
    put_member(a, 7, 0, DER_SEQUENCE, writer_bytes(c));
    part_end(w, DER_SEQUENCE, &all);
}

const struct sim_tcb_layout sim_tcb_layouts[ATTEST_SNP_PRODUCTS] = {
    [ATTEST_SNP_MILAN] = {.fmc = -1, .boot_loader = 0, .tee = 1, .snp = 6, .microcode = 7},
    [ATTEST_SNP_GENOA] = {.fmc = -1, .boot_loader = 0, .tee = 1, .snp = 6, .microcode = 7},
    [ATTEST_SNP_TURIN] = {.fmc = 0, .boot_loader = 1, .tee = 2, .snp = 3, .microcode = 7},
};

/* 1.3.6.1.4.1.3704.1.a[.b] with a value that is the whole content of the extension. */
static void put_amd(struct writer *list, uint8_t a, uint8_t b, struct bytes value)
{
    uint8_t oid[10] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x9c, 0x78, 0x01, a, b};
    put_extension(list, bytes_of(oid, b == 0 ? 9 : 10), false, value);
}

static void put_amd_uint(struct writer *list, uint8_t a, uint8_t b, uint32_t v)
{
    struct part value;
    struct writer *w = part_begin(&value);
    put_uint(w, DER_INTEGER, v);
    put_amd(list, a, b, writer_bytes(w));
}

static void put_amd_text(struct writer *list, uint8_t a, struct bytes text)
{
    struct part value;
    struct writer *w = part_begin(&value);
    put_tlv(w, IA5_STRING, text);
    put_amd(list, a, 0, writer_bytes(w));
}

/* The order is that of real certificates. */
void sim_put_amd_extensions(struct writer *list, enum sim_cert kind, enum attest_snp_product product,
                            const struct attest_snp_claims *chip)
{
    const struct sim_tcb_layout *at = &sim_tcb_layouts[product];
    bool turin = product == ATTEST_SNP_TURIN;
    const char *name = attest_product_name(product);

    put_amd_uint(list, 1, 0, turin ? 1 : 0);
    put_amd_text(list, 2,
                 product == ATTEST_SNP_MILAN && kind == SIM_VCEK ? BYTES_LIT("Milan-B0")
                                                                 : bytes_of_str(name));
    if (turin)
        put_amd_uint(list, 3, 9, chip->reported_tcb[at->fmc]);
    put_amd_uint(list, 3, 1, chip->reported_tcb[at->boot_loader]);
    put_amd_uint(list, 3, 2, chip->reported_tcb[at->tee]);
    for (uint8_t spare = turin ? 5 : 4; spare <= 7; spare++)
        put_amd_uint(list, 3, spare, 0);
    put_amd_uint(list, 3, 3, chip->reported_tcb[at->snp]);
    put_amd_uint(list, 3, 8, chip->reported_tcb[at->microcode]);
    if (kind == SIM_VCEK)
        put_amd(list, 4, 0, bytes_of(chip->chip_id, turin ? 8 : 64));
    else
        put_amd_text(list, 5, bytes_of(chip->csp_id, chip->csp_id_len));
}
