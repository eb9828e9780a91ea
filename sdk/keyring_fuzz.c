/* sdk/keyring_fuzz.c — key files and wallet tokens from anywhere: refused or read, and read again alike. */
#include "sdk/keyring.h"
#include "sdk/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct arena a;
    struct keyring_entry entry, again;
    struct keypair key = {0};
    struct sdk_token token;
    struct bytes text;
    struct err e;

    if (len > KEYRING_FILE_MAX)
        return 0;
    arena_init(&a, &arena_heap, 4 * 1024 * 1024);
    /* Without a password: no scrypt, which would be all the fuzzer does. */
    if (keyring_file_peek(&a, &entry, bytes_of(data, len), &e) == ERR_OK &&
        keyring_file_open(&a, &key, bytes_of(data, len), NULL, &e) == ERR_OK) {
        ASSERT(account_id_eq(&key.account, &entry.account));
        enum err_code code = keyring_file_encode(&a, &text, &key, "again", NULL, &e);
        ASSERT(code == ERR_OK);
        code = keyring_file_peek(&a, &again, text, &e);
        ASSERT(code == ERR_OK && account_id_eq(&again.account, &entry.account));
    }
    (void)(sdk_token_check(&a, &token, bytes_of(data, len), 42, 1000, &e) == ERR_OK);
    keypair_fini(&key);
    arena_fini(&a);
    return 0;
}
