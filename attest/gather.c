#include "attest/gather.h"

#include "attest/chain.h"
#include "attest/der.h"
#include "attest/quote.h"
#include "attest/snp.h"
#include "crypto/hash.h"

enum { KEY_MAX = 16, FMSPC_LEN = 6, TEE_SGX = 0, TEE_TDX = 1 };

struct gathering {
    struct attest_gathered *out;
    const struct attest_store *store;
    enum attest_root_label label;
    bool missing;
};

static void take(struct gathering *g, enum attest_piece_kind kind, struct bytes key)
{
    struct attest_piece *next = &g->out->v[g->out->count];

    if (g->store->find(g->store->ctx, next, g->label, kind, key))
        g->out->count++;
    else
        g->missing = true;
}

/* The root of this vendor and name, whoever has the key. */
static bool named_root(uint32_t *out, const struct attest_policy *policy, enum attest_vendor vendor,
                       struct bytes name)
{
    for (uint32_t i = 0; i < policy->root_count; i++) {
        if (policy->roots[i].vendor == vendor && bytes_eq(policy->roots[i].subject, name)) {
            *out = i;
            return true;
        }
    }
    return false;
}

/* The platform that the quote's own certificate names, to know what to look for. */
static enum attest_class gather_intel(struct gathering *g, struct arena *scratch, struct bytes evidence,
                                      const struct attest_policy *policy, struct err *e)
{
    struct chain *ch = arena_new(scratch, struct chain);
    struct writer der;
    struct quote q;
    struct attest_platform platform;
    struct err why;
    uint8_t tcb[1 + FMSPC_LEN], issuer[32];

    if (quote_read(&q, evidence, policy->zero_tail, &why) != ATTEST_VERIFIED)
        return attest_refuse(e, ATTEST_FORMAT, why.msg);
    der = writer_fixed(arena_alloc(scratch, chain_der_len(q.cert_data)), chain_der_len(q.cert_data));
    if (chain_read(ch, &der, q.cert_data, &why) != ERR_OK)
        return attest_refuse(e, ATTEST_FORMAT, why.msg);
    const struct x509 *leaf = chain_leaf(ch);
    const struct x509 *above = leaf == NULL ? NULL : chain_issuer(ch, leaf);
    if (above == NULL || !named_root(&g->out->root_index, policy, ATTEST_INTEL, above->issuer) ||
        pck_extension_read(&platform, x509_extension(leaf, x509_oid_sgx), &why) != ERR_OK)
        return attest_refuse(e, ATTEST_FORMAT, "no certificate of a known platform");
    g->label = policy->roots[g->out->root_index].label;
    tcb[0] = quote_is_tdx(&q) ? TEE_TDX : TEE_SGX;
    memcpy(tcb + 1, platform.fmspc, FMSPC_LEN);
    sha256(issuer, leaf->issuer);
    take(g, ATTEST_PIECE_TCB_INFO, bytes_of(tcb, sizeof tcb));
    take(g, ATTEST_PIECE_QE_IDENTITY, bytes_of(tcb, 1));
    take(g, ATTEST_PIECE_ROOT_CRL, BYTES_EMPTY);
    take(g, ATTEST_PIECE_PCK_CRL, bytes_of(issuer, KEY_MAX));
    return g->missing ? attest_refuse(e, ATTEST_COLLATERAL_MISSING, "the store lacks a piece")
                      : ATTEST_VERIFIED;
}

/* The leaf of a SEV-SNP certificate table, DER or PEM. */
static bool table_leaf(struct arena *scratch, struct x509 *out, struct bytes evidence)
{
    struct chain *ch = arena_new(scratch, struct chain);
    struct snp_table table;
    struct err e;

    if (evidence.len <= SNP_REPORT_LEN ||
        snp_table_read(&table, bytes_from(evidence, SNP_REPORT_LEN), &e) != ATTEST_VERIFIED)
        return false;
    struct bytes leaf = table.vcek.len > 0 ? table.vcek : table.vlek;
    if (leaf.len > 0 && leaf.p[0] == DER_SEQUENCE)
        return x509_read(out, leaf, &e) == ERR_OK;
    struct writer der = writer_fixed(arena_alloc(scratch, chain_der_len(leaf)), chain_der_len(leaf));
    if (chain_read(ch, &der, leaf, &e) != ERR_OK)
        return false;
    *out = ch->cert[0];
    return true;
}

/* The stored intermediate that the leaf names: it tells product and root, which a report need not. */
static void gather_amd(struct gathering *g, struct arena *scratch, struct bytes evidence,
                       const struct attest_policy *policy)
{
    struct x509 leaf, above;
    struct err e;

    if (!table_leaf(scratch, &leaf, evidence))
        return;
    for (uint32_t i = 0; i < policy->root_count; i++) {
        for (uint8_t vlek = 0; policy->roots[i].vendor == ATTEST_AMD && vlek <= 1; vlek++) {
            const uint8_t name[2] = {(uint8_t)policy->roots[i].product, vlek};
            g->label = policy->roots[i].label;
            g->missing = false;
            g->out->count = 0;
            take(g, ATTEST_PIECE_AMD_CA, bytes_of(name, sizeof name));
            if (g->missing || x509_read(&above, g->out->v[0].document, &e) != ERR_OK ||
                !bytes_eq(above.subject, leaf.issuer))
                continue;
            take(g, ATTEST_PIECE_AMD_CRL, bytes_of(name, 1)); /* the policy may do without */
            g->out->root_index = i;
            return;
        }
    }
    g->out->count = 0;
}

enum attest_class attest_gather(struct attest_gathered *out, struct arena *scratch,
                                const struct attest_store *store, struct bytes evidence,
                                enum attest_form form, const struct attest_policy *policy, struct err *e)
{
    struct gathering g = {.out = out, .store = store};

    out->count = 0;
    out->root_index = 0;
    if (form != ATTEST_FORM_SNP)
        return gather_intel(&g, scratch, evidence, policy, e);
    gather_amd(&g, scratch, evidence, policy);
    return ATTEST_VERIFIED;
}
