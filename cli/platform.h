/* cli/platform.h — what a network of `up` stands on: a simulated platform and a genesis that names its roots.
 */
#ifndef CLI_PLATFORM_H
#define CLI_PLATFORM_H

#include "cli/cli.h"

/* The kinds as the worker's --tee has them; the first is what a new folder gets when none is asked for. */
#define PLATFORM_KINDS "simulated|simulated-tdx|simulated-snp"

struct platform {
    const char *tee;     /* one of PLATFORM_KINDS */
    const char *folder;  /* what the worker is given as --sim-dir */
    const char *genesis; /* path of the document */
};

/* Makes both in the existing folder `base`, or finds them and renews the collateral. The kind is that of the
 * parameter "tee", or the folder's own; `operator_uri` has funds besides the development accounts. Texts live
 * in the cli's arena. ERR_EXISTS: the folder is of another kind than was asked for; ERR_IO, ERR_CORRUPT. */
FALLIBLE platform_prepare(struct platform *out, struct cli *cli, const char *base, const char *operator_uri,
                          struct err *e);

#endif /* CLI_PLATFORM_H */
