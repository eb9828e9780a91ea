/* cli/out.h — a result, as a table for people or as JSON for programs.
 *
 * A result is one JSON value. For people the columns pick fields from it: an array becomes a table, an object
 * one line per field. Amounts are planck in JSON (decimal strings) and UNIT in tables. */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include "cli/cli.h"
#include <jansson.h>

DEFINE_CLEANUP(json_t *, json_decref)

enum column_kind { COLUMN_TEXT, COLUMN_AMOUNT };

struct column {
    const char *field, *title; /* field NULL ends the list */
    enum column_kind kind;
};

/* Prints and frees. */
void out_result(const struct cli *cli, json_t *owned, const struct column *columns);
/* The outcome of a transaction with `said` for people ("cluster 1 registered") and extra JSON members. */
void out_tx(struct cli *cli, const struct sdk_tx_result *r, const char *said, json_t *owned_extra_opt);
/* A copy for a terminal: control characters of text from outside would be its commands. */
char *out_printable(struct arena *a, struct bytes text);
/* An error as the program's last words. */
void out_error(const struct cli *cli, const struct err *e, enum exit_code code);

/* A decoded chain value as JSON, owned. */
json_t *out_value(struct cli *cli, const struct type *type, const void *value);
json_t *out_amount(struct balance b);
json_t *out_account(struct cli *cli, const struct account_id *account);
json_t *out_hash(const struct hash32 *h);
json_t *out_bytes_text(struct bytes b);
/* *path and *value in one object: moves the members of `owned` into `into`. */
void out_merge(json_t *into, json_t *owned);
json_t *out_events(struct cli *cli, struct sdk_events events);

#endif /* CLI_OUT_H */
