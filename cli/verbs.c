/* cli/verbs.c — the table of verbs, in the order of the help. */
#include "cli/verbs.h"

const struct verb *const cli_verbs[] = {
    &verb_up,
    &verb_key_new,
    &verb_key_show,
    &verb_key_import,
    &verb_key_list,
    &verb_key_export,
    &verb_account_balance,
    &verb_account_transfer,
    &verb_app_create,
    &verb_app_update,
    &verb_app_set,
    &verb_app_recharge,
    &verb_app_withdraw,
    &verb_app_stop,
    &verb_app_restart,
    &verb_app_remove,
    &verb_app_show,
    &verb_app_list,
    &verb_app_logs,
    &verb_app_services,
    &verb_app_verify,
    &verb_app_challenge,
    &verb_app_policy,
    &verb_worker_register,
    &verb_worker_mortgage,
    &verb_worker_unmortgage,
    &verb_worker_withdraw,
    &verb_worker_stop,
    &verb_worker_list,
    &verb_worker_show,
    &verb_worker_info,
    &verb_worker_verify,
    &verb_worker_measurements,
    &verb_chain_head,
    &verb_chain_events,
    &verb_chain_block,
    &verb_chain_storage,
    &verb_chain_metadata,
    &verb_chain_collateral,
    &verb_chain_collateral_post,
    &verb_verify,
    &verb_completion,
    &verb_version,
    &verb_help,
    NULL,
};

const struct verb *cli_find_verb(const char *noun, const char *name)
{
    for (size_t i = 0; cli_verbs[i] != NULL; i++) {
        const struct verb *v = cli_verbs[i];
        if (strcmp(v->noun, noun) == 0 && (v->name[0] == 0 || (name != NULL && strcmp(v->name, name) == 0)))
            return v;
    }
    return NULL;
}
