#include "codec/sample_test.h"

/* Composites of scale.json, laid out as tools/idlc lays them out. */
#define FIELD(struct_, member_, name_, type_)                                     \
    {                                                                             \
        .name = (name_), .type = (type_), .at = offsetof(struct struct_, member_) \
    }
#define OPTION(id_, c_, elem_)                                               \
    struct id_ {                                                             \
        bool some;                                                           \
        c_ value;                                                            \
    };                                                                       \
    static const struct type id_ = {.kind = TYPE_OPTION,                     \
                                    .size = sizeof(struct id_),              \
                                    .value_at = offsetof(struct id_, value), \
                                    .elem = (elem_)}
#define VEC(id_, elem_)              \
    static const struct type id_ = { \
        .kind = TYPE_VEC, .size = sizeof(struct vec), .max = 1 << 20, .elem = (elem_)}
#define STRUCT(id_)                                             \
    static const struct type id_ = {.kind = TYPE_STRUCT,        \
                                    .size = sizeof(struct id_), \
                                    .fields = id_##_fields,     \
                                    .field_count = ARRAY_LEN(id_##_fields)}
#define ENUM(id_)                                                        \
    static const struct type id_ = {.kind = TYPE_ENUM,                   \
                                    .size = sizeof(struct id_),          \
                                    .value_at = offsetof(struct id_, u), \
                                    .variants = id_##_variants,          \
                                    .variant_count = ARRAY_LEN(id_##_variants)}

static const struct type bytes_1m = {.kind = TYPE_BYTES, .size = sizeof(struct bytes), .max = 1 << 20};
static const struct type str_1m = {.kind = TYPE_STR, .size = sizeof(struct bytes), .max = 1 << 20};
static const struct type unit = {.kind = TYPE_STRUCT};
static const struct type array_u8_32 = {.kind = TYPE_ARRAY, .size = 32, .max = 32, .elem = &type_u8};
static const struct type array_u8_0 = {.kind = TYPE_ARRAY, .elem = &type_u8};
static const struct type array_u16_3 = {.kind = TYPE_ARRAY, .size = 6, .max = 3, .elem = &type_u16};
OPTION(option_u8, uint8_t, &type_u8);
OPTION(option_u16, uint16_t, &type_u16);
OPTION(option_bytes, struct bytes, &bytes_1m);
OPTION(option_option_u8, struct option_u8, &option_u8);
OPTION(option_bool, bool, &type_bool);
VEC(vec_u16, &type_u16);
VEC(vec_bool, &type_bool);
VEC(vec_u32, &type_u32);
VEC(vec_u64, &type_u64);
VEC(vec_str, &str_1m);
VEC(vec_bytes, &bytes_1m);
VEC(vec_unit, &unit);

struct u8_bool {
    uint8_t a;
    bool b;
};
static const struct field u8_bool_fields[] = {
    FIELD(u8_bool, a, NULL, &type_u8),
    FIELD(u8_bool, b, NULL, &type_bool),
};
STRUCT(u8_bool);

struct u8_u16 {
    uint8_t a;
    uint16_t b;
};
static const struct field u8_u16_fields[] = {
    FIELD(u8_u16, a, NULL, &type_u8),
    FIELD(u8_u16, b, NULL, &type_u16),
};
STRUCT(u8_u16);

struct u32_bool {
    uint32_t a;
    bool b;
};
static const struct field u32_bool_fields[] = {
    FIELD(u32_bool, a, NULL, &type_u32),
    FIELD(u32_bool, b, NULL, &type_bool),
};
STRUCT(u32_bool);
VEC(map_u32_bool, &u32_bool);

struct str_u8 {
    struct bytes a;
    uint8_t b;
};
static const struct field str_u8_fields[] = {
    FIELD(str_u8, a, NULL, &str_1m),
    FIELD(str_u8, b, NULL, &type_u8),
};
STRUCT(str_u8);
VEC(map_str_u8, &str_u8);

struct triple {
    uint32_t a;
    struct bytes b;
    uint64_t c;
};
static const struct field triple_fields[] = {
    FIELD(triple, a, NULL, &type_compact_u32),
    FIELD(triple, b, NULL, &str_1m),
    FIELD(triple, c, NULL, &type_u64),
};
STRUCT(triple);

struct named {
    uint8_t a;
    u128 b;
    struct vec c;
};
static const struct field named_fields[] = {
    FIELD(named, a, "a", &type_u8),
    FIELD(named, b, "b", &type_compact_u128),
    FIELD(named, c, "c", &vec_u16),
};
STRUCT(named);

struct four {
    uint32_t tag;
    union {
        uint64_t number;
        bool boolean;
        struct four_pair {
            uint8_t a, b;
        } pair;
    } u;
};
static const struct field four_int[] = {{.type = &type_u64}};
static const struct field four_bool[] = {{.type = &type_bool}};
static const struct field four_pair[] = {
    FIELD(four_pair, a, NULL, &type_u8),
    FIELD(four_pair, b, NULL, &type_u8),
};
static const struct variant four_variants[] = {
    {.name = "Int", .index = 0, .field_count = 1, .fields = four_int},
    {.name = "Bool", .index = 1, .field_count = 1, .fields = four_bool},
    {.name = "Unit", .index = 2},
    {.name = "Pair", .index = 3, .field_count = 2, .fields = four_pair},
};
ENUM(four);

struct holes {
    uint32_t tag;
    union {
        uint16_t b;
    } u;
};
static const struct field holes_b[] = {{.type = &type_u16}};
static const struct variant holes_variants[] = {
    {.name = "A", .index = 3},
    {.name = "B", .index = 15, .field_count = 1, .fields = holes_b},
    {.name = "C", .index = 255},
};
ENUM(holes);

struct result_u8_bool {
    uint32_t tag;
    union {
        uint8_t ok;
        bool err;
    } u;
};
static const struct field result_u8_ok[] = {{.type = &type_u8}};
static const struct field result_bool_err[] = {{.type = &type_bool}};
static const struct variant result_u8_bool_variants[] = {
    {.name = "ok", .index = 0, .field_count = 1, .fields = result_u8_ok},
    {.name = "err", .index = 1, .field_count = 1, .fields = result_bool_err},
};
ENUM(result_u8_bool);

struct result_unit_u32 {
    uint32_t tag;
    union {
        uint32_t err;
    } u;
};
static const struct field result_unit_ok[] = {{.type = &unit}};
static const struct field result_u32_err[] = {{.type = &type_u32}};
static const struct variant result_unit_u32_variants[] = {
    {.name = "ok", .index = 0, .field_count = 1, .fields = result_unit_ok},
    {.name = "err", .index = 1, .field_count = 1, .fields = result_u32_err},
};
ENUM(result_unit_u32);

const struct sample samples[] = {
    {"u8", &type_u8},
    {"u16", &type_u16},
    {"u32", &type_u32},
    {"u64", &type_u64},
    {"u128", &type_u128},
    {"bool", &type_bool},
    {"Compact<u8>", &type_compact_u8},
    {"Compact<u16>", &type_compact_u16},
    {"Compact<u32>", &type_compact_u32},
    {"Compact<u64>", &type_compact_u64},
    {"Compact<u128>", &type_compact_balance},
    {"Option<u8>", &option_u8},
    {"Option<u16>", &option_u16},
    {"Option<Vec<u8>>", &option_bytes},
    {"Option<Option<u8>>", &option_option_u8},
    {"Option<bool>", &option_bool},
    {"Result<u8,bool>", &result_u8_bool},
    {"Result<(),u32>", &result_unit_u32},
    {"Vec<u16>", &vec_u16},
    {"Vec<bool>", &vec_bool},
    {"Vec<u32>", &vec_u32},
    {"Vec<u64>", &vec_u64},
    {"Vec<u8>", &bytes_1m},
    {"str", &str_1m},
    {"Vec<str>", &vec_str},
    {"Vec<Vec<u8>>", &vec_bytes},
    {"Vec<()>", &vec_unit},
    {"[u8;32]", &array_u8_32},
    {"[u16;3]", &array_u16_3},
    {"[u8;0]", &array_u8_0},
    {"()", &unit},
    {"(u8,bool)", &u8_bool},
    {"(u8,u16)", &u8_u16},
    {"(Compact<u32>,str,u64)", &triple},
    {"{a:u8,b:Compact<u128>,c:Vec<u16>}", &named},
    {"enum{Int(u64)=0,Bool(bool)=1,Unit=2,Pair(u8,u8)=3}", &four},
    {"enum{A=3,B(u16)=15,C=255}", &holes},
    {"BTreeMap<u32,bool>", &map_u32_bool},
    {"BTreeMap<str,u8>", &map_str_u8},
    {"BTreeSet<u16>", &vec_u16},
    {"H256", &type_h256},
    {"AccountId32", &type_account_id},
    {"MultiAddress", &type_multi_address},
    {"Call", &type_call},
};
const size_t sample_count = ARRAY_LEN(samples);

const struct type *sample_type(const char *name)
{
    for (size_t i = 0; i < sample_count; i++) {
        if (strcmp(samples[i].name, name) == 0)
            return samples[i].type;
    }
    return NULL;
}

/* The calls that extrinsic.json makes, and a batch to nest them. */
struct remark_args {
    struct bytes remark;
};
static const struct field remark_args_fields[] = {FIELD(remark_args, remark, "remark", &bytes_1m)};
STRUCT(remark_args);
static const struct call_desc remark = {.name = "remark", .index = 0, .args = &remark_args};
static const struct call_desc remark_with_event = {
    .name = "remark_with_event", .index = 7, .args = &remark_args};
static const struct call_desc *const system_calls[] = {&remark, &remark_with_event};
static const struct pallet_desc system_pallet = {
    .name = "System", .module = "system", .index = 0, .calls = system_calls, .call_count = 2};

struct set_args {
    uint64_t now;
};
static const struct field set_args_fields[] = {FIELD(set_args, now, "now", &type_compact_u64)};
STRUCT(set_args);
static const struct call_desc timestamp_set = {.name = "set", .index = 0, .args = &set_args};
static const struct call_desc *const timestamp_calls[] = {&timestamp_set};
static const struct pallet_desc timestamp_pallet = {
    .name = "Timestamp", .module = "timestamp", .index = 1, .calls = timestamp_calls, .call_count = 1};

struct transfer_args {
    struct multi_address dest;
    u128 value;
};
static const struct field transfer_args_fields[] = {
    FIELD(transfer_args, dest, "dest", &type_multi_address),
    FIELD(transfer_args, value, "value", &type_compact_balance),
};
STRUCT(transfer_args);
struct transfer_all_args {
    struct multi_address dest;
    bool keep_alive;
};
static const struct field transfer_all_args_fields[] = {
    FIELD(transfer_all_args, dest, "dest", &type_multi_address),
    FIELD(transfer_all_args, keep_alive, "keep_alive", &type_bool),
};
STRUCT(transfer_all_args);
static const struct call_desc transfer = {.name = "transfer_allow_death", .index = 0, .args = &transfer_args};
static const struct call_desc transfer_keep = {
    .name = "transfer_keep_alive", .index = 3, .args = &transfer_args};
static const struct call_desc transfer_all = {.name = "transfer_all", .index = 4, .args = &transfer_all_args};
static const struct call_desc *const balances_calls[] = {&transfer, &transfer_keep, &transfer_all};
static const struct pallet_desc balances_pallet = {
    .name = "Balances", .module = "balances", .index = 2, .calls = balances_calls, .call_count = 3};

VEC(call_vec, &type_call);
struct batch_args {
    struct vec calls;
};
static const struct field batch_args_fields[] = {FIELD(batch_args, calls, "calls", &call_vec)};
STRUCT(batch_args);
static const struct call_desc batch = {.name = "batch", .index = 0, .args = &batch_args};
static const struct call_desc none = {.name = "none", .index = 1, .args = &unit};
static const struct call_desc *const utility_calls[] = {&batch, &none};
static const struct pallet_desc utility_pallet = {
    .name = "Utility", .module = "utility", .index = 9, .calls = utility_calls, .call_count = 2};

static const struct pallet_desc *const sample_pallets[] = {&system_pallet, &timestamp_pallet,
                                                           &balances_pallet, &utility_pallet};
const struct registry sample_registry = {.pallets = sample_pallets,
                                         .pallet_count = ARRAY_LEN(sample_pallets)};
