#include "attest/chain.h"
#include "attest/endorsed.h"
#include "attest/vcek.h"

/* One judgement: its means, and the root that all parts of a vendor must end in once the first named it. */
struct judge {
    struct arena *arena;
    const struct attest_policy *policy;
    const struct attest_primitives *crypto; /* NULL: signatures were checked when the piece was accepted */
    enum attest_vendor vendor;
    bool has_root;
    uint32_t root;
    struct bytes chain; /* the last one that was good, and its signer: both documents come with the same */
    struct x509 signer;
    struct err *e;
};

static const struct attest_root *root_of(const struct judge *k)
{
    return &k->policy->roots[k->root];
}

/* Is this signed by a root of the vendor, and by the one that signed what came before? */
static enum chain_root by_root(struct judge *k, struct bytes issuer, struct bytes tbs,
                               const struct x509_signature *signature)
{
    uint32_t root = 0;

    if (k->crypto == NULL)
        return bytes_eq(issuer, root_of(k)->subject) ? CHAIN_ROOT_SIGNED : CHAIN_ROOT_UNKNOWN;
    enum chain_root found = chain_find_signer(&root, issuer, tbs, signature, k->vendor, k->policy, k->crypto);
    if (found != CHAIN_ROOT_SIGNED)
        return found;
    if (k->has_root && k->root != root)
        return CHAIN_ROOT_UNKNOWN;
    k->has_root = true;
    k->root = root;
    return CHAIN_ROOT_SIGNED;
}

static enum chain_root cert_by_root(struct judge *k, const struct x509 *cert)
{
    return by_root(k, cert->issuer, cert->tbs, &cert->signature);
}

/* The certificate of an issuer chain that is not the root, which must have signed it. */
static enum attest_class read_signer(struct judge *k, struct x509 *out, struct bytes pem,
                                     enum attest_class refusal)
{
    if (k->chain.len > 0 && bytes_eq(pem, k->chain)) {
        *out = k->signer;
        return ATTEST_VERIFIED;
    }
    size_t room = chain_der_len(pem);
    struct writer der = writer_fixed(arena_alloc(k->arena, room), room);
    struct chain *ch = arena_new(k->arena, struct chain);
    struct err why;

    if (chain_read(ch, &der, pem, &why) != ERR_OK)
        return attest_refuse(k->e, refusal, why.msg);
    const struct x509 *signer = chain_leaf(ch);
    if (signer == NULL)
        return attest_refuse(k->e, refusal, "the chain has no signer, or more than one");
    switch (cert_by_root(k, signer)) {
    case CHAIN_ROOT_SIGNED:
        break;
    case CHAIN_ROOT_SIGNED_NOT:
        return attest_refuse(k->e, refusal, "the root did not sign the signer");
    case CHAIN_ROOT_UNKNOWN:
        return attest_refuse(k->e, refusal,
                             "the signer is of no configured root, or of another than the other parts");
    }
    if (!chain_embeds_only(ch, root_of(k)))
        return attest_refuse(k->e, refusal, "the chain embeds another root than the pinned one");
    k->chain = pem;
    k->signer = *signer;
    *out = *signer;
    return ATTEST_VERIFIED;
}

/* --- Intel --- */

/* A signed document: who signs TCB info and QE identities is neither an authority nor a platform. */
static enum attest_class check_document(struct judge *k, struct x509 *signer, struct bytes document,
                                        struct bytes signature, struct bytes chain,
                                        enum attest_class bad_chain, enum attest_class bad_signature)
{
    uint8_t hash[32];

