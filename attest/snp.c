#include "attest/snp.h"
#include "attest/chain.h"
#include "attest/der.h"
#include "attest/endorsed.h"
#include "attest/pem.h"
#include "attest/vcek.h"
#include "crypto/hash.h"

enum { POLICY_DEBUG_BIT = 19, FAMILY_ZEN3 = 0x19, FAMILY_ZEN5 = 0x1a, TURIN_CHIP_ID_LEN = 8 };

/* What there is to judge, and the path that vouches for it. */
struct snp_case {
    struct snp_report report;
    struct snp_table table;
    const struct attest_endorsements *endorsed; /* NULL without any of AMD */
    struct x509 leaf, intermediate;
    bool leaf_endorsed, intermediate_endorsed; /* signatures checked when they were endorsed */
    uint8_t leaf_der[X509_CERT_MAX], intermediate_der[X509_CERT_MAX];
    struct vcek vcek;
    const struct attest_root *root;
    uint32_t root_index;
};

static bool is_vlek(const struct snp_case *s)
{
    return s->report.signing_key == SNP_KEY_VLEK;
}

/* Refuses what nobody signed before any mathematics sees it. */
static enum attest_class check_signing_key(const struct snp_report *r, struct err *e)
{
    if (r->signing_key == SNP_KEY_NONE)
        return attest_refuse(e, ATTEST_SNP_NOT_SIGNED, "the report names no signing key");
    if (r->chip_key_masked)
        return attest_refuse(e, ATTEST_SNP_NOT_SIGNED, "the chip key is masked");
    if (bytes_all_zero(BYTES_OF(r->signature)))
        return attest_refuse(e, ATTEST_SNP_NOT_SIGNED, "the signature is zero");
    if (r->signing_key != SNP_KEY_VCEK && r->signing_key != SNP_KEY_VLEK)
        return attest_refuse(e, ATTEST_SNP_SIGNING_KEY_MISMATCH, "the report names an unknown signing key");
    return ATTEST_VERIFIED;
}

/* A certificate of the table: DER, or PEM of exactly one block, decoded into `memory`. */
static enum attest_class read_entry(struct x509 *out, uint8_t memory[X509_CERT_MAX], struct bytes content,
                                    struct err *e)
{
    struct bytes der = content, none;
    struct writer w = writer_fixed(memory, X509_CERT_MAX);
    struct err why;

    if (content.p[0] != DER_SEQUENCE) {
        struct bytes text = content;
        if (pem_next(&text, &w, &der) != PEM_BLOCK || pem_next(&text, &w, &none) != PEM_END)
            return attest_refuse(e, ATTEST_SNP_FORMAT, "an entry of the table is not one certificate");
    }
    if (der.len > X509_CERT_MAX)
        return attest_refuse(e, ATTEST_SNP_FORMAT, "a certificate of the table is too long");
    if (x509_read(out, der, &why) != ERR_OK)
        return attest_refuse(e, ATTEST_SNP_FORMAT, why.msg);
    return ATTEST_VERIFIED;
}

/* The leaf of the report's kind: from the table, else endorsed. */
static enum attest_class find_leaf(struct snp_case *s, struct err *e)
{
    struct bytes entry = is_vlek(s) ? s->table.vlek : s->table.vcek;

    if (entry.len > 0) {
        enum attest_class c = read_entry(&s->leaf, s->leaf_der, entry, e);
        if (c != ATTEST_VERIFIED)
            return c;
    } else if (s->endorsed != NULL && s->endorsed->has_amd_leaf) {
        s->leaf = s->endorsed->amd_leaf;
        s->leaf_endorsed = true;
    } else {
        return attest_refuse(e, ATTEST_COLLATERAL_MISSING, "the certificate of the signing key is missing");
    }
    if (!chain_name_ends(&s->leaf, is_vlek(s) ? BYTES_LIT("SEV-VLEK") : BYTES_LIT("SEV-VCEK")))
        return attest_refuse(e, ATTEST_SNP_SIGNING_KEY_MISMATCH, "the certificate is of another kind of key");
    if (s->leaf.ca || s->leaf.public_key.len != X509_KEY_P384)
        return attest_refuse(e, ATTEST_SNP_CHAIN_UNTRUSTED, "the leaf is no certificate of a signing key");
    return ATTEST_VERIFIED;
}

