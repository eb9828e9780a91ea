/* tee/policy_file.h — policies by name and from JSON files (docs/formats/verify-policy.md).
 *
 * What a file leaves out is as in "strict". An unknown member, one that is there twice and a value out of its
 * range are refused: a policy that is misread is worse than none. Roots are the caller's to add. */
#ifndef TEE_POLICY_FILE_H
#define TEE_POLICY_FILE_H

#include "attest/policy.h"
#include "base/arena.h"

enum { POLICY_FILE_MAX = 1 << 18, POLICY_LIST_MAX = 1024 };

/* "strict": UpToDate, no debug; "tolerant": also software hardening and configuration needed; "none": all
 * that is authentic. Every name takes any measurement, a zero tail and reports without AMD's list; Revoked
 * and development roots are refused. False for another name. */
MUST_USE bool policy_named(struct attest_policy *out, const char *name);

/* Lists are in the arena. ERR_MALFORMED, ERR_LIMIT. */
FALLIBLE policy_file_read(struct attest_policy *out, struct arena *a, struct bytes json, struct err *e);

#endif /* TEE_POLICY_FILE_H */
