/* tee/sim_keys.h — keys, signatures and files of the simulated platform. Native; used by tee/sim*.c alone. */
#ifndef TEE_SIM_KEYS_H
#define TEE_SIM_KEYS_H

#include "base/err.h"
#include "base/writer.h"

#include <openssl/evp.h>

enum sim_algorithm {
    SIM_P256,    /* signs SHA-256 */
    SIM_P384,    /* signs SHA-384 */
    SIM_RSA4096, /* signs SHA-384, PSS with a salt of 48 bytes; seconds to make */
};
enum { SIM_PUBLIC_MAX = 512, SIM_SIGNATURE_MAX = 512, SIM_FILE_MAX = 1 << 18 };

EVP_PKEY *sim_key_new(enum sim_algorithm alg); /* NULL on failure */
enum sim_algorithm sim_key_algorithm(const EVP_PKEY *key);
/* x ‖ y or the modulus: 64, 96 or 512 bytes. */
struct bytes sim_key_public(uint8_t out[SIM_PUBLIC_MAX], const EVP_PKEY *key);
/* r ‖ s or the PSS signature, big-endian, of 64, 96 or 512 bytes. Failing to sign is a bug. */
struct bytes sim_sign(uint8_t out[SIM_SIGNATURE_MAX], EVP_PKEY *key, struct bytes in);

/* --- files: "folder/name" --- */
bool sim_file_exists(const char *folder, const char *name);
/* ERR_NOT_FOUND, ERR_CORRUPT (empty, too long). */
FALLIBLE sim_file_read(uint8_t *out, size_t cap, size_t *len, const char *folder, const char *name,
                       struct err *e);
/* By renaming: a reader sees the old or the new file. ERR_IO. */
FALLIBLE sim_file_write(const char *folder, const char *name, struct bytes b, struct err *e);
/* PEM, mode 0600. ERR_IO. */
FALLIBLE sim_key_write(const char *folder, const char *name, const EVP_PKEY *key, struct err *e);
/* The key must be of that algorithm. ERR_NOT_FOUND, ERR_CORRUPT. */
FALLIBLE sim_key_read(EVP_PKEY **out, enum sim_algorithm alg, const char *folder, const char *name,
                      struct err *e);

/* A CERTIFICATE block of PEM text. */
void sim_put_pem(struct writer *w, struct bytes der);

#endif /* TEE_SIM_KEYS_H */