/* The issuer of the leaf: endorsed, which saves a signature, else from the table. */
static enum attest_class find_intermediate(struct snp_case *s, struct err *e)
{
    const struct attest_endorsements *en = s->endorsed;
    bool endorsed = en != NULL && en->amd_intermediate.whole.len > 0;

    s->intermediate_endorsed = endorsed && bytes_eq(en->amd_intermediate.subject, s->leaf.issuer);
    if (s->intermediate_endorsed) {
        s->intermediate = en->amd_intermediate;
    } else if (s->table.intermediate.len > 0) {
        enum attest_class c = read_entry(&s->intermediate, s->intermediate_der, s->table.intermediate, e);
        if (c != ATTEST_VERIFIED)
            return c;
    } else if (!endorsed) {
        return attest_refuse(e, ATTEST_COLLATERAL_MISSING, "the intermediate certificate is missing");
    }
    if (!bytes_eq(s->intermediate.subject, s->leaf.issuer))
        return attest_refuse(e, ATTEST_SNP_CHAIN_UNTRUSTED, "the intermediate is not the leaf's issuer");
    if (!x509_may_issue(&s->intermediate, 0) || s->intermediate.public_key.len != X509_KEY_RSA4096)
        return attest_refuse(e, ATTEST_SNP_CHAIN_UNTRUSTED, "the intermediate may not issue certificates");
    return ATTEST_VERIFIED;
}

/* The endorsements' root, as the policy has it. */
static bool endorsed_root(const struct attest_endorsements *en, const struct attest_policy *policy)
{
    return chain_same_root(policy, en->amd_root, ATTEST_AMD, en->amd_root_key);
}

/* The pinned root above the intermediate. One that is endorsed rests on the root it was endorsed under, which
 * must be the policy's of that place. */
static enum attest_class find_root(struct snp_case *s, const struct attest_policy *policy,
                                   const struct attest_primitives *crypto, struct err *e)
{
    enum chain_root found = CHAIN_ROOT_UNKNOWN;

    if (s->intermediate_endorsed) {
        s->root_index = s->endorsed->amd_root;
        if (endorsed_root(s->endorsed, policy))
            found = CHAIN_ROOT_SIGNED;
    } else {
        found = chain_find_root(&s->root_index, &s->intermediate, ATTEST_AMD, policy, crypto);
    }
    if (found == CHAIN_ROOT_UNKNOWN)
        return attest_refuse(e, ATTEST_SNP_CHAIN_UNTRUSTED, "the chain ends in no configured root");
    if (found == CHAIN_ROOT_SIGNED_NOT)
        return attest_refuse(e, ATTEST_SNP_CHAIN_SIGNATURE, "the root did not sign the intermediate");
    s->root = &policy->roots[s->root_index];
    return ATTEST_VERIFIED;
}

/* From the pinned root down to the leaf. */
static enum attest_class verify_chain(struct snp_case *s, const struct attest_policy *policy,
                                      const struct attest_primitives *crypto, struct err *e)
{
    enum attest_class c = find_leaf(s, e);
    if (c == ATTEST_VERIFIED)
        c = find_intermediate(s, e);
    if (c == ATTEST_VERIFIED)
        c = find_root(s, policy, crypto, e);
    if (c != ATTEST_VERIFIED)
        return c;
    if (!vcek_issuer_named(&s->intermediate, is_vlek(s), s->root->product))
        return attest_refuse(e, ATTEST_SNP_CHAIN_UNTRUSTED,
                             "the intermediate does not issue this kind of certificate");
    if (!(s->leaf_endorsed && s->intermediate_endorsed) &&
        !x509_signed_by(&s->leaf, s->intermediate.public_key, crypto))
        return attest_refuse(e, ATTEST_SNP_CHAIN_SIGNATURE, "the intermediate did not sign the leaf");
    return ATTEST_VERIFIED;
}

static enum attest_class check_times(struct attest_claims *out, const struct snp_case *s, uint64_t now,
                                     struct err *e)
{
    const uint64_t before[3] = {s->root->not_before, s->intermediate.not_before, s->leaf.not_before};
    const uint64_t after[3] = {s->root->not_after, s->intermediate.not_after, s->leaf.not_after};

