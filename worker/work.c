#include "worker/work.h"

#include "base/fmt.h"
#include "base/int.h"

static const char *const kind_name[] = {"app", "task", "gpu"};

size_t work_name(char out[WORK_NAME_MAX], struct work_key k)
{
    if (k.type < ARRAY_LEN(kind_name))
        return fmt_into(out, WORK_NAME_MAX, "%s-%llu", kind_name[k.type], (unsigned long long)k.id);
    return fmt_into(out, WORK_NAME_MAX, "work%u-%llu", (unsigned)k.type, (unsigned long long)k.id);
}

bool work_parse(struct work_key *out, struct bytes text)
{
    for (uint8_t i = 0; i < ARRAY_LEN(kind_name); i++) {
        struct bytes kind = bytes_of_str(kind_name[i]);
        uint64_t id;
        if (!bytes_starts_with(text, kind) || text.len <= kind.len || text.p[kind.len] != '-')
            continue;
        if (!parse_u64(bytes_from(text, kind.len + 1), &id))
            return false;
        *out = (struct work_key){.type = i, .id = id};
        return true;
    }
    return false;
}
