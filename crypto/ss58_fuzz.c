/* crypto/ss58_fuzz.c — every address that decodes encodes to the very same text. */
#include "crypto/ss58.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct err e;
    struct ss58 a;
    char text[SS58_TEXT_CAP];
    if (ss58_decode(&a, bytes_of(data, len), &e) == ERR_OK) {
        enum err_code code = ss58_encode(text, &a, &e);
        ASSERT(code == ERR_OK);
        ASSERT(bytes_eq(bytes_of_str(text), bytes_of(data, len)));
    }
    /* Any 1..33 bytes as a body: what encodes must decode to itself. */
    if (len >= 3 && len <= 2 + SS58_BODY_MAX) {
        struct ss58 in = {.prefix = (uint16_t)(data[0] | data[1] << 8), .body_len = len - 2};
        memcpy(in.body, data + 2, len - 2);
        if (ss58_encode(text, &in, &e) == ERR_OK) {
            enum err_code code = ss58_decode(&a, bytes_of_str(text), &e);
            ASSERT(code == ERR_OK);
            ASSERT(a.prefix == in.prefix && a.body_len == in.body_len);
            ASSERT(memcmp(a.body, in.body, in.body_len) == 0);
        }
    }
    return 0;
}
