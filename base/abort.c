#include "base/base.h"
#include <stdio.h>
#include <stdlib.h>

void base_abort(const char *file, int line, const char *what)
{
    (void)fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, what);
    abort();
}
