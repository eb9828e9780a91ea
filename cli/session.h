/* cli/session.h — the chain, the keys and the account that a verb works with. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/cli.h"

/* Connects with --node, once. ERR_UNAVAILABLE, ERR_REJECTED. */
FALLIBLE cli_connect(struct cli *cli, struct err *e);
/* Connects and unlocks --signer, once. ERR_USAGE, ERR_NOT_FOUND, ERR_DENIED. */
FALLIBLE cli_unlock_signer(struct cli *cli, struct err *e);
/* The account of --signer without unlocking it; connects. */
FALLIBLE cli_signer_account(struct cli *cli, struct account_id *out, struct err *e);
/* An address, the name of a key, or a development URI; connects. */
FALLIBLE cli_account(struct cli *cli, struct account_id *out, const char *text, struct err *e);
/* The password of a key: --password-file, WETEE_PASSWORD, or asked at the terminal (twice when `fresh`).
 * Zero-terminated, in the arena. ERR_DENIED when there is none. */
FALLIBLE cli_password(struct cli *cli, const char **out, const char *key_name, bool fresh, struct err *e);
/* The key directory: WETEE_KEYS or the default. */
FALLIBLE cli_keys_dir(struct cli *cli, const char **out, struct err *e);

/* --tip, --wait and --timeout. ERR_USAGE. */
FALLIBLE cli_tx_options(struct cli *cli, struct sdk_tx_options *out, struct err *e);
/* Signs, submits and waits as --wait says, with progress on standard error; a failed dispatch is
 * ERR_REJECTED. */
FALLIBLE cli_submit(struct cli *cli, struct sdk_tx_result *out, const struct call_desc *call,
                    const void *args, struct err *e);

const char *cli_ss58(struct cli *cli, const struct account_id *account);
/* A line on standard error, not with --quiet and not beside JSON. */
void cli_progress(const struct cli *cli, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* One line without its end from standard input or the terminal; echo off when `secret`. */
FALLIBLE cli_read_line(struct cli *cli, const char **out, const char *prompt, bool secret, struct err *e);

#endif /* CLI_SESSION_H */
