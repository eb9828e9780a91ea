/* sdk/account.h — accounts and amounts as people write them. UNIT is 10^12 planck. */
#ifndef SDK_ACCOUNT_H
#define SDK_ACCOUNT_H

#include "base/balance.h"
#include "base/err.h"
#include "crypto/ss58.h"

enum { SDK_UNIT_DECIMALS = 12, SDK_AMOUNT_TEXT_CAP = 64 };

/* SS58 of the given network, or "0x" and 64 hex digits. ERR_MALFORMED; ERR_REJECTED for another network. */
FALLIBLE sdk_account_parse(struct account_id *out, struct bytes text, uint16_t ss58_prefix, struct err *e);
/* Zero-terminated SS58. */
void sdk_account_text(char out[SS58_TEXT_CAP], const struct account_id *account, uint16_t ss58_prefix);

/* "1.5" and "1.5 UNIT" are units, "500 planck" is planck; "1_000.5" may group digits. Up to 12 places after
 * the point. ERR_MALFORMED. */
FALLIBLE sdk_amount_parse(struct balance *out, struct bytes text, struct err *e);
/* Exact: "1.5 UNIT", "12 UNIT", "0.000000000001 UNIT". */
void sdk_amount_text(char out[SDK_AMOUNT_TEXT_CAP], struct balance amount);

#endif /* SDK_ACCOUNT_H */
