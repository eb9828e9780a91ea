/* attest/ratls.h — evidence inside a TLS certificate: the interoperable RA-TLS form, and two older ones for
 * reading.
 *
 * Extension 2.23.133.5.4.9 holds CBOR tag 60000 on [quote bstr, claims bstr]; claims is a CBOR map whose
 * "pubkey-hash" is a bstr with the CBOR array [1, SHA-256 of the SubjectPublicKeyInfo]; the quote's report
 * data is SHA-256(claims) ‖ 32 zero bytes. Strict: definite lengths, shortest heads, no trailing bytes, depth
 * at most 4, no duplicate keys, P-256 and P-384 keys, self-signature (over SHA-256) checked.
 *
 * Making one (io/tls.h calls back with the key it generated):
 *     attest_ratls_claims(&claims_writer, spki);
 *     attest_ratls_report_data(report_data, claims);
 *     quote = ... provider ...
 *     attest_ratls_extension(&value_writer, quote, claims); */
#ifndef ATTEST_RATLS_H
#define ATTEST_RATLS_H

#include "attest/appraise.h"
#include "base/writer.h"

enum {
    RATLS_CLAIMS_MAX = 4096,
    RATLS_CLAIMS_OWN_LEN = 51, /* of the claims this project writes */
    RATLS_EXTENSION_MAX = 24576,
};
#define RATLS_OID_TEXT "2.23.133.5.4.9"

/* CBOR of {"pubkey-hash": ...} for the DER of a SubjectPublicKeyInfo. */
void attest_ratls_claims(struct writer *w, struct bytes spki);
void attest_ratls_report_data(uint8_t out[64], struct bytes claims);
/* The extension's value (what goes inside the certificate's OCTET STRING). */
void attest_ratls_extension(struct writer *w, struct bytes quote, struct bytes claims);

struct ratls_evidence {
    struct bytes quote, claims; /* views into the extension's value */
    uint8_t pubkey_hash[32];    /* SHA-256 of the key's SubjectPublicKeyInfo, as claimed */
};
/* RATLS_EVIDENCE_FORMAT; RATLS_KEY_BINDING when the claims name no key; or VERIFIED for "well formed". */
MUST_USE enum attest_class attest_ratls_read(struct ratls_evidence *out, struct bytes value, struct err *e);

/* Which extension: chosen by the verifier's configuration, never by what a certificate happens to carry. */
enum attest_ratls_form {
    ATTEST_RATLS_INTEROPERABLE,
    /* The bare quote; its report data is SHA-256 of the SubjectPublicKeyInfo ‖ 32 zero bytes. Object id
     * 1.2.840.113741.1337.6, and the malformed encoding of it that Gramine writes. */
    ATTEST_RATLS_QUOTE,
    ATTEST_RATLS_QUOTE_GRAMINE,
};

/* The whole verdict on a peer's certificate (DER): self-signature, exactly one extension of the form, key
 * binding, claims binding, then attest_appraise of the evidence with the policy. */
MUST_USE enum attest_class attest_ratls_verify_form(struct attest_claims *out, enum attest_ratls_form form,
                                                    struct bytes cert_der,
                                                    const struct attest_endorsements *endorsements_opt,
                                                    uint64_t now, const struct attest_policy *policy,
                                                    const struct attest_primitives *crypto, struct err *e);
/* The same for ATTEST_RATLS_INTEROPERABLE. */
MUST_USE enum attest_class attest_ratls_verify(struct attest_claims *out, struct bytes cert_der,
                                               const struct attest_endorsements *endorsements_opt,
                                               uint64_t now, const struct attest_policy *policy,
                                               const struct attest_primitives *crypto, struct err *e);

#endif /* ATTEST_RATLS_H */
