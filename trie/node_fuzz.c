/* Whatever decodes must encode to the same bytes: there is one encoding of each node. */
#include "base/writer.h"
#include "trie/node.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t buf[1 << 20];
    struct node_view n;
    struct err e;

    if (node_decode(&n, bytes_of(data, len), &e) != ERR_OK)
        return 0;
    struct writer w = writer_fixed(buf, sizeof buf);
    node_encode(&w, &n);
    ASSERT(!writer_ok(&w) || bytes_eq(writer_bytes(&w), bytes_of(data, len)));
    ASSERT(n.empty || len <= node_encoded_max(&n));
    return 0;
}
