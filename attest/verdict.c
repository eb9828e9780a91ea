#include "attest/verdict.h"

static const struct {
    const char *name, *text, *remedy;
} classes[] = {
#define X(name, text, remedy) {#name, text, remedy},
    ATTEST_CLASSES(X)
#undef X
};

const char *attest_class_name(enum attest_class c)
{
    return (size_t)c < ARRAY_LEN(classes) ? classes[c].name : "UNKNOWN";
}

const char *attest_class_text(enum attest_class c)
{
    return (size_t)c < ARRAY_LEN(classes) ? classes[c].text : "unknown class";
}

const char *attest_class_remedy(enum attest_class c)
{
    return (size_t)c < ARRAY_LEN(classes) ? classes[c].remedy : "update this program";
}

enum attest_class attest_refuse(struct err *e, enum attest_class c, const char *why)
{
    ASSERT(c != ATTEST_VERIFIED);
    (void)FAIL(e, ERR_UNVERIFIED, "%s: %s", attest_class_name(c), why);
    return c;
}
