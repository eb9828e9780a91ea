/* tools/metadata_dump.c — prints the chain's metadata as hex: metadata-dump 14 or 15. For tests and for
 * clients' tools that want it from a file. */
#include <stdio.h>

#include "base/hex.h"
#include "chain/chain.h"
#include "codec/metadata.h"

int main(int argc, char **argv)
{
    enum { MEMORY_MAX = 256 * 1024 * 1024 };
    struct arena a;

    if (argc != 2 || (strcmp(argv[1], "14") != 0 && strcmp(argv[1], "15") != 0)) {
        (void)fputs("usage: metadata-dump 14|15\n", stderr);
        return 2;
    }
    arena_init(&a, &arena_heap, MEMORY_MAX);
    struct writer w = writer_in(&a, MEMORY_MAX / 8), text = writer_in(&a, MEMORY_MAX / 4);
    if (!metadata_encode(&w, &a, &chain_registry, argv[1][1] == '4' ? 14 : 15) || !writer_ok(&w))
        return 1;
    put_text(&text, "0x");
    put_hex(&text, writer_bytes(&w));
    put_u8(&text, '\n');
    const struct bytes out = writer_bytes(&text);
    if (fwrite(out.p, 1, out.len, stdout) != out.len || fflush(stdout) != 0)
        return 1;
    arena_fini(&a);
    return 0;
}
