/* sdk/heads.h — following a chain's heads.
 *
 *     CLEANUP(sdk_heads_close) struct sdk_heads *heads = NULL;
 *     TRY(sdk_heads_open(c, &heads, SDK_HEADS_FINALIZED, e));
 *     while (sdk_heads_next(heads, &head, 1000, e) == ERR_OK) ...
 *
 * The current head comes at once. Finalized heads come in order without gaps as long as they are taken; after
 * ERR_LIMIT some were lost, and what is missing can be read by number. */
#ifndef SDK_HEADS_H
#define SDK_HEADS_H

#include "sdk/client.h"

struct sdk_heads;

enum sdk_heads_kind { SDK_HEADS_FINALIZED, SDK_HEADS_BEST };

FALLIBLE sdk_heads_open(struct sdk_client *c, struct sdk_heads **out, enum sdk_heads_kind kind,
                        struct err *e);
/* timeout_ms  0: do not wait; negative: without end
 * returns     ERR_OK; ERR_TIMEOUT (none came); ERR_CLOSED; ERR_LIMIT (some were lost, go on) */
FALLIBLE sdk_heads_next(struct sdk_heads *h, struct sdk_head *out, int64_t timeout_ms, struct err *e);
/* Before the client is freed. NULL is accepted. */
void sdk_heads_close(struct sdk_heads *h);
DEFINE_CLEANUP(struct sdk_heads *, sdk_heads_close)

#endif /* SDK_HEADS_H */
