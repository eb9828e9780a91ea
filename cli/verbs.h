/* cli/verbs.h — the verbs, each beside its function. */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "cli/cli.h"

extern const struct verb verb_key_new, verb_key_show, verb_key_import, verb_key_list, verb_key_export;
extern const struct verb verb_account_balance, verb_account_transfer;
extern const struct verb verb_worker_register, verb_worker_mortgage, verb_worker_unmortgage,
    verb_worker_withdraw, verb_worker_stop, verb_worker_list, verb_worker_show, verb_worker_info,
    verb_worker_verify, verb_worker_measurements;
extern const struct verb verb_app_create, verb_app_update, verb_app_set, verb_app_recharge, verb_app_withdraw,
    verb_app_stop, verb_app_restart, verb_app_remove, verb_app_show, verb_app_list, verb_app_logs,
    verb_app_services, verb_app_verify, verb_app_challenge, verb_app_policy;
extern const struct verb verb_chain_head, verb_chain_events, verb_chain_block, verb_chain_storage,
    verb_chain_metadata, verb_chain_collateral, verb_chain_collateral_post;
extern const struct verb verb_verify;
extern const struct verb verb_up, verb_completion, verb_version, verb_help;

#endif /* CLI_VERBS_H */
