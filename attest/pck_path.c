#include "attest/pck_path.h"
#include "attest/pem.h"

static enum attest_class read_chain(struct pck_path *path, struct bytes pem, struct err *e)
{
    struct writer w = writer_fixed(path->der, sizeof path->der);
    struct err why;

    if (chain_read(&path->chain, &w, pem, &why) != ERR_OK)
        return attest_refuse(e, ATTEST_FORMAT, why.msg);
    path->leaf = chain_leaf(&path->chain);
    if (path->leaf == NULL)
        return attest_refuse(e, ATTEST_PCK_CHAIN_UNTRUSTED, "the chain has not exactly one leaf");
    path->intermediate = chain_issuer(&path->chain, path->leaf);
    if (path->intermediate == NULL)
        return attest_refuse(e, ATTEST_PCK_CHAIN_UNTRUSTED, "no intermediate authority issued the leaf");
    return ATTEST_VERIFIED;
}

static enum attest_class check_roles(const struct pck_path *path, struct err *e)
{
    const struct x509 *leaf = path->leaf;

    if (!x509_may_issue(path->intermediate, 0))
        return attest_refuse(e, ATTEST_PCK_CHAIN_UNTRUSTED, "the intermediate may not issue certificates");
    if (!leaf->has_basic_constraints || leaf->ca || !leaf->has_key_usage ||
        (leaf->key_usage & X509_KU_DIGITAL_SIGNATURE) == 0)
        return attest_refuse(e, ATTEST_PCK_CHAIN_UNTRUSTED, "the leaf is not a signing certificate");
    if (!chain_name_has(leaf, BYTES_LIT("SGX PCK Certificate")) ||
        x509_extension(leaf, x509_oid_sgx).len == 0)
        return attest_refuse(e, ATTEST_PCK_CHAIN_UNTRUSTED, "the leaf is not a PCK certificate");
    return ATTEST_VERIFIED;
}

/* The very certificate whose signature was checked when the endorsements were made: no need to do it again.
 */
static bool endorsed_intermediate(const struct x509 *intermediate, const struct attest_endorsements *endorsed,
                                  const struct attest_policy *p)
{
    return endorsed != NULL && endorsed->intel &&
           chain_same_root(p, endorsed->intel_root, ATTEST_INTEL, endorsed->intel_root_key) &&
           bytes_eq(intermediate->whole, endorsed->pck_crl_issuer.whole);
}

static enum attest_class check_signatures(struct pck_path *path, const struct attest_endorsements *endorsed,
                                          const struct attest_policy *p,
                                          const struct attest_primitives *crypto, struct err *e)
{
    enum chain_root found = CHAIN_ROOT_SIGNED;

    if (endorsed_intermediate(path->intermediate, endorsed, p))
        path->root = endorsed->intel_root;
    else
        found = chain_find_root(&path->root, path->intermediate, ATTEST_INTEL, p, crypto);
    if (found == CHAIN_ROOT_UNKNOWN)
        return attest_refuse(e, ATTEST_PCK_CHAIN_UNTRUSTED, "the chain ends in no configured root");
    if (found == CHAIN_ROOT_SIGNED_NOT)
        return attest_refuse(e, ATTEST_PCK_CHAIN_SIGNATURE, "the root did not sign the intermediate");
    if (!chain_embeds_only(&path->chain, &p->roots[path->root]))
        return attest_refuse(e, ATTEST_PCK_CHAIN_UNTRUSTED,
                             "the chain embeds another root than the pinned one");
    if (!x509_signed_by(path->leaf, path->intermediate->public_key, crypto))
        return attest_refuse(e, ATTEST_PCK_CHAIN_SIGNATURE, "the intermediate did not sign the leaf");
    return ATTEST_VERIFIED;
}

static enum attest_class check_dates(struct pck_path *path, const struct attest_root *root, uint64_t now,
                                     struct err *e)
{
    const uint64_t before[] = {root->not_before, path->intermediate->not_before, path->leaf->not_before};
    const uint64_t after[] = {root->not_after, path->intermediate->not_after, path->leaf->not_after};

