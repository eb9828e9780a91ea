/* tee/policy_file_fuzz.c — policies of any text: what is accepted waives nothing that it does not name. */
#include "tee/policy_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool holds(struct bytes text, const char *word)
{
    size_t n = strlen(word);

    for (size_t i = 0; i + n <= text.len; i++)
        if (memcmp(text.p + i, word, n) == 0)
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes text = bytes_of(data, len);
    struct attest_policy p;
    struct arena a;
    struct err e;

    arena_init(&a, &arena_heap, (size_t)64 << 20);
    /* a name may be written with escapes, which hide it from `holds` */
    if (policy_file_read(&p, &a, text, &e) != ERR_OK) {
        ASSERT(e.msg[0] != 0);
    } else if (!holds(text, "\\")) {
        ASSERT(!p.allow_debug || holds(text, "allow_debug"));
        ASSERT(!p.allow_development || holds(text, "allow_development_roots"));
        ASSERT(p.tcb_allowed == ATTEST_TCB_STRICT || holds(text, "tcb_statuses"));
        ASSERT((p.tcb_allowed & ATTEST_TCB_BIT(ATTEST_TCB_REVOKED)) == 0);
        ASSERT(p.any_measurement || holds(text, "measurements"));
        ASSERT(p.root_count == 0 && p.snp_vmpl_max <= 3);
    }
    arena_fini(&a);
    return 0;
}
