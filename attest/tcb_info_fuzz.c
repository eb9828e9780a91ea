/* attest/tcb_info_fuzz.c — TCB info and QE identities of any content, within the arena that callers are told
 * to give. */
#include "attest/endorsed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_verdict(const struct tcb_verdict *v)
{
    ASSERT(v->status != ATTEST_TCB_NOT_EVALUATED && v->advisory_count <= TCB_ADVISORIES_MAX);
    for (uint32_t i = 0; i < v->advisory_count; i++)
        ASSERT(v->advisories[i].len > 0);
}

static void check_isv_levels(const struct isv_level *levels, uint32_t count)
{
    ASSERT(count > 0 && count <= TCB_LEVELS_MAX);
    for (uint32_t i = 0; i < count; i++)
        check_verdict(&levels[i].verdict);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct arena a;
    struct tcb_info t;
    struct qe_identity q;
    struct err e = {0};

    arena_init(&a, &arena_heap, ATTEST_ENDORSE_ARENA / 2); /* one of the two documents */
    if (tcb_info_read(&t, &a, bytes_of(data, len), &e) == ATTEST_VERIFIED) {
        ASSERT(t.level_count > 0 && t.level_count <= TCB_LEVELS_MAX && t.module_count <= TCB_MODULES_MAX);
        ASSERT(t.issued <= t.next_update && (t.version == 3 || (t.version == 2 && !t.tdx)));
        for (uint32_t i = 0; i < t.level_count; i++)
            check_verdict(&t.levels[i].verdict);
        for (uint32_t i = 0; i < t.module_count; i++)
            check_isv_levels(t.modules[i].levels, t.modules[i].level_count);
    } else {
        ASSERT(e.code == ERR_UNVERIFIED && e.msg[0] != 0);
    }
    arena_fini(&a);
    arena_init(&a, &arena_heap, ATTEST_ENDORSE_ARENA / 2);
    if (qe_identity_read(&q, &a, bytes_of(data, len), &e) == ATTEST_VERIFIED) {
        ASSERT(q.issued <= q.next_update);
        check_isv_levels(q.levels, q.level_count);
    }
    arena_fini(&a);
    return 0;
}
