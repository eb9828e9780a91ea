/* A record that decodes must encode to the same bytes, and never read past its end. */
#include "base/writer.h"
#include "trie/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t buf[1 << 16];
    struct record r;
    struct record_root root;
    struct err e;
    struct writer w = writer_fixed(buf, sizeof buf);

    if (record_decode(&r, bytes_of(data, len), &e) == ERR_OK) {
        put_record_head(&w, &r);
        for (int i = 0; i < __builtin_popcount(r.bitmap); i++)
            put_record_child(&w, r.child[i].version, r.child[i].merkle);
        ASSERT(bytes_eq(writer_bytes(&w), bytes_of(data, len)));
        ASSERT(len <= record_encoded_max(&r));
    } else {
        ASSERT(e.code == ERR_CORRUPT);
    }
    if (record_root_decode(&root, bytes_of(data, len), &e) == ERR_OK)
        ASSERT(len == RECORD_ROOT_LEN);
    return 0;
}
