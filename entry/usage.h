/* entry/usage.h — what the workload uses: the container's control group, or the process itself where there is
 * none. */
#ifndef ENTRY_USAGE_H
#define ENTRY_USAGE_H

#include "base/base.h"

#include <sys/types.h>

struct usage {
    uint64_t cpu_usec;  /* since the container, or the program, began */
    uint64_t mem_bytes; /* working set now */
};

/* As the first process of a container: /sys/fs/cgroup. Otherwise: the process `pid` and this process's dead
 * children. False when neither can be read. */
MUST_USE bool usage_read(struct usage *out, pid_t pid);

#endif /* ENTRY_USAGE_H */
