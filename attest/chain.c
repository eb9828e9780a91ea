#include "attest/chain.h"
#include "attest/pem.h"

size_t chain_der_len(struct bytes pem)
{
    size_t most = pem.len / 4 * 3 + 3;
    return most < CHAIN_DER_MAX ? most : CHAIN_DER_MAX;
}

enum err_code chain_read(struct chain *out, struct writer *der, struct bytes pem, struct err *e)
{
    struct bytes block = BYTES_EMPTY;

    out->count = 0;
    if (pem.len > CHAIN_TEXT_MAX)
        return FAIL(e, ERR_MALFORMED, "certificate chain: longer than %d bytes", CHAIN_TEXT_MAX);
    for (;;) {
        enum pem_result got = pem_next(&pem, der, &block);
        if (got == PEM_END)
            break;
        if (got == PEM_BAD)
            return FAIL(e, ERR_MALFORMED, "certificate chain: damaged or too long PEM block");
        if (out->count == CHAIN_CERTS_MAX || block.len > X509_CERT_MAX)
            return FAIL(e, ERR_MALFORMED, "certificate chain: too many or too long certificates");
        if (x509_read(&out->cert[out->count], block, e) != ERR_OK)
            return err_wrap(e, "certificate chain");
        out->count++;
    }
    if (out->count == 0)
        return FAIL(e, ERR_MALFORMED, "certificate chain: no PEM block");
    return ERR_OK;
}

static bool issues_another(const struct chain *ch, const struct x509 *cert)
{
    for (uint32_t i = 0; i < ch->count; i++) {
        if (&ch->cert[i] != cert && bytes_eq(ch->cert[i].issuer, cert->subject))
            return true;
    }
    return false;
}

const struct x509 *chain_leaf(const struct chain *ch)
{
    const struct x509 *leaf = NULL;

    for (uint32_t i = 0; i < ch->count; i++) {
        const struct x509 *c = &ch->cert[i];
        if (x509_self_issued(c) || issues_another(ch, c))
            continue;
        if (leaf != NULL)
            return NULL;
        leaf = c;
    }
    return leaf;
}

const struct x509 *chain_issuer(const struct chain *ch, const struct x509 *cert)
{
    for (uint32_t i = 0; i < ch->count; i++) {
        const struct x509 *c = &ch->cert[i];
        if (c != cert && !x509_self_issued(c) && bytes_eq(c->subject, cert->issuer))
            return c;
    }
    return NULL;
}

bool chain_embeds_only(const struct chain *ch, const struct attest_root *root)
{
    for (uint32_t i = 0; i < ch->count; i++) {
        const struct x509 *c = &ch->cert[i];
        if (x509_self_issued(c) &&
            (!bytes_eq(c->subject, root->subject) || !bytes_eq(c->public_key, root->public_key)))
            return false;
    }
    return true;
}

enum chain_root chain_find_signer(uint32_t *out, struct bytes issuer, struct bytes tbs,
                                  const struct x509_signature *signature, enum attest_vendor vendor,
                                  const struct attest_policy *policy, const struct attest_primitives *crypto)
{
    enum chain_root result = CHAIN_ROOT_UNKNOWN;

    for (uint32_t i = 0; i < policy->root_count; i++) {
        const struct attest_root *root = &policy->roots[i];
        if (root->vendor != vendor || !bytes_eq(root->subject, issuer))
            continue;
        if (x509_signature_ok(signature, tbs, root->public_key, crypto)) {
            *out = i;
            return CHAIN_ROOT_SIGNED;
        }
        result = CHAIN_ROOT_SIGNED_NOT;
    }
    return result;
}

enum chain_root chain_find_root(uint32_t *out, const struct x509 *cert, enum attest_vendor vendor,
                                const struct attest_policy *policy, const struct attest_primitives *crypto)
{
    return chain_find_signer(out, cert->issuer, cert->tbs, &cert->signature, vendor, policy, crypto);
}

bool chain_same_root(const struct attest_policy *policy, uint32_t index, enum attest_vendor vendor,
                     struct bytes key)
{
    return index < policy->root_count && policy->roots[index].vendor == vendor &&
           bytes_eq(policy->roots[index].public_key, key);
}

bool chain_name_has(const struct x509 *cert, struct bytes phrase)
{
    struct bytes name = x509_common_name(cert->subject);

    for (size_t i = 0; i + phrase.len <= name.len; i++) {
        if (bytes_starts_with(bytes_of(name.p + i, name.len - i), phrase))
            return true;
    }
    return false;
}

bool chain_name_ends(const struct x509 *cert, struct bytes phrase)
{
    struct bytes name = x509_common_name(cert->subject);

    return name.len >= phrase.len &&
           bytes_starts_with(bytes_of(name.p + (name.len - phrase.len), phrase.len), phrase);
}
