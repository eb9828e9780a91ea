#include "rpc/rpc_priv.h"

static const struct rpc_method_group *const groups[] = {
    &rpc_author_methods,
    &rpc_chain_methods,
    &rpc_state_methods,
    &rpc_system_methods,
};

const struct rpc_method *rpc_method_find(const char *name)
{
    for (size_t g = 0; g < ARRAY_LEN(groups); g++) {
        for (size_t i = 0; i < groups[g]->count; i++) {
            if (strcmp(groups[g]->methods[i].name, name) == 0)
                return &groups[g]->methods[i];
        }
    }
    return NULL;
}

bool rpc_method_offered(const struct rpc_server *s, const struct rpc_method *m)
{
    return !(m->needs & RPC_NEEDS_DRY_RUN) || s->backend->dry_run != NULL;
}

json_t *rpc_method_names(const struct rpc_server *s)
{
    json_t *names = json_array();
    for (size_t g = 0; g < ARRAY_LEN(groups); g++) {
        for (size_t i = 0; i < groups[g]->count; i++) {
            if (rpc_method_offered(s, &groups[g]->methods[i]))
                ASSERT(json_array_append_new(names, json_text(groups[g]->methods[i].name)) == 0);
        }
    }
    return names;
}
