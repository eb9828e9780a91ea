#include "entry/output.h"

void output_take(struct output *o, struct bytes in, output_record record, void *ctx)
{
    for (size_t i = 0; i < in.len; i++) {
        if (in.p[i] != '\n')
            o->line[o->len++] = in.p[i];
        if (in.p[i] == '\n' || o->len == sizeof o->line) {
            record(ctx, bytes_of(o->line, o->len));
            o->len = 0;
        }
    }
}

void output_end(struct output *o, output_record record, void *ctx)
{
    if (o->len > 0)
        record(ctx, bytes_of(o->line, o->len));
    o->len = 0;
}
