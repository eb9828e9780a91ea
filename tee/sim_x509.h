/* tee/sim_x509.h — keys and certificates of the simulated provider. Native; used by tee/sim*.c alone.
 */
#ifndef TEE_SIM_X509_H
#define TEE_SIM_X509_H

#include "base/writer.h"

#include <openssl/evp.h>

EVP_PKEY *sim_key_new(void); /* P-256; NULL on failure */
bool sim_key_public(uint8_t out[64], const EVP_PKEY *key);
/* r ‖ s over SHA-256 of `in`. */
bool sim_sign(uint8_t sig[64], EVP_PKEY *key, struct bytes in);

/* The 16 TCB component SVNs of the simulated platform, also its CPUSVN. */
void sim_put_components(struct writer *w);

enum sim_cert { SIM_ROOT, SIM_PLATFORM_CA, SIM_PCK };
/* DER of a certificate for `subject_key`, signed with `issuer_key`, from now for the years its kind gets. */
void sim_put_cert(struct writer *w, enum sim_cert kind, const EVP_PKEY *subject_key, EVP_PKEY *issuer_key,
                  uint64_t now);

#endif /* TEE_SIM_X509_H */
