/* crypto/account.c — accounts that no key controls. */
#include "crypto/account.h"

struct account_id account_of_pallet(const uint8_t pallet_id[8], struct bytes sub)
{
    struct account_id out = {{'m', 'o', 'd', 'l'}};
    memcpy(out.b + 4, pallet_id, 8);
    size_t room = sizeof out.b - 12;
    if (sub.len > 0)
        memcpy(out.b + 12, sub.p, sub.len < room ? sub.len : room);
    return out;
}
