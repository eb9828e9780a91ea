/* attest/verdict.h — the one list of answers a verification can end in.
 *
 * Names are those of the failure classes of the public test vectors (tests/vectors/attestation), so that
 * every refusal can be compared with what other verifiers say. Classes about collateral (TCB information, QE
 * identity, revocation lists) are not here yet: nothing evaluates collateral, and a class nobody can return
 * would claim that something does. */
#ifndef ATTEST_VERDICT_H
#define ATTEST_VERDICT_H

#include "base/err.h"

#define ATTEST_CLASSES(X)                                                                \
    X(VERIFIED, "verified")                                                              \
    X(FORMAT, "the evidence is not well formed")                                         \
    X(UNSUPPORTED_VERSION, "this quote version is not supported")                        \
    X(UNSUPPORTED_TEE_TYPE, "this kind of TEE is not supported")                         \
    X(UNSUPPORTED_KEY_TYPE, "this kind of attestation key is not supported")             \
    X(UNKNOWN_QE_VENDOR, "the quoting enclave is of an unknown vendor")                  \
    X(UNSUPPORTED_CERT_DATA, "the certification data is not a certificate chain")        \
    X(PCK_CHAIN_UNTRUSTED, "the certificate chain ends in no configured root")           \
    X(PCK_CHAIN_SIGNATURE, "a signature of the certificate chain is wrong")              \
    X(CERT_EXPIRED, "a certificate has expired")                                         \
    X(CERT_NOT_YET_VALID, "a certificate is not yet valid")                              \
    X(QE_REPORT_SIGNATURE, "the quoting enclave's report is not signed by the platform") \
    X(QE_REPORT_DATA, "the attestation key is not the quoting enclave's")                \
    X(QE_IDENTITY_MISMATCH, "the quoting enclave runs in debug mode")                    \
    X(QUOTE_SIGNATURE, "the quote's signature is wrong")                                 \
    X(TRUST_ROOT_NOT_ALLOWED, "the policy does not allow development roots")             \
    X(DEBUG_NOT_ALLOWED, "debug enclaves are refused")                                   \
    X(MEASUREMENT_MISMATCH, "the measurement is not on the allow-list")                  \
    X(REPORT_DATA_MISMATCH, "the evidence is bound to something else")                   \
    X(RATLS_NO_EVIDENCE, "the certificate does not carry exactly one piece of evidence") \
    X(RATLS_EVIDENCE_FORMAT, "the certificate's evidence is not well formed")            \
    X(RATLS_CERT_SIGNATURE, "the certificate is not signed with its own key")            \
    X(RATLS_KEY_BINDING, "the claims are about another key")                             \
    X(RATLS_CLAIMS_BINDING, "the evidence is about other claims")

enum attest_class {
#define X(name, text) ATTEST_##name,
    ATTEST_CLASSES(X)
#undef X
};

/* "QUOTE_SIGNATURE" and the like; never NULL. */
const char *attest_class_name(enum attest_class c);
/* The sentence of the list above. */
const char *attest_class_text(enum attest_class c);

/* Fills `e` with "CLASS: why" and yields the class: how a verifier refuses. */
enum attest_class attest_refuse(struct err *e, enum attest_class c, const char *why);

#endif /* ATTEST_VERDICT_H */
