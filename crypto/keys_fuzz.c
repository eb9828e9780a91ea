/* crypto/keys_fuzz.c — secret URIs: refused, or a pair whose signatures its account verifies. */
#include "crypto/keys.h"

#include "crypto/mnemonic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct err e;
    if (len == 0)
        return 0;
    enum signature_kind kind = (enum signature_kind)(data[0] % 3);
    struct bytes text = bytes_of(data + 1, len - 1);

    struct mnemonic_entropy entropy;
    if (mnemonic_decode(&entropy, text, &e) == ERR_OK) {
        char phrase[MNEMONIC_TEXT_CAP];
        mnemonic_encode(phrase, &entropy);
        ASSERT(bytes_eq(bytes_of_str(phrase), text));
    }
    CLEANUP(keypair_fini) struct keypair k = {0};
    if (keypair_from_uri(&k, kind, text, &e) == ERR_OK) {
        uint8_t sig[SIGNATURE_MAX_LEN];
        size_t sig_len = keypair_sign(&k, sig, text);
        ASSERT(signature_verify(kind, bytes_of(sig, sig_len), text, &k.account));
    }
    return 0;
}