    out->valid_until = UINT64_MAX;
    for (int i = 0; i < 3; i++) {
        if (now < before[i])
            return attest_refuse(e, ATTEST_SNP_CERT_NOT_YET_VALID, "a certificate of the chain");
        if (now > after[i])
            return attest_refuse(e, ATTEST_SNP_CERT_EXPIRED, "a certificate of the chain");
        if (after[i] < out->valid_until)
            out->valid_until = after[i];
    }
    return ATTEST_VERIFIED;
}

/* The root's list covers what it issued, the intermediates. Leaves are looked up as well: all of AMD's have
 * serial number 0, so an entry for it could only mean to drop them all. */
static enum attest_class check_revocation(struct attest_claims *out, const struct snp_case *s, uint64_t now,
                                          const struct attest_policy *policy, struct err *e)
{
    if (s->endorsed == NULL || !s->endorsed->has_amd_crl || s->endorsed->amd_root != s->root_index ||
        !endorsed_root(s->endorsed, policy)) {
        if (policy->without_amd_crl)
            return ATTEST_VERIFIED;
        return attest_refuse(e, ATTEST_CRL_MISSING, "no revocation list of the product's root");
    }
    const struct crl *list = &s->endorsed->amd_crl;
    if (now < list->this_update)
        return attest_refuse(e, ATTEST_CRL_NOT_YET_VALID, "the list of AMD's root");
    if (now > list->next_update)
        return attest_refuse(e, ATTEST_CRL_EXPIRED, "the list of AMD's root");
    if (crl_revokes(list, s->intermediate.serial) || crl_revokes(list, s->leaf.serial))
        return attest_refuse(e, ATTEST_CERT_REVOKED, "a certificate of the chain");
    if (list->next_update < out->valid_until)
        out->valid_until = list->next_update;
    out->collateral_issued = list->this_update;
    return ATTEST_VERIFIED;
}

static enum attest_class verify_report(const struct snp_case *s, const struct attest_primitives *crypto,
                                       struct err *e)
{
    uint8_t hash[48];

    crypto->sha384(hash, s->report.signed_part);
    if (!crypto->p384_verify(s->leaf.public_key.p, hash, s->report.signature))
        return attest_refuse(e, ATTEST_SNP_REPORT_SIGNATURE, "not by the key of the certificate");
    return ATTEST_VERIFIED;
}

enum attest_snp_product snp_product_of_cpuid(uint8_t family, uint8_t model)
{
    if (family == FAMILY_ZEN3 && model <= 0x0f)
        return ATTEST_SNP_MILAN;
    if (family == FAMILY_ZEN3 && (model <= 0x1f || (model >= 0xa0 && model <= 0xaf)))
        return ATTEST_SNP_GENOA;
    return family == FAMILY_ZEN5 && model <= 0x11 ? ATTEST_SNP_TURIN : ATTEST_SNP_PRODUCTS;
}

/* Report, certificate and root must be of one product line. Reports of version 2 do not say theirs. */
static enum attest_class check_product(const struct snp_case *s, struct err *e)
{
    if (s->report.has_cpuid && snp_product_of_cpuid(s->report.family, s->report.model) != s->root->product)
        return attest_refuse(e, ATTEST_SNP_CHAIN_UNTRUSTED, "the root is of another product line");
    if (!vcek_product_is(s->vcek.product, s->root->product))
        return attest_refuse(e, ATTEST_SNP_CHAIN_UNTRUSTED, "the leaf is of another product line");
    return ATTEST_VERIFIED;
}

/* The key is derived from chip and firmware: the report must be of both. */
static enum attest_class check_tcb(const struct snp_case *s, struct err *e)
{
    const struct attest_snp_claims *c = &s->report.claims;
    uint8_t tcb[8];

    if (!vcek_tcb(tcb, &s->vcek, s->root->product))
        return attest_refuse(e, ATTEST_SNP_TCB_MISMATCH, "the certificate lacks a firmware version");
    if (memcmp(tcb, c->reported_tcb, sizeof tcb) != 0)
        return attest_refuse(e, ATTEST_SNP_TCB_MISMATCH, "the certificate is for another TCB");
    for (size_t i = 0; i < sizeof tcb; i++) {
        if (c->committed_tcb[i] > c->current_tcb[i])
            return attest_refuse(e, ATTEST_SNP_TCB_MISMATCH, "more firmware is committed than runs");
    }
    return ATTEST_VERIFIED;
}

