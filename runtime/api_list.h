/* runtime/api_list.h — the entry points of the runtime: X(name, function of api.c). */
#ifndef RUNTIME_API_LIST_H
#define RUNTIME_API_LIST_H

#define RUNTIME_API(X)                                                          \
    X(Core_version, core_version)                                               \
    X(Core_execute_block, core_execute_block)                                   \
    X(Core_initialize_block, core_initialize_block)                             \
    X(Metadata_metadata, metadata_metadata)                                     \
    X(Metadata_metadata_at_version, metadata_at_version)                        \
    X(Metadata_metadata_versions, metadata_versions)                            \
    X(BlockBuilder_apply_extrinsic, block_builder_apply_extrinsic)              \
    X(BlockBuilder_finalize_block, block_builder_finalize_block)                \
    X(BlockBuilder_inherent_extrinsics, block_builder_inherent_extrinsics)      \
    X(BlockBuilder_check_inherents, block_builder_check_inherents)              \
    X(TaggedTransactionQueue_validate_transaction, validate_transaction)        \
    X(AccountNonceApi_account_nonce, account_nonce)                             \
    X(TransactionPaymentApi_query_info, query_info)                             \
    X(TransactionPaymentApi_query_fee_details, query_fee_details)               \
    X(TransactionPaymentApi_query_weight_to_fee, query_weight_to_fee)           \
    X(TransactionPaymentApi_query_length_to_fee, query_length_to_fee)           \
    X(TransactionPaymentCallApi_query_call_info, query_call_info)               \
    X(TransactionPaymentCallApi_query_call_fee_details, query_call_fee_details) \
    X(TransactionPaymentCallApi_query_weight_to_fee, query_weight_to_fee)       \
    X(TransactionPaymentCallApi_query_length_to_fee, query_length_to_fee)

#endif /* RUNTIME_API_LIST_H */
