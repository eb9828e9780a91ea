/* attest/collateral.h — what the vendors say about platforms: TCB information, QE identity, revocation lists,
 * intermediate certificates. Judged once, used often.
 *
 * `attest_collateral` is what came from outside: parts may be empty, nothing is believed. attest_endorse
 * checks every signature up to a pinned root of the policy, reads the documents and yields endorsements: an
 * opaque value in the caller's arena that views the collateral's bytes (both must outlive it). Time plays no
 * part in that step; validity, revocation and freshness are judged with each use, in attest_verify. So
 * endorsements can be kept: verifying a quote with them costs three signatures instead of nine.
 *
 *     const struct attest_endorsements *endorsed;
 *     if (attest_endorse(&endorsed, arena, &collateral, &policy, &attest_openssl, e) != ATTEST_VERIFIED) ...
 *
 * Nothing is fetched. Pure; endorsements are read-only afterwards and may be shared between threads. */
#ifndef ATTEST_COLLATERAL_H
#define ATTEST_COLLATERAL_H

#include "attest/policy.h"
#include "attest/primitives.h"
#include "base/arena.h"

struct attest_collateral {
    /* Intel; chains are PEM, signer first */
    struct bytes pck_chain; /* only for quotes that carry none */
    struct bytes pck_crl_issuer_chain, tcb_info_issuer_chain, qe_identity_issuer_chain;
    struct bytes root_ca_crl, pck_crl;                      /* DER */
    struct bytes tcb_info, qe_identity;                     /* the exact signed JSON text */
    struct bytes tcb_info_signature, qe_identity_signature; /* 64 bytes, r ‖ s */
    /* AMD; DER */
    struct bytes snp_leaf, snp_intermediate, snp_crl;
};

struct attest_endorsements;

/* What an arena must be able to give for one call of the functions below, whatever the input. */
enum { ATTEST_ENDORSE_ARENA = 2 << 20 };

/* Judges the Intel part when it is not empty and the AMD part when it is not empty; an empty part leaves
 * evidence of that vendor without collateral (COLLATERAL_MISSING, CRL_MISSING when it is used). A part that
 * is there must be good: its refusal is the answer. `pck_chain` is of the evidence, not of the Intel part:
 * handed through. snp_leaf and snp_crl may be missing: the one may come with the evidence, the other is asked
 * for when it is used. */
MUST_USE enum attest_class attest_endorse(const struct attest_endorsements **out, struct arena *a,
                                          const struct attest_collateral *c,
                                          const struct attest_policy *policy,
                                          const struct attest_primitives *crypto, struct err *e);

/* --- one piece at a time: collateral as chain state ---
 *
 * attest_piece_accept checks one piece by itself against the roots and yields what a store keys and orders it
 * by. Pieces that passed, kept unchanged in trusted storage, are joined by attest_endorse_accepted, which
 * reads them again but checks no signature. Never call that with bytes from outside. */
enum attest_piece_kind { /* consensus: never renumber */
                         ATTEST_PIECE_TCB_INFO = 0,
                         ATTEST_PIECE_QE_IDENTITY = 1,
                         ATTEST_PIECE_ROOT_CRL = 2, /* Intel's root CA CRL */
                         ATTEST_PIECE_PCK_CRL = 3,
                         ATTEST_PIECE_AMD_CA = 4, /* ASK or ASVK */
                         ATTEST_PIECE_AMD_CRL = 5,
};
struct attest_piece {
    enum attest_piece_kind kind;
    struct bytes document;     /* JSON text or DER */
    struct bytes signature;    /* 64 bytes for TCB info and QE identity, else empty */
    struct bytes issuer_chain; /* PEM for TCB info, QE identity and PCK CRL, else empty */
};
enum { ATTEST_PIECES_MAX = 6 };
/* The pieces of a set that are there, in the order in which a store takes them best; views. Leaf certificates
 * are no pieces: they come with the evidence. */
uint32_t attest_collateral_pieces(struct attest_piece out[ATTEST_PIECES_MAX],
                                  const struct attest_collateral *c);

/* The other way: the set that the pieces make, views. Of two of a kind the later counts. */
void attest_collateral_join(struct attest_collateral *out, const struct attest_piece *pieces, uint32_t count);

struct attest_piece_facts {
    uint32_t root_index;
    uint8_t key[16]; /* root CRL: empty; TCB info: TEE u8 (0 SGX, 1 TDX) ‖ FMSPC; QE identity: TEE; PCK CRL:
                        first 16 bytes of SHA-256 of the issuer's name; AMD CA: product ‖ 0 ASK, 1 ASVK; AMD
                        CRL: product */
    uint8_t key_len;
    uint64_t issued, valid_until; /* validity of the piece and of the certificates behind it */
    uint32_t evaluation;          /* TCB info, QE identity */
};
/* A store gains little by what renews one of its pieces sooner, with the same evaluation number. */
enum { ATTEST_PIECE_RENEWAL_S = 86400 };

/* `now` must lie within the piece's validity and that of the certificates behind it (…_EXPIRED,
 * …_NOT_YET_VALID). Whether those were revoked is judged with each use, by the lists of that day. */
MUST_USE enum attest_class attest_piece_accept(struct attest_piece_facts *out, struct arena *scratch,
                                               const struct attest_piece *p, uint64_t now,
                                               const struct attest_policy *policy,
                                               const struct attest_primitives *crypto, struct err *e);
/* At most one piece of each kind, all of the vendor of that root of the policy. Intel's set is four pieces,
 * AMD's one or two. */
MUST_USE enum attest_class attest_endorse_accepted(const struct attest_endorsements **out, struct arena *a,
                                                   const struct attest_piece *pieces, uint32_t count,
                                                   uint32_t root_index, const struct attest_policy *policy,
                                                   struct err *e);

#endif /* ATTEST_COLLATERAL_H */
