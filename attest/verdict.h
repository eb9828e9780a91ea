/* attest/verdict.h — the one list of answers a verification can end in.
 *
 * Names are those of the failure classes of the public test vectors (tests/vectors/attestation), so that
 * every refusal can be compared with what other verifiers say, and a few of this project's policies. Each has
 * what it means and what an operator should do. The order is no promise: names are what is shown and stored.
 */
#ifndef ATTEST_VERDICT_H
#define ATTEST_VERDICT_H

#include "base/err.h"

#define ATTEST_CLASSES(X)                                                                                 \
    X(VERIFIED, "verified", "nothing to do")                                                              \
    X(FORMAT, "the evidence is not well formed",                                                          \
      "send the evidence as the platform made it; it was cut, padded or altered on the way")              \
    X(UNSUPPORTED_VERSION, "this quote version is not supported",                                         \
      "make quotes of version 3 (SGX), 4 or 5; update this verifier if the platform is newer")            \
    X(UNSUPPORTED_TEE_TYPE, "this kind of TEE is not supported",                                          \
      "only SGX and TDX quotes and SEV-SNP reports are judged")                                           \
    X(UNSUPPORTED_KEY_TYPE, "this kind of attestation key is not supported",                              \
      "configure the quoting service for ECDSA P-256 (DCAP), not EPID")                                   \
    X(UNKNOWN_QE_VENDOR, "the quoting enclave is of an unknown vendor", "use Intel's quoting enclave")    \
    X(UNSUPPORTED_CERT_DATA, "the quote names its certificate in a form that is not supported",           \
      "configure the quote provider to embed the PCK certificate chain (type 5), or give the chain with " \
      "the collateral")                                                                                   \
    X(PCK_CHAIN_UNTRUSTED, "the certificate chain ends in no configured root",                            \
      "pre-production hardware, a simulator, or a forgery: check which root the platform has")            \
    X(PCK_CHAIN_SIGNATURE, "a signature of the certificate chain is wrong",                               \
      "the chain was altered; fetch the PCK certificate anew")                                            \
    X(CERT_EXPIRED, "a certificate has expired",                                                          \
      "fetch a new PCK certificate and new collateral, or check the clock")                               \
    X(CERT_NOT_YET_VALID, "a certificate is not yet valid", "check the clock")                            \
    X(CERT_REVOKED, "a certificate was revoked",                                                          \
      "the platform or an authority is compromised: replace the machine")                                 \
    X(CRL_MISSING, "a revocation list is missing",                                                        \
      "give the root CA list and the list of the authority that issued the certificate")                  \
    X(CRL_FORMAT, "a revocation list is not well formed",                                                 \
      "give lists as DER; some caches store PEM, hex text or a trailing zero")                            \
    X(CRL_SIGNATURE, "a revocation list is not signed by its authority", "fetch the lists anew")          \
    X(CRL_EXPIRED, "a revocation list is out of date", "fetch new collateral")                            \
    X(CRL_NOT_YET_VALID, "a revocation list is from the future", "check the clock")                       \
    X(TCB_INFO_CHAIN, "the signer of the TCB information is not trusted",                                 \
      "fetch new collateral with its issuer chain")                                                       \
    X(TCB_INFO_SIGNATURE, "the signature of the TCB information is wrong",                                \
      "keep the signed text byte for byte as the service sent it")                                        \
    X(TCB_INFO_FORMAT, "the TCB information is not well formed",                                          \
      "fetch it anew; update this verifier if the format is newer")                                       \
    X(TCB_INFO_EXPIRED, "the TCB information is out of date", "fetch new collateral")                     \
    X(TCB_INFO_NOT_YET_VALID, "the TCB information is from the future", "check the clock")                \
    X(TCB_INFO_MISMATCH, "the TCB information is about another platform",                                 \
      "fetch it for the FMSPC and the kind of TEE of this evidence")                                      \
    X(QE_IDENTITY_CHAIN, "the signer of the QE identity is not trusted",                                  \
      "fetch new collateral with its issuer chain")                                                       \
    X(QE_IDENTITY_SIGNATURE, "the signature of the QE identity is wrong",                                 \
      "keep the signed text byte for byte as the service sent it")                                        \
    X(QE_IDENTITY_FORMAT, "the QE identity is not well formed",                                           \
      "fetch it anew; update this verifier if the format is newer")                                       \
    X(QE_IDENTITY_EXPIRED, "the QE identity is out of date", "fetch new collateral")                      \
    X(QE_IDENTITY_NOT_YET_VALID, "the QE identity is from the future", "check the clock")                 \
    X(QE_IDENTITY_MISMATCH, "the quoting enclave is not the one its vendor describes",                    \
      "install the vendor's current quoting enclave; never accept this evidence")                         \
    X(QE_REPORT_SIGNATURE, "the quoting enclave's report is not signed by the platform",                  \
      "the evidence was altered or assembled from parts")                                                 \
    X(QE_REPORT_DATA, "the attestation key is not the quoting enclave's",                                 \
      "somebody signed with a key of their own: a forgery")                                               \
    X(QUOTE_SIGNATURE, "the quote's signature is wrong", "the evidence was altered after it was signed")  \
    X(TDX_MODULE_MISMATCH, "the TDX module is not the one its vendor describes",                          \
      "update the TDX module, fetch new collateral")                                                      \
    X(TCB_NOT_SUPPORTED, "no TCB level fits the platform",                                                \
      "update firmware and microcode; the platform is older than every level known")                      \
    X(COLLATERAL_MISSING, "collateral is missing",                                                        \
      "give TCB information, QE identity and revocation lists, of AMD the VCEK and what issued it, or "   \
      "let them be fetched")                                                                              \
    X(COLLATERAL_TOO_OLD, "the collateral is older than the policy allows", "fetch new collateral")       \
    X(TCB_STATUS_NOT_ALLOWED, "the policy does not allow this TCB status",                                \
      "apply the vendor's updates named in the advisories and restart the workload")                      \
    X(ADVISORY_NOT_ALLOWED, "an open advisory is not on the accepted list",                               \
      "harden the software as the advisory says, then accept it in the policy")                           \
    X(DEBUG_NOT_ALLOWED, "debug evidence is refused", "build and launch without debug")                   \
    X(REPORT_DATA_MISMATCH, "the evidence is bound to something else",                                    \
      "make evidence for this purpose, key and nonce; it may be a replay")                                \
    X(MEASUREMENT_MISMATCH, "the measurement is not on the allow-list",                                   \
      "deploy the released image, or allow the new measurement")                                          \
    X(TRUST_ROOT_NOT_ALLOWED, "the policy does not allow development roots",                              \
      "SIMULATED evidence: only development chains accept it")                                            \
    X(PLATFORM_NOT_ALLOWED, "the policy does not list this machine",                                      \
      "run on a listed machine, or list its platform or chip id")                                         \
    X(TD_ATTRIBUTES_NOT_ALLOWED, "the TD has attributes the policy refuses",                              \
      "launch the TD without migration or performance monitoring and with #VE disabled")                  \
    X(SERVICE_TD_NOT_ALLOWED, "a service TD has power over the TD",                                       \
      "launch the TD without a migration or service TD, or allow it in the policy")                       \
    X(SNP_FORMAT, "the report is not well formed", "send the 1,184 bytes as the firmware made them")      \
    X(SNP_UNSUPPORTED_VERSION, "this report version is not supported", "update this verifier")            \
    X(SNP_SIG_ALGO, "the report is not signed with ECDSA P-384", "update this verifier or the firmware")  \
    X(SNP_CHAIN_UNTRUSTED, "the certificate chain ends in no configured root",                            \
      "give the intermediate of the product line that made the report")                                   \
    X(SNP_CHAIN_SIGNATURE, "a signature of the certificate chain is wrong",                               \
      "fetch the VCEK and its chain anew")                                                                \
    X(SNP_CERT_EXPIRED, "a certificate has expired", "fetch the VCEK anew, or check the clock")           \
    X(SNP_CERT_NOT_YET_VALID, "a certificate is not yet valid", "check the clock")                        \
    X(SNP_REPORT_SIGNATURE, "the report's signature is wrong",                                            \
      "the report was altered, or the VCEK is of another chip or TCB")                                    \
    X(SNP_TCB_MISMATCH, "the certificate is for another TCB than the report",                             \
      "fetch the VCEK for the REPORTED_TCB of the report")                                                \
    X(SNP_CHIP_ID_MISMATCH, "the certificate is of another chip",                                         \
      "fetch the VCEK for the CHIP_ID of the report")                                                     \
    X(SNP_NOT_SIGNED, "the report is not signed", "let the host unmask the chip key (MASK_CHIP_KEY)")     \
    X(SNP_SIGNING_KEY_MISMATCH, "the report is signed by another kind of key",                            \
      "give a VCEK or a VLEK as the report says")                                                         \
    X(SNP_DEBUG_POLICY, "the guest policy allows debugging", "launch the guest without the debug bit")    \
    X(SNP_POLICY_NOT_ALLOWED, "guest policy, privilege level or platform are refused by the policy",      \
      "launch the guest as the policy demands")                                                           \
    X(SNP_PRODUCT_NOT_ALLOWED, "the policy refuses this product line", "use another product line")        \
    X(RTMR_REPLAY_MISMATCH, "the event log does not lead to the registers",                               \
      "take log and quote from the same boot; never believe this log")                                    \
    X(RATLS_NO_EVIDENCE, "the certificate does not carry exactly one piece of evidence",                  \
      "connect to a worker or entry, not to something before it")                                         \
    X(RATLS_EVIDENCE_FORMAT, "the certificate's evidence is not well formed", "update the peer")          \
    X(RATLS_CERT_SIGNATURE, "the certificate is not signed with its own key", "a forgery")                \
    X(RATLS_KEY_BINDING, "the claims are about another key", "somebody stands between, or a forgery")     \
    X(RATLS_CLAIMS_BINDING, "the evidence is about other claims", "somebody stands between, or a forgery")

enum attest_class {
#define X(name, text, remedy) ATTEST_##name,
    ATTEST_CLASSES(X)
#undef X
};
enum {
    ATTEST_CLASS_COUNT = 0
#define X(name, text, remedy) +1
    ATTEST_CLASSES(X)
#undef X
};

/* "QUOTE_SIGNATURE" and the like; never NULL. */
const char *attest_class_name(enum attest_class c);
/* What it means, what to do: the sentences of the list above. */
const char *attest_class_text(enum attest_class c);
const char *attest_class_remedy(enum attest_class c);

/* Fills `e` with "CLASS: why" and yields the class: how a verifier refuses. */
enum attest_class attest_refuse(struct err *e, enum attest_class c, const char *why);

#endif /* ATTEST_VERDICT_H */
