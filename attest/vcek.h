/* attest/vcek.h — what AMD's VCEK and VLEK certificates say about chip and firmware.
 *
 * Extensions under 1.3.6.1.4.1.3704.1; each may be absent here, the caller knows which it needs. Views point
 * into the certificate. Pure. Layout: docs/formats/snp-report.md "Leaf certificates". */
#ifndef ATTEST_VCEK_H
#define ATTEST_VCEK_H

#include "attest/claims.h"
#include "attest/x509.h"

/* Last arc of the object id of a firmware part's version. */
enum {
    VCEK_SPL_BOOT_LOADER = 1,
    VCEK_SPL_TEE = 2,
    VCEK_SPL_SNP = 3,
    VCEK_SPL_MICROCODE = 8,
    VCEK_SPL_FMC = 9,
    VCEK_SPLS = 10,
};

struct vcek {
    bool has_spl[VCEK_SPLS];
    uint8_t spl[VCEK_SPLS];
    struct bytes product; /* "Milan-B0"; empty without one */
    struct bytes hwid;    /* 64 bytes, of Turin 8; empty without one */
    struct bytes csp_id;  /* of a VLEK: the provider's name */
};

/* ERR_MALFORMED for an extension that is there and is not of its form. */
FALLIBLE vcek_read(struct vcek *out, const struct x509 *cert, struct err *e);

/* Is `name` this product line, alone ("Milan") or with a stepping ("Milan-B0")? */
bool vcek_product_is(struct bytes name, enum attest_snp_product product);

/* Is this the intermediate of the product line by its name? "SEV-Milan" (ASK) issues VCEKs, "SEV-VLEK-Milan"
 * (ASVK) VLEKs; other makers' names may stand before it. */
bool vcek_issuer_named(const struct x509 *cert, bool vlek, enum attest_snp_product product);

/* The TCB version, in a report's layout, for which the certificate was issued. False when it lacks a part. */
MUST_USE bool vcek_tcb(uint8_t out[8], const struct vcek *v, enum attest_snp_product product);

#endif /* ATTEST_VCEK_H */