    if (document.len == 0 || signature.len == 0 || chain.len == 0)
        return attest_refuse(k->e, ATTEST_COLLATERAL_MISSING,
                             "a document, its signature or its issuer chain");
    if (document.len > COLLATERAL_TEXT_MAX)
        return attest_refuse(k->e, bad_signature, "the document is too long");
    enum attest_class c = read_signer(k, signer, chain, bad_chain);
    if (c != ATTEST_VERIFIED)
        return c;
    if (!signer->has_basic_constraints || signer->ca || !signer->has_key_usage ||
        (signer->key_usage & X509_KU_DIGITAL_SIGNATURE) == 0 || signer->public_key.len != X509_KEY_P256 ||
        !chain_name_has(signer, BYTES_LIT("SGX TCB Signing")))
        return attest_refuse(k->e, bad_chain, "the signer is not a TCB signing certificate");
    if (signature.len != 64)
        return attest_refuse(k->e, bad_signature, "the signature is not of 64 bytes");
    if (k->crypto == NULL)
        return ATTEST_VERIFIED;
    k->crypto->sha256(hash, document);
    if (!k->crypto->p256_verify(signer->public_key.p, hash, signature.p))
        return attest_refuse(k->e, bad_signature, "not by the signer, or not over this text");
    return ATTEST_VERIFIED;
}

static enum attest_class take_tcb_info(struct judge *k, struct attest_endorsements *out,
                                       struct bytes document, struct bytes signature, struct bytes chain)
{
    enum attest_class c = check_document(k, &out->tcb_signer, document, signature, chain,
                                         ATTEST_TCB_INFO_CHAIN, ATTEST_TCB_INFO_SIGNATURE);
    return c != ATTEST_VERIFIED ? c : tcb_info_read(&out->tcb_info, k->arena, document, k->e);
}

static enum attest_class take_qe_identity(struct judge *k, struct attest_endorsements *out,
                                          struct bytes document, struct bytes signature, struct bytes chain)
{
    enum attest_class c = check_document(k, &out->qe_signer, document, signature, chain,
                                         ATTEST_QE_IDENTITY_CHAIN, ATTEST_QE_IDENTITY_SIGNATURE);
    return c != ATTEST_VERIFIED ? c : qe_identity_read(&out->qe_identity, k->arena, document, k->e);
}

static enum attest_class read_list(struct judge *k, struct crl *out, struct bytes der)
{
    struct err why;

    if (der.len == 0)
        return attest_refuse(k->e, ATTEST_CRL_MISSING, "root CA list, list of the PCK authority");
    if (crl_read(out, der, &why) != ERR_OK)
        return attest_refuse(k->e, ATTEST_CRL_FORMAT, why.msg);
    return ATTEST_VERIFIED;
}

/* The list of a root itself, of either vendor. */
static enum attest_class take_root_list(struct judge *k, struct crl *out, struct bytes der)
{
    enum attest_class c = read_list(k, out, der);

    if (c == ATTEST_VERIFIED && by_root(k, out->issuer, out->tbs, &out->signature) != CHAIN_ROOT_SIGNED)
        return attest_refuse(k->e, ATTEST_CRL_SIGNATURE, "the root's list is not by the pinned root");
    return c;
}

static enum attest_class take_pck_issuer(struct judge *k, struct attest_endorsements *out, struct bytes chain)
{
    if (chain.len == 0)
        return attest_refuse(k->e, ATTEST_COLLATERAL_MISSING, "the issuer chain of the PCK list");
    return read_signer(k, &out->pck_crl_issuer, chain, ATTEST_PCK_CHAIN_UNTRUSTED);
}

/* The list of the authority that was taken before. */
static enum attest_class take_pck_list(struct judge *k, struct attest_endorsements *out, struct bytes der)
{
    const struct x509 *ca = &out->pck_crl_issuer;
    enum attest_class c = read_list(k, &out->pck_crl, der);

    if (c != ATTEST_VERIFIED)
        return c;
    if (!x509_may_issue(ca, 0) || (ca->key_usage & X509_KU_CRL_SIGN) == 0 ||
        ca->public_key.len != X509_KEY_P256)
        return attest_refuse(k->e, ATTEST_CRL_SIGNATURE, "the issuer of the PCK list is no authority");
    if (!bytes_eq(out->pck_crl.issuer, ca->subject))
        return attest_refuse(k->e, ATTEST_CRL_SIGNATURE,
                             "the PCK list is of another authority than its chain");
    if (k->crypto != NULL && !crl_signed_by(&out->pck_crl, ca->public_key, k->crypto))
        return attest_refuse(k->e, ATTEST_CRL_SIGNATURE, "the PCK list is not by its authority");
    return ATTEST_VERIFIED;
}

