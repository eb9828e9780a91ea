/* entry/output.h — one output stream of the program, cut into records at line ends or after OUTPUT_RECORD_MAX
 * bytes. */
#ifndef ENTRY_OUTPUT_H
#define ENTRY_OUTPUT_H

#include "base/bytes.h"

enum { OUTPUT_RECORD_MAX = 4096 };

struct output {
    uint8_t line[OUTPUT_RECORD_MAX];
    size_t len;
};

typedef void (*output_record)(void *ctx, struct bytes text);

/* Gives each finished record, without its line end. */
void output_take(struct output *o, struct bytes in, output_record record, void *ctx);
/* The unfinished line, at the end of the stream. */
void output_end(struct output *o, output_record record, void *ctx);

#endif /* ENTRY_OUTPUT_H */
