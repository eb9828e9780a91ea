/* Native only. The counter is the one mutable global that test builds have. */
#include "base/fault.h"

#ifdef WETEE_FAULTS
#include "base/int.h"
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

void fault_hit(const char *name)
{
    static atomic_uint_fast64_t hits;
    const char *wanted = getenv("WETEE_FAULT");
    uint64_t count;

    if (wanted == NULL)
        return;
    const char *colon = strchr(wanted, ':');
    if (colon == NULL || !bytes_eq(bytes_of(wanted, (size_t)(colon - wanted)), bytes_of_str(name)))
        return;
    if (!parse_u64(bytes_of_str(colon + 1), &count))
        return;
    if (atomic_fetch_add(&hits, 1) + 1 == count)
        (void)raise(SIGKILL);
}
#else
typedef int base_fault_is_compiled_out; /* ISO C wants a declaration in every file */
#endif