static enum attest_class take_pck_issuer_and_list(struct judge *k, struct attest_endorsements *out,
                                                  struct bytes der, struct bytes chain)
{
    enum attest_class c = take_pck_issuer(k, out, chain);
    return c != ATTEST_VERIFIED ? c : take_pck_list(k, out, der);
}

static bool intel_present(const struct attest_collateral *c)
{
    return (c->pck_crl_issuer_chain.len | c->tcb_info_issuer_chain.len | c->qe_identity_issuer_chain.len |
            c->root_ca_crl.len | c->pck_crl.len | c->tcb_info.len | c->qe_identity.len |
            c->tcb_info_signature.len | c->qe_identity_signature.len) != 0;
}

static enum attest_class take_intel(struct judge *k, struct attest_endorsements *out,
                                    const struct attest_collateral *c)
{
    enum attest_class got = take_pck_issuer(k, out, c->pck_crl_issuer_chain);

    if (got == ATTEST_VERIFIED)
        got = take_tcb_info(k, out, c->tcb_info, c->tcb_info_signature, c->tcb_info_issuer_chain);
    if (got == ATTEST_VERIFIED)
        got = take_qe_identity(k, out, c->qe_identity, c->qe_identity_signature, c->qe_identity_issuer_chain);
    if (got == ATTEST_VERIFIED)
        got = take_pck_list(k, out, c->pck_crl);
    if (got == ATTEST_VERIFIED)
        got = take_root_list(k, &out->root_crl, c->root_ca_crl);
    if (got != ATTEST_VERIFIED)
        return got;
    out->intel = true;
    out->intel_root = k->root;
    out->intel_root_key = arena_dup(k->arena, root_of(k)->public_key);
    return ATTEST_VERIFIED;
}

/* --- AMD --- */

static enum attest_class read_amd_cert(struct judge *k, struct x509 *out, struct bytes der)
{
    struct err why;

    if (x509_read(out, der, &why) != ERR_OK)
        return attest_refuse(k->e, ATTEST_SNP_CHAIN_UNTRUSTED, why.msg);
    return ATTEST_VERIFIED;
}

static enum attest_class take_amd_ca(struct judge *k, struct attest_endorsements *out, struct bytes der)
{
    struct x509 *ca = &out->amd_intermediate;

    if (der.len == 0)
        return attest_refuse(k->e, ATTEST_COLLATERAL_MISSING, "the intermediate certificate, ASK or ASVK");
    enum attest_class c = read_amd_cert(k, ca, der);
    if (c != ATTEST_VERIFIED)
        return c;
    switch (cert_by_root(k, ca)) {
    case CHAIN_ROOT_SIGNED:
        break;
    case CHAIN_ROOT_SIGNED_NOT:
        return attest_refuse(k->e, ATTEST_SNP_CHAIN_SIGNATURE, "the root did not sign the intermediate");
    case CHAIN_ROOT_UNKNOWN:
        return attest_refuse(k->e, ATTEST_SNP_CHAIN_UNTRUSTED, "the intermediate is of no configured root");
    }
    enum attest_snp_product product = root_of(k)->product;
    if (x509_self_issued(ca) || !x509_may_issue(ca, 0) || ca->public_key.len != X509_KEY_RSA4096 ||
        !(vcek_issuer_named(ca, false, product) || vcek_issuer_named(ca, true, product)))
        return attest_refuse(k->e, ATTEST_SNP_CHAIN_UNTRUSTED,
                             "the intermediate is not the one of its product line");
    return ATTEST_VERIFIED;
}

static enum attest_class take_amd_leaf(struct judge *k, struct attest_endorsements *out, struct bytes der)
{
    const struct x509 *ca = &out->amd_intermediate;
    enum attest_class c = read_amd_cert(k, &out->amd_leaf, der);

    if (c != ATTEST_VERIFIED)
        return c;
    if (!bytes_eq(out->amd_leaf.issuer, ca->subject) || out->amd_leaf.ca)
        return attest_refuse(k->e, ATTEST_SNP_CHAIN_UNTRUSTED, "the leaf is not of this intermediate");
    if (!x509_signed_by(&out->amd_leaf, ca->public_key, k->crypto))
        return attest_refuse(k->e, ATTEST_SNP_CHAIN_SIGNATURE, "the intermediate did not sign the leaf");
    out->has_amd_leaf = true;
    return ATTEST_VERIFIED;
}

