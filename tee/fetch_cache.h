/* tee/fetch_cache.h — a folder of bundles, one file per key, replaced atomically. Private to tee/fetch.c. */
#ifndef TEE_FETCH_CACHE_H
#define TEE_FETCH_CACHE_H

#include "attest/collateral.h"

enum { CACHE_NAME_MAX = 128 };

/* The bundle of that name and its age by the clock of the file system. ERR_NOT_FOUND, ERR_CORRUPT, ERR_IO. */
FALLIBLE cache_read(struct attest_collateral *out, uint64_t *age_s, struct arena *a, const char *folder,
                    const char *name, struct err *e);
/* Readers see the old file or the new one. ERR_IO, ERR_LIMIT. */
FALLIBLE cache_write(const char *folder, const char *name, const struct attest_collateral *c,
                     struct arena *scratch, struct err *e);

#endif /* TEE_FETCH_CACHE_H */
