/* tee/sim_snp.c — simulated SEV-SNP guests: reports and certificate tables. Layout:
 * docs/formats/snp-report.md. */
#include "attest/snp.h"
#include "base/arena.h"
#include "tee/cert_table.h"
#include "tee/sim_priv.h"

enum { TABLE_MAX = 3 * 24 + 2 * SIM_CERT_MAX, NUMBER_LEN = 72, P384_LEN = 48 };

void sim_chip_default(struct attest_snp_claims *out)
{
    static const uint8_t tcb[8] = {4, 0, 0, 0, 0, 0, 24, 219}; /* boot loader, TEE, SNP, microcode */
    static const char provider[] = "CN=simulated.invalid";

    memset(out, 0, sizeof *out);
    out->product = ATTEST_SNP_MILAN;
    memcpy(out->reported_tcb, tcb, sizeof tcb);
    out->csp_id_len = sizeof provider - 1;
    memcpy(out->csp_id, provider, sizeof provider - 1);
}

void attest_sim_guest(const struct attest_sim *s, struct attest_snp_claims *out, const uint8_t program[32])
{
    uint8_t measurement[ATTEST_MEASUREMENT_MAX];

    *out = s->chip_claims;
    out->version = 3;
    out->policy = 0x30000;     /* SMT allowed, bit 17 */
    out->platform_info = 0x25; /* SMT, ECC, alias check complete */
    (void)attest_sim_measurement(measurement, ATTEST_KIND_SNP, program);
    memcpy(out->measurement, measurement, sizeof out->measurement);
    memset(out->report_id_ma, 0xff, sizeof out->report_id_ma);
    memcpy(out->current_tcb, out->reported_tcb, 8);
    memcpy(out->committed_tcb, out->reported_tcb, 8);
    memcpy(out->launch_tcb, out->reported_tcb, 8);
    if (out->vlek)
        memset(out->chip_id, 0, sizeof out->chip_id);
}

static void put_head(struct writer *w, const struct attest_snp_claims *c, bool masked)
{
    uint32_t key = masked ? SNP_KEY_NONE : c->vlek ? SNP_KEY_VLEK : SNP_KEY_VCEK;

    put_u32(w, c->version);
    put_u32(w, c->guest_svn);
    put_u64(w, c->policy);
    put_mem(w, c->family_id, 16);
    put_mem(w, c->image_id, 16);
    put_u32(w, c->vmpl);
    put_u32(w, 1); /* ECDSA P-384 */
    put_mem(w, c->current_tcb, 8);
    put_u64(w, c->platform_info);
    put_u32(w, (c->author_key ? 1u : 0) | (masked ? 2u : 0) | key << 2);
    put_u32(w, 0);
}

static void put_signed_part(struct writer *w, const struct attest_snp_claims *c,
                            const struct attest_sim_report_args *args)
{
    static const uint8_t cpu[ATTEST_SNP_PRODUCTS][3] = {[ATTEST_SNP_MILAN] = {0x19, 0x01, 1},
                                                        [ATTEST_SNP_GENOA] = {0x19, 0x11, 1},
                                                        [ATTEST_SNP_TURIN] = {0x1a, 0x02, 1}};
    static const uint8_t zeros[152], firmware[8] = {21, 55, 1, 0, 21, 55, 1, 0};

    put_head(w, c, args->masked_chip_key);
    put_mem(w, args->report_data, 64);
    put_mem(w, c->measurement, 48);
    put_mem(w, c->host_data, 32);
    put_mem(w, c->id_key_digest, 48);
    put_mem(w, c->author_key_digest, 48);
    put_mem(w, c->report_id, 32);
    put_mem(w, c->report_id_ma, 32);
    put_mem(w, c->reported_tcb, 8);
    put_mem(w, c->version >= 3 ? cpu[c->product] : zeros, 3);
    put_mem(w, zeros, 21);
    put_mem(w, args->masked_chip_key ? zeros : c->chip_id, 64);
    put_mem(w, c->committed_tcb, 8);
    put_mem(w, firmware, sizeof firmware);
    put_mem(w, c->launch_tcb, 8);
    put_mem(w, zeros, 16); /* mitigations */
    put_mem(w, zeros, 152);
}

/* Little-endian in 72 bytes. */
static void put_number(struct writer *w, const uint8_t be[P384_LEN])
{
    for (size_t i = 0; i < NUMBER_LEN; i++)
        put_u8(w, i < P384_LEN ? be[P384_LEN - 1 - i] : 0);
}

static void put_table(struct writer *w, const struct attest_sim *s)
{
    const struct bytes leaf = sim_der_bytes(&s->chip_cert);
    bool vlek = s->chip_claims.vlek;

    cert_table_put(w, vlek ? BYTES_EMPTY : leaf, vlek ? leaf : BYTES_EMPTY, sim_der_bytes(&s->intermediate));
}

enum err_code attest_sim_report(struct attest_sim *s, struct arena *a, struct bytes *out,
                                const struct attest_snp_claims *claims,
                                const struct attest_sim_report_args *args, struct err *e)
{
    struct writer w = writer_in(a, SNP_REPORT_LEN + TABLE_MAX);
    uint8_t sig[SIM_SIGNATURE_MAX] = {0};

    if (s->chip == NULL)
        return FAIL(e, ERR_NOT_FOUND, "the simulated platform %s has no SEV-SNP chip", s->folder);
    put_signed_part(&w, claims, args);
    ASSERT(w.len == SNP_SIGNED_LEN);
    if (!args->masked_chip_key)
        (void)sim_sign(sig, s->chip, writer_bytes(&w));
    put_number(&w, sig);
    put_number(&w, sig + P384_LEN);
    while (w.len < SNP_REPORT_LEN)
        put_u8(&w, 0);
    if (!args->without_table)
        put_table(&w, s);
    ASSERT(writer_ok(&w));
    *out = writer_bytes(&w);
    return ERR_OK;
}