static enum attest_class take_amd(struct judge *k, struct attest_endorsements *out,
                                  const struct attest_collateral *c)
{
    enum attest_class got = take_amd_ca(k, out, c->snp_intermediate);

    if (got == ATTEST_VERIFIED && c->snp_leaf.len > 0)
        got = take_amd_leaf(k, out, c->snp_leaf);
    if (got == ATTEST_VERIFIED && c->snp_crl.len > 0) {
        got = take_root_list(k, &out->amd_crl, c->snp_crl);
        out->has_amd_crl = true;
    }
    out->amd = true;
    if (got != ATTEST_VERIFIED)
        return got;
    out->amd_root = k->root;
    out->amd_root_key = arena_dup(k->arena, root_of(k)->public_key);
    return ATTEST_VERIFIED;
}

enum attest_class attest_endorse(const struct attest_endorsements **out, struct arena *a,
                                 const struct attest_collateral *c, const struct attest_policy *policy,
                                 const struct attest_primitives *crypto, struct err *e)
{
    struct attest_endorsements *endorsed = arena_new(a, struct attest_endorsements);
    struct judge k = {.arena = a, .policy = policy, .crypto = crypto, .vendor = ATTEST_INTEL, .e = e};
    enum attest_class got = ATTEST_VERIFIED;

    endorsed->pck_chain = c->pck_chain;
    if (intel_present(c))
        got = take_intel(&k, endorsed, c);
    if (got == ATTEST_VERIFIED && (c->snp_leaf.len | c->snp_intermediate.len | c->snp_crl.len) != 0) {
        k.vendor = ATTEST_AMD;
        k.has_root = false;
        got = take_amd(&k, endorsed, c);
    }
    if (got == ATTEST_VERIFIED)
        *out = endorsed;
    return got;
}

/* --- one piece at a time --- */

static enum attest_vendor vendor_of(enum attest_piece_kind kind)
{
    return kind == ATTEST_PIECE_AMD_CA || kind == ATTEST_PIECE_AMD_CRL ? ATTEST_AMD : ATTEST_INTEL;
}

/* What a kind has no use for must not be there: stores keep pieces byte for byte. */
static bool well_shaped(const struct attest_piece *p)
{
    bool document = p->kind == ATTEST_PIECE_TCB_INFO || p->kind == ATTEST_PIECE_QE_IDENTITY;
    bool chain = document || p->kind == ATTEST_PIECE_PCK_CRL;
    return (uint32_t)p->kind <= ATTEST_PIECE_AMD_CRL && (document || p->signature.len == 0) &&
           (chain || p->issuer_chain.len == 0);
}

static enum attest_class take_piece(struct judge *k, struct attest_endorsements *out,
                                    const struct attest_piece *p)
{
    enum attest_class c;

    if (!well_shaped(p) || vendor_of(p->kind) != k->vendor)
        return attest_refuse(k->e, ATTEST_FORMAT, "unknown kind of piece, or parts that this kind has not");
    switch (p->kind) {
    case ATTEST_PIECE_TCB_INFO:
        return take_tcb_info(k, out, p->document, p->signature, p->issuer_chain);
    case ATTEST_PIECE_QE_IDENTITY:
        return take_qe_identity(k, out, p->document, p->signature, p->issuer_chain);
    case ATTEST_PIECE_ROOT_CRL:
        return take_root_list(k, &out->root_crl, p->document);
    case ATTEST_PIECE_PCK_CRL:
        return take_pck_issuer_and_list(k, out, p->document, p->issuer_chain);
    case ATTEST_PIECE_AMD_CA:
        return take_amd_ca(k, out, p->document);
    case ATTEST_PIECE_AMD_CRL:
        c = take_root_list(k, &out->amd_crl, p->document);
        out->has_amd_crl = c == ATTEST_VERIFIED;
        return c;
    }
    UNREACHABLE();
}

