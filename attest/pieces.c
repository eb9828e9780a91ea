#include "attest/collateral.h"

uint32_t attest_collateral_pieces(struct attest_piece out[ATTEST_PIECES_MAX],
                                  const struct attest_collateral *c)
{
    /* Lists first: who may have been revoked is known before what was signed. */
    const struct attest_piece all[ATTEST_PIECES_MAX] = {
        {.kind = ATTEST_PIECE_ROOT_CRL, .document = c->root_ca_crl},
        {.kind = ATTEST_PIECE_PCK_CRL, .document = c->pck_crl, .issuer_chain = c->pck_crl_issuer_chain},
        {.kind = ATTEST_PIECE_TCB_INFO,
         .document = c->tcb_info,
         .signature = c->tcb_info_signature,
         .issuer_chain = c->tcb_info_issuer_chain},
        {.kind = ATTEST_PIECE_QE_IDENTITY,
         .document = c->qe_identity,
         .signature = c->qe_identity_signature,
         .issuer_chain = c->qe_identity_issuer_chain},
        {.kind = ATTEST_PIECE_AMD_CA, .document = c->snp_intermediate},
        {.kind = ATTEST_PIECE_AMD_CRL, .document = c->snp_crl},
    };
    uint32_t n = 0;

    for (size_t i = 0; i < ATTEST_PIECES_MAX; i++) {
        if (all[i].document.len > 0)
            out[n++] = all[i];
    }
    return n;
}

static void join(struct attest_collateral *c, const struct attest_piece *p)
{
    switch (p->kind) {
    case ATTEST_PIECE_TCB_INFO:
        c->tcb_info = p->document;
        c->tcb_info_signature = p->signature;
        c->tcb_info_issuer_chain = p->issuer_chain;
        break;
    case ATTEST_PIECE_QE_IDENTITY:
        c->qe_identity = p->document;
        c->qe_identity_signature = p->signature;
        c->qe_identity_issuer_chain = p->issuer_chain;
        break;
    case ATTEST_PIECE_ROOT_CRL:
        c->root_ca_crl = p->document;
        break;
    case ATTEST_PIECE_PCK_CRL:
        c->pck_crl = p->document;
        c->pck_crl_issuer_chain = p->issuer_chain;
        break;
    case ATTEST_PIECE_AMD_CA:
        c->snp_intermediate = p->document;
        break;
    case ATTEST_PIECE_AMD_CRL:
        c->snp_crl = p->document;
        break;
    }
}

void attest_collateral_join(struct attest_collateral *out, const struct attest_piece *pieces, uint32_t count)
{
    *out = (struct attest_collateral){0};
    for (uint32_t i = 0; i < count; i++)
        join(out, &pieces[i]);
}