    path->valid_until = UINT64_MAX;
    for (size_t i = 0; i < ARRAY_LEN(before); i++) {
        if (now < before[i])
            return attest_refuse(e, ATTEST_CERT_NOT_YET_VALID, "a certificate of the PCK chain");
        if (now > after[i])
            return attest_refuse(e, ATTEST_CERT_EXPIRED, "a certificate of the PCK chain");
        if (after[i] < path->valid_until)
            path->valid_until = after[i];
    }
    return ATTEST_VERIFIED;
}

/* Types 1 to 3: PPID in clear or encrypted ‖ CPUSVN 16 ‖ PCESVN u16 ‖ PCEID 2. */
static bool names_platform(const struct quote *q, const struct attest_platform *p)
{
    static const uint16_t ppid_lens[] = {
        [SGX_CERT_DATA_PPID] = 16, [SGX_CERT_DATA_PPID_RSA2048] = 256, [SGX_CERT_DATA_PPID_RSA3072] = 384};
    size_t ppid_len = ppid_lens[q->cert_data_type];
    const uint8_t *data = q->cert_data.p;

    return q->cert_data.len == ppid_len + 20 && memcmp(data + ppid_len, p->cpu_svn, 16) == 0 &&
           load_u16le(data + ppid_len + 16) == p->pce_svn && memcmp(data + ppid_len + 18, p->pceid, 2) == 0 &&
           (q->cert_data_type != SGX_CERT_DATA_PPID || memcmp(data, p->ppid, sizeof p->ppid) == 0);
}

/* Type 4: PEM of the leaf alone. */
static bool names_leaf(const struct quote *q, const struct x509 *leaf)
{
    uint8_t der[X509_CERT_MAX];
    struct writer w = writer_fixed(der, sizeof der);
    struct bytes text = q->cert_data, block;

    return pem_next(&text, &w, &block) == PEM_BLOCK && bytes_eq(block, leaf->whole);
}

static enum attest_class check_consistency(const struct pck_path *path, const struct quote *q, struct err *e)
{
    bool same = true;

    if (q->cert_data_type == SGX_CERT_DATA_LEAF)
        same = names_leaf(q, path->leaf);
    else if (q->cert_data_type < SGX_CERT_DATA_LEAF)
        same = names_platform(q, &path->platform);
    if (!same)
        return attest_refuse(e, ATTEST_PCK_CHAIN_UNTRUSTED, "the chain given is of another platform or TCB");
    return ATTEST_VERIFIED;
}

enum attest_class pck_path_verify(struct pck_path *out, const struct quote *q,
                                  const struct attest_endorsements *endorsed_opt, uint64_t now,
                                  const struct attest_policy *policy, const struct attest_primitives *crypto,
                                  struct err *e)
{
    struct bytes pem = q->cert_data;
    struct err why;

    if (q->cert_data_type != SGX_CERT_DATA_PEM_CHAIN) {
        if (endorsed_opt == NULL || endorsed_opt->pck_chain.len == 0)
            return attest_refuse(e, ATTEST_UNSUPPORTED_CERT_DATA, "the quote carries no certificate chain");
        pem = endorsed_opt->pck_chain;
    }
    enum attest_class c = read_chain(out, pem, e);
    if (c == ATTEST_VERIFIED)
        c = check_roles(out, e);
    if (c == ATTEST_VERIFIED)
        c = check_signatures(out, endorsed_opt, policy, crypto, e);
    if (c == ATTEST_VERIFIED)
        c = check_dates(out, &policy->roots[out->root], now, e);
    if (c != ATTEST_VERIFIED)
        return c;
    if (pck_extension_read(&out->platform, x509_extension(out->leaf, x509_oid_sgx), &why) != ERR_OK)
        return attest_refuse(e, ATTEST_FORMAT, why.msg);
    return check_consistency(out, q, e);
}