/* Narrows the facts by one validity. */
static enum attest_class within(struct judge *k, struct attest_piece_facts *facts, uint64_t now,
                                uint64_t from, uint64_t until, enum attest_class early,
                                enum attest_class late)
{
    if (now < from)
        return attest_refuse(k->e, early, "the piece, or a certificate behind it");
    if (now > until)
        return attest_refuse(k->e, late, "the piece, or a certificate behind it");
    facts->issued = from > facts->issued ? from : facts->issued;
    facts->valid_until = until < facts->valid_until ? until : facts->valid_until;
    return ATTEST_VERIFIED;
}

static enum attest_class cert_within(struct judge *k, struct attest_piece_facts *facts, uint64_t now,
                                     uint64_t from, uint64_t until)
{
    bool amd = k->vendor == ATTEST_AMD;
    return within(k, facts, now, from, until, amd ? ATTEST_SNP_CERT_NOT_YET_VALID : ATTEST_CERT_NOT_YET_VALID,
                  amd ? ATTEST_SNP_CERT_EXPIRED : ATTEST_CERT_EXPIRED);
}

static enum attest_class signer_within(struct judge *k, struct attest_piece_facts *facts, uint64_t now,
                                       const struct x509 *signer)
{
    return cert_within(k, facts, now, signer->not_before, signer->not_after);
}

static enum attest_class list_within(struct judge *k, struct attest_piece_facts *facts, uint64_t now,
                                     const struct crl *list)
{
    return within(k, facts, now, list->this_update, list->next_update, ATTEST_CRL_NOT_YET_VALID,
                  ATTEST_CRL_EXPIRED);
}

static enum attest_class check_times(struct judge *k, struct attest_piece_facts *facts, uint64_t now,
                                     enum attest_piece_kind kind, const struct attest_endorsements *en)
{
    enum attest_class c = cert_within(k, facts, now, root_of(k)->not_before, root_of(k)->not_after);

    if (c != ATTEST_VERIFIED)
        return c;
    switch (kind) {
    case ATTEST_PIECE_TCB_INFO:
        c = signer_within(k, facts, now, &en->tcb_signer);
        return c != ATTEST_VERIFIED ? c
                                    : within(k, facts, now, en->tcb_info.issued, en->tcb_info.next_update,
                                             ATTEST_TCB_INFO_NOT_YET_VALID, ATTEST_TCB_INFO_EXPIRED);
    case ATTEST_PIECE_QE_IDENTITY:
        c = signer_within(k, facts, now, &en->qe_signer);
        return c != ATTEST_VERIFIED
                   ? c
                   : within(k, facts, now, en->qe_identity.issued, en->qe_identity.next_update,
                            ATTEST_QE_IDENTITY_NOT_YET_VALID, ATTEST_QE_IDENTITY_EXPIRED);
    case ATTEST_PIECE_ROOT_CRL:
        return list_within(k, facts, now, &en->root_crl);
    case ATTEST_PIECE_PCK_CRL:
        c = signer_within(k, facts, now, &en->pck_crl_issuer);
        return c != ATTEST_VERIFIED ? c : list_within(k, facts, now, &en->pck_crl);
    case ATTEST_PIECE_AMD_CA:
        return signer_within(k, facts, now, &en->amd_intermediate);
    case ATTEST_PIECE_AMD_CRL:
        return list_within(k, facts, now, &en->amd_crl);
    }
    UNREACHABLE();
}

