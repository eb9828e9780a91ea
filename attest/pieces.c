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
