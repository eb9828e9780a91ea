#include "codec/type.h"
#include "base/balance.h"
#include "codec/desc.h"

#define SCALAR(name_, kind_, c_) const struct type type_##name_ = {.kind = (kind_), .size = sizeof(c_)}
#define COMPACT(name_, c_) \
    const struct type type_compact_##name_ = {.kind = TYPE_COMPACT, .size = sizeof(c_), .elem = &type_##name_}

SCALAR(bool, TYPE_BOOL, bool);
SCALAR(u8, TYPE_U8, uint8_t);
SCALAR(u16, TYPE_U16, uint16_t);
SCALAR(u32, TYPE_U32, uint32_t);
SCALAR(u64, TYPE_U64, uint64_t);
SCALAR(u128, TYPE_U128, u128);
SCALAR(balance, TYPE_U128, struct balance);
COMPACT(u8, uint8_t);
COMPACT(u16, uint16_t);
COMPACT(u32, uint32_t);
COMPACT(u64, uint64_t);
COMPACT(u128, u128);
COMPACT(balance, struct balance);
const struct type type_void = {.kind = TYPE_VOID};
const struct type type_call = {.kind = TYPE_CALL, .size = sizeof(struct call)};

static const struct type array_32 = {.kind = TYPE_ARRAY, .size = 32, .max = 32, .elem = &type_u8};
static const struct type array_20 = {.kind = TYPE_ARRAY, .size = 20, .max = 20, .elem = &type_u8};

static const struct field account_id_fields[] = {
    {.type = &array_32, .type_name = "[u8; 32]"},
};
const struct type type_account_id = {
    .kind = TYPE_STRUCT,
    .size = sizeof(struct account_id),
    .fields = account_id_fields,
    .field_count = ARRAY_LEN(account_id_fields),
    .path = "sp_core::crypto::AccountId32",
};

static const struct field h256_fields[] = {
    {.type = &array_32, .type_name = "[u8; 32]"},
};
const struct type type_h256 = {
    .kind = TYPE_STRUCT,
    .size = sizeof(struct hash32),
    .fields = h256_fields,
    .field_count = ARRAY_LEN(h256_fields),
    .path = "primitive_types::H256",
};

/* MultiAddress<AccountId32, ()>: Compact<()> has no bytes. A raw address resolves to nobody and is never
 * stored, so the longest extrinsic bounds it. */
static const struct type compact_void = {.kind = TYPE_COMPACT, .elem = &type_void};
static const struct type address_raw = {
    .kind = TYPE_BYTES, .size = sizeof(struct bytes), .max = 5 * 1024 * 1024};
static const struct field address_id[] = {{.type = &type_account_id, .type_name = "AccountId"}};
static const struct field address_index[] = {{.type = &compact_void, .type_name = "AccountIndex"}};
static const struct field address_raw_fields[] = {{.type = &address_raw, .type_name = "Vec<u8>"}};
static const struct field address_32[] = {{.type = &array_32, .type_name = "[u8; 32]"}};
static const struct field address_20[] = {{.type = &array_20, .type_name = "[u8; 20]"}};
static const struct variant address_variants[] = {
    {.name = "Id", .index = MULTI_ADDRESS_ID, .field_count = 1, .fields = address_id},
    {.name = "Index", .index = MULTI_ADDRESS_INDEX, .field_count = 1, .fields = address_index},
    {.name = "Raw", .index = MULTI_ADDRESS_RAW, .field_count = 1, .fields = address_raw_fields},
    {.name = "Address32", .index = MULTI_ADDRESS_32, .field_count = 1, .fields = address_32},
    {.name = "Address20", .index = MULTI_ADDRESS_20, .field_count = 1, .fields = address_20},
};
static const struct type_param address_params[] = {
    {.name = "AccountId", .type = &type_account_id},
    {.name = "AccountIndex", .type = &type_void},
};
const struct type type_multi_address = {
    .kind = TYPE_ENUM,
    .size = sizeof(struct multi_address),
    .value_at = offsetof(struct multi_address, u),
    .variants = address_variants,
    .variant_count = ARRAY_LEN(address_variants),
    .params = address_params,
    .param_count = ARRAY_LEN(address_params),
    .path = "sp_runtime::multiaddress::MultiAddress",
};
