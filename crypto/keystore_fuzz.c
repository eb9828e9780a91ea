/* crypto/keystore_fuzz.c — the binary part of key files.
 *
 * The plain form is fuzzed fully. Of the encrypted form only what comes before scrypt: a run with an accepted
 * cost takes a tenth of a second and 128 MiB, and nothing behind it is reached without the password. */
#include "crypto/keystore.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct err e;
    if (len == 0)
        return 0;
    enum signature_kind kind = (enum signature_kind)(data[0] % 3);
    struct bytes blob = bytes_of(data + 1, len - 1);

    CLEANUP(keypair_fini) struct keypair k = {0}, again = {0};
    if (keystore_decode_plain(&k, kind, blob, &e) == ERR_OK) {
        struct keystore_blob out;
        keystore_encode_plain(&out, &k);
        enum err_code code = keystore_decode_plain(&again, kind, bytes_of(out.b, out.len), &e);
        ASSERT(code == ERR_OK);
        ASSERT(memcmp(&again, &k, sizeof k) == 0);
    }
    bool costly = blob.len >= 44 && keystore_params_ok(load_u32le(blob.p + 32), load_u32le(blob.p + 36),
                                                       load_u32le(blob.p + 40));
    if (!costly) {
        enum err_code code = keystore_open(&k, kind, blob, BYTES_LIT("password"), &e);
        ASSERT(code == ERR_MALFORMED || code == ERR_LIMIT);
    }
    return 0;
}
