/* tee/evidence_file.h — evidence as people have it: in files, in text, in certificates, in JSON.
 *
 *     bytes ─► text? ─► JSON member | PEM block | hex | base64 ─► bytes ─► certificate | Azure | Open Enclave
 *                                                                          | quote or report
 *
 * One layer of text at most inside another (a string of a JSON object), one envelope of bytes. What is
 * unwrapped is not verified: that is attest_verify's work. Forms: docs/verify.md "What can be verified". */
#ifndef TEE_EVIDENCE_FILE_H
#define TEE_EVIDENCE_FILE_H

#include "attest/appraise.h"
#include "base/arena.h"

enum { EVIDENCE_FILE_MAX = 2 << 20, EVIDENCE_LAYERS_MAX = 4 };

struct evidence_file {
    struct bytes evidence;    /* the quote or report (behind a report perhaps AMD's certificate table). Of a
                                 certificate: the quote inside it, empty when it carries none that is readable */
    enum attest_form form;    /* never ATTEST_FORM_DETECT; only the first bytes were looked at */
    struct bytes certificate; /* DER, when the evidence is a certificate's: judge it by attest_ratls_verify */
    struct bytes paravisor;   /* the whole blob, when the report came in one (attest/hcl.h) ... */
    struct bytes runtime;     /* ... and its runtime data, whose SHA-256 is the report's data */
    bool has_collateral;      /* a JSON object that carries collateral of its own */
    struct attest_collateral collateral;
    const char *layers[EVIDENCE_LAYERS_MAX]; /* what was unwrapped, outermost first, for people */
    uint32_t layer_count;
};

/* Views into `in` and the arena. FORMAT for text or bytes of no known form and what is too long; what
 * hcl_read refuses; VERIFIED for "unwrapped". */
MUST_USE enum attest_class evidence_file_read(struct evidence_file *out, struct arena *a, struct bytes in,
                                              struct err *e);

/* All certificates of a file: one in DER or any number of PEM blocks, at most `max`. ERR_MALFORMED,
 * ERR_LIMIT. */
FALLIBLE evidence_certificates(struct bytes *out, uint32_t *count, uint32_t max, struct arena *a,
                               struct bytes in, struct err *e);

#endif /* TEE_EVIDENCE_FILE_H */
