#include "base/arena.h"
#include <stdlib.h>

static void *heap_more(size_t len)
{
    return malloc(len);
}

static void heap_give_back(void *p, size_t len)
{
    (void)len;
    free(p);
}

const struct arena_source arena_heap = {heap_more, heap_give_back};