static enum attest_class check_chip(const struct snp_case *s, struct err *e)
{
    struct bytes chip = BYTES_OF(s->report.claims.chip_id);
    size_t len = s->root->product == ATTEST_SNP_TURIN ? TURIN_CHIP_ID_LEN : chip.len;

    if (is_vlek(s)) {
        if (!bytes_all_zero(chip))
            return attest_refuse(e, ATTEST_SNP_CHIP_ID_MISMATCH, "a provider's key with a chip's identity");
        if (s->vcek.csp_id.len == 0 || s->vcek.csp_id.len > ATTEST_CSP_ID_MAX)
            return attest_refuse(e, ATTEST_SNP_SIGNING_KEY_MISMATCH, "the certificate names no provider");
        return ATTEST_VERIFIED;
    }
    if (!bytes_eq(s->vcek.hwid, bytes_of(chip.p, len)) || !bytes_all_zero(bytes_from(chip, len)))
        return attest_refuse(e, ATTEST_SNP_CHIP_ID_MISMATCH, "the certificate is of another chip");
    return ATTEST_VERIFIED;
}

static enum attest_class check_leaf(struct snp_case *s, struct err *e)
{
    struct err why;

    if (vcek_read(&s->vcek, &s->leaf, &why) != ERR_OK)
        return attest_refuse(e, ATTEST_SNP_CHAIN_UNTRUSTED, why.msg);
    enum attest_class c = check_product(s, e);
    if (c == ATTEST_VERIFIED)
        c = check_tcb(s, e);
    return c == ATTEST_VERIFIED ? check_chip(s, e) : c;
}

static void claim(struct attest_claims *out, const struct snp_case *s, const struct attest_input *in)
{
    out->kind = ATTEST_KIND_SNP;
    out->snp = s->report.claims;
    out->snp.product = s->root->product;
    out->snp.vlek = is_vlek(s);
    if (is_vlek(s)) {
        out->snp.csp_id_len = (uint8_t)s->vcek.csp_id.len;
        memcpy(out->snp.csp_id, s->vcek.csp_id.p, s->vcek.csp_id.len);
    }
    memcpy(out->report_data, s->report.report_data, sizeof out->report_data);
    out->debug = (s->report.claims.policy >> POLICY_DEBUG_BIT & 1) != 0;
    out->tcb = ATTEST_TCB_NOT_EVALUATED;
    out->root_index = s->root_index;
    out->root_label = s->root->label;
    out->declared_length = in->evidence.len;
    blake2_256(out->signed_hash, s->report.signed_part);
}

static enum attest_class read_evidence(struct snp_case *s, const struct attest_input *in, struct err *e)
{
    if (in->evidence.len > ATTEST_EVIDENCE_MAX)
        return attest_refuse(e, ATTEST_SNP_FORMAT, "the evidence is too long");
    bool table = in->evidence.len > SNP_REPORT_LEN;
    struct bytes report = bytes_of(in->evidence.p, table ? SNP_REPORT_LEN : in->evidence.len);
    enum attest_class c = snp_report_read(&s->report, report, e);
    if (c == ATTEST_VERIFIED)
        c = snp_table_read(&s->table, bytes_from(in->evidence, SNP_REPORT_LEN), e);
    return c == ATTEST_VERIFIED ? check_signing_key(&s->report, e) : c;
}

enum attest_class attest_snp_verify(struct attest_claims *out, const struct attest_input *in,
                                    const struct attest_policy *policy,
                                    const struct attest_primitives *crypto, struct err *e)
{
    struct snp_case s;
    struct attest_claims claims;

    memset(&s, 0, sizeof s);
    memset(&claims, 0, sizeof claims);
    if (in->endorsements != NULL && in->endorsements->amd)
        s.endorsed = in->endorsements;
    enum attest_class c = read_evidence(&s, in, e);
    if (c == ATTEST_VERIFIED)
        c = verify_chain(&s, policy, crypto, e);
    if (c == ATTEST_VERIFIED)
        c = check_times(&claims, &s, in->now, e);
    if (c == ATTEST_VERIFIED)
        c = check_revocation(&claims, &s, in->now, policy, e);
    if (c == ATTEST_VERIFIED)
        c = verify_report(&s, crypto, e);
    if (c == ATTEST_VERIFIED)
        c = check_leaf(&s, e);
    if (c != ATTEST_VERIFIED)
        return c;
    claim(&claims, &s, in);
    *out = claims;
    return ATTEST_VERIFIED;
}