/* What a store finds the piece by. */
static void name_piece(struct attest_piece_facts *facts, const struct judge *k, enum attest_piece_kind kind,
                       const struct attest_endorsements *en)
{
    struct writer key = writer_fixed(facts->key, sizeof facts->key);
    uint8_t hash[32];

    switch (kind) {
    case ATTEST_PIECE_TCB_INFO:
        put_u8(&key, en->tcb_info.tdx ? 1 : 0);
        put_mem(&key, en->tcb_info.fmspc, sizeof en->tcb_info.fmspc);
        facts->evaluation = en->tcb_info.evaluation;
        break;
    case ATTEST_PIECE_QE_IDENTITY:
        put_u8(&key, en->qe_identity.tdx ? 1 : 0);
        facts->evaluation = en->qe_identity.evaluation;
        break;
    case ATTEST_PIECE_ROOT_CRL:
        break; /* one for each root */
    case ATTEST_PIECE_PCK_CRL:
        k->crypto->sha256(hash, en->pck_crl.issuer);
        put_mem(&key, hash, 16);
        break;
    case ATTEST_PIECE_AMD_CA:
        put_u8(&key, (uint8_t)root_of(k)->product);
        put_u8(&key, vcek_issuer_named(&en->amd_intermediate, true, root_of(k)->product) ? 1 : 0);
        break;
    case ATTEST_PIECE_AMD_CRL:
        put_u8(&key, (uint8_t)root_of(k)->product);
        break;
    }
    facts->key_len = (uint8_t)key.len;
}

enum attest_class attest_piece_accept(struct attest_piece_facts *out, struct arena *scratch,
                                      const struct attest_piece *p, uint64_t now,
                                      const struct attest_policy *policy,
                                      const struct attest_primitives *crypto, struct err *e)
{
    struct attest_endorsements *en = arena_new(scratch, struct attest_endorsements);
    struct attest_piece_facts facts = {.valid_until = UINT64_MAX};
    struct judge k = {
        .arena = scratch, .policy = policy, .crypto = crypto, .vendor = vendor_of(p->kind), .e = e};
    enum attest_class c = take_piece(&k, en, p);

    if (c == ATTEST_VERIFIED)
        c = check_times(&k, &facts, now, p->kind, en);
    if (c != ATTEST_VERIFIED)
        return c;
    facts.root_index = k.root;
    name_piece(&facts, &k, p->kind, en);
    *out = facts;
    return ATTEST_VERIFIED;
}

enum attest_class attest_endorse_accepted(const struct attest_endorsements **out, struct arena *a,
                                          const struct attest_piece *pieces, uint32_t count,
                                          uint32_t root_index, const struct attest_policy *policy,
                                          struct err *e)
{
    const uint32_t lists = 1u << ATTEST_PIECE_ROOT_CRL | 1u << ATTEST_PIECE_PCK_CRL;
    const uint32_t documents = 1u << ATTEST_PIECE_TCB_INFO | 1u << ATTEST_PIECE_QE_IDENTITY;
    struct attest_endorsements *en = arena_new(a, struct attest_endorsements);
    struct judge k = {.arena = a, .policy = policy, .has_root = true, .root = root_index, .e = e};
    uint32_t seen = 0;

    if (root_index >= policy->root_count)
        return attest_refuse(e, ATTEST_TRUST_ROOT_NOT_ALLOWED, "the policy has no such root");
    k.vendor = root_of(&k)->vendor;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t bit = (uint32_t)pieces[i].kind <= ATTEST_PIECE_AMD_CRL ? 1u << pieces[i].kind : 0;
        if ((seen & bit) != 0)
            return attest_refuse(e, ATTEST_FORMAT, "two pieces of one kind");
        enum attest_class c = take_piece(&k, en, &pieces[i]);
        if (c != ATTEST_VERIFIED)
            return c;
        seen |= bit;
    }
    if (k.vendor == ATTEST_INTEL && (seen & lists) != lists)
        return attest_refuse(e, ATTEST_CRL_MISSING, "root CA list, list of the PCK authority");
    if (k.vendor == ATTEST_INTEL ? (seen & documents) != documents : (seen & 1u << ATTEST_PIECE_AMD_CA) == 0)
        return attest_refuse(e, ATTEST_COLLATERAL_MISSING, "TCB info, QE identity, or AMD's intermediate");
    en->intel = k.vendor == ATTEST_INTEL;
    en->amd = !en->intel;
    en->intel_root = en->intel ? root_index : 0;
    en->intel_root_key = en->intel ? arena_dup(a, root_of(&k)->public_key) : BYTES_EMPTY;
    en->amd_root = en->amd ? root_index : 0;
    en->amd_root_key = en->amd ? arena_dup(a, root_of(&k)->public_key) : BYTES_EMPTY;
    *out = en;
    return ATTEST_VERIFIED;
}
