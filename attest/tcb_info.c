#include "attest/tcb_level.h"

enum { COMPONENTS = 16 };

enum member {
    ID,
    VERSION,
    ISSUE_DATE,
    NEXT_UPDATE,
    FMSPC,
    PCE_ID,
    TCB_TYPE,
    EVALUATION,
    TCB_LEVELS,
    TDX_MODULE,
    TDX_MODULES,
    MEMBERS
};
static const char *const names[MEMBERS] = {
    [ID] = "id",
    [VERSION] = "version",
    [ISSUE_DATE] = "issueDate",
    [NEXT_UPDATE] = "nextUpdate",
    [FMSPC] = "fmspc",
    [PCE_ID] = "pceId",
    [TCB_TYPE] = "tcbType",
    [EVALUATION] = "tcbEvaluationDataNumber",
    [TCB_LEVELS] = "tcbLevels",
    [TDX_MODULE] = "tdxModule",
    [TDX_MODULES] = "tdxModuleIdentities",
};

/* The top of a document. What its levels look like depends on the version, which may come after them: they
 * are set aside as text, whole and well formed, and read in a second pass. */
struct top {
    uint32_t seen;
    struct bytes id, levels, module, modules;
};

static void take_member(struct tcb_info *t, struct top *top, struct attest_json *j, enum member member)
{
    uint64_t number;

    switch (member) {
    case ID:
        top->id = attest_json_string(j);
        break;
    case VERSION:
        number = attest_json_uint(j, UINT32_MAX);
        if (number != 2 && number != 3)
            attest_json_fail(j, "version is neither 2 nor 3");
        t->version = (uint8_t)number;
        break;
    case ISSUE_DATE:
        t->issued = tcb_date_take(j);
        break;
    case NEXT_UPDATE:
        t->next_update = tcb_date_take(j);
        break;
    case FMSPC:
        attest_json_hex(j, t->fmspc, sizeof t->fmspc);
        break;
    case PCE_ID:
        attest_json_hex(j, t->pceid, sizeof t->pceid);
        break;
    case TCB_TYPE:
        if (attest_json_uint(j, UINT32_MAX) != 0)
            attest_json_fail(j, "tcbType is not 0");
        break;
    case EVALUATION:
        t->evaluation = (uint32_t)attest_json_uint(j, UINT32_MAX);
        break;
    case TCB_LEVELS:
        top->levels = attest_json_skip(j);
        break;
    case TDX_MODULE:
        top->module = attest_json_skip(j);
        break;
    case TDX_MODULES:
        top->modules = attest_json_skip(j);
        break;
    case MEMBERS:
        UNREACHABLE();
    }
}

/* Version 2 has no id and knows SGX only. */
static void check_top(struct tcb_info *t, const struct top *top, struct attest_json *j)
{
    const uint32_t optional = 1u << ID | 1u << TDX_MODULE | 1u << TDX_MODULES;
    bool has_id = (top->seen & 1u << ID) != 0;

    if ((top->seen | optional) != (1u << MEMBERS) - 1)
        attest_json_fail(j, "a member is missing");
    if (!attest_json_ok(j))
        return;
    t->tdx = has_id && bytes_eq(top->id, BYTES_LIT("TDX"));
    if (t->version == 3 ? !t->tdx && !bytes_eq(top->id, BYTES_LIT("SGX")) : has_id)
        attest_json_fail(j, "id is neither SGX nor TDX, or does not fit the version");
    if (t->tdx && (top->seen & 1u << TDX_MODULE) == 0)
        attest_json_fail(j, "a member is missing");
    if (t->next_update < t->issued)
        attest_json_fail(j, "ends before it begins");
}

/* Exactly 16 of {"svn": n}; anything shorter or longer is refused, never cut or filled. */
static void take_components(uint8_t out[COMPONENTS], struct attest_json *j)
{
    static const char *const svn[] = {"svn"};
    uint32_t n = 0;

    attest_json_enter_array(j);
    while (attest_json_element(j)) {
        uint32_t seen = 0;
        uint8_t value = 0;
        attest_json_enter_object(j);
        while (attest_json_known(j, svn, 1, &seen) >= 0)
            value = (uint8_t)attest_json_uint(j, UINT8_MAX);
        if (seen == 0 || n == COMPONENTS) {
            attest_json_fail(j, "not 16 components with an SVN each");
            return;
        }
        out[n++] = value;
    }
    if (n != COMPONENTS)
        attest_json_fail(j, "not 16 components with an SVN each");
}

static void take_tcb_v3(struct tcb_level *level, struct attest_json *j, bool tdx)
{
    static const char *const members[] = {"sgxtcbcomponents", "tdxtcbcomponents", "pcesvn"};
    uint32_t seen = 0;
    int member;

    attest_json_enter_object(j);
    while ((member = attest_json_known(j, members, 3, &seen)) >= 0) {
        if (member == 2)
            level->pce_svn = (uint16_t)attest_json_uint(j, UINT16_MAX);
        else
            take_components(member == 0 ? level->sgx : level->tdx, j);
    }
    if ((seen | (tdx ? 0u : 2u)) != 7)
        attest_json_fail(j, "TCB level lacks a member");
}

static void take_tcb_v2(struct tcb_level *level, struct attest_json *j)
{
    static const char *const members[COMPONENTS + 1] = {
        "sgxtcbcomp01svn", "sgxtcbcomp02svn", "sgxtcbcomp03svn", "sgxtcbcomp04svn", "sgxtcbcomp05svn",
        "sgxtcbcomp06svn", "sgxtcbcomp07svn", "sgxtcbcomp08svn", "sgxtcbcomp09svn", "sgxtcbcomp10svn",
        "sgxtcbcomp11svn", "sgxtcbcomp12svn", "sgxtcbcomp13svn", "sgxtcbcomp14svn", "sgxtcbcomp15svn",
        "sgxtcbcomp16svn", "pcesvn"};
    uint32_t seen = 0;
    int member;

    attest_json_enter_object(j);
    while ((member = attest_json_known(j, members, COMPONENTS + 1, &seen)) >= 0) {
        if (member == COMPONENTS)
            level->pce_svn = (uint16_t)attest_json_uint(j, UINT16_MAX);
        else
            level->sgx[member] = (uint8_t)attest_json_uint(j, UINT8_MAX);
    }
    if (seen != (1u << (COMPONENTS + 1)) - 1)
        attest_json_fail(j, "TCB level lacks a member");
}

static void take_level(struct tcb_level *level, struct arena *a, struct attest_json *j,
                       const struct tcb_info *t)
{
    uint32_t seen = 0;
    int member;

    attest_json_enter_object(j);
    while ((member = attest_json_known(j, tcb_level_members, TCB_LEVEL_MEMBERS, &seen)) >= 0) {
        if (member != TCB_LEVEL_TCB)
            tcb_verdict_take(&level->verdict, a, j, (enum tcb_level_member)member, true);
        else if (t->version == 2)
            take_tcb_v2(level, j);
        else
            take_tcb_v3(level, j, t->tdx);
    }
    tcb_level_complete(j, seen);
}

static bool same_tcb(const struct tcb_level *a, const struct tcb_level *b)
{
    return memcmp(a->sgx, b->sgx, COMPONENTS) == 0 && memcmp(a->tdx, b->tdx, COMPONENTS) == 0 &&
           a->pce_svn == b->pce_svn;
}

static void take_levels(struct tcb_info *t, struct arena *a, struct attest_json *j)
{
    uint32_t room = tcb_count_next(j, TCB_LEVELS_MAX, "no or too many TCB levels"), n = 0;

    if (!attest_json_ok(j))
        return;
    struct tcb_level *levels = arena_new_n(a, struct tcb_level, room);
    attest_json_enter_array(j);
    while (attest_json_element(j)) {
        ASSERT(n < room);
        take_level(&levels[n], a, j, t);
        for (uint32_t i = 0; i < n; i++) {
            if (same_tcb(&levels[i], &levels[n]))
                attest_json_fail(j, "two TCB levels for one TCB");
        }
        n++;
    }
    t->levels = levels;
    t->level_count = n;
}

/* A member of a module, or of an identity, which is one with a name and levels. */
enum { MODULE_MRSIGNER, MODULE_ATTRIBUTES, MODULE_MASK, MODULE_ID, MODULE_LEVELS, MODULE_MEMBERS };
static const char *const module_members[MODULE_MEMBERS] = {"mrsigner", "attributes", "attributesMask", "id",
                                                           "tcbLevels"};

static void take_module_member(struct tdx_module *m, struct attest_json *j, int member)
{
    if (member == MODULE_MRSIGNER)
        attest_json_hex(j, m->mrsigner, sizeof m->mrsigner);
    else
        attest_json_hex(j, member == MODULE_MASK ? m->attributes_mask : m->attributes, sizeof m->attributes);
}

static void take_module(struct tdx_module *m, struct attest_json *j)
{
    uint32_t seen = 0;
    int member;

    attest_json_enter_object(j);
    while ((member = attest_json_known(j, module_members, MODULE_ID, &seen)) >= 0)
        take_module_member(m, j, member);
    if (seen != (1u << MODULE_ID) - 1)
        attest_json_fail(j, "TDX module lacks a member");
}

/* "TDX_" and the major version as two hex digits. */
static uint8_t take_module_id(struct attest_json *j)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    struct bytes id = attest_json_string(j);
    uint8_t major = 0;

    if (id.len != 6 || !bytes_starts_with(id, BYTES_LIT("TDX_"))) {
        attest_json_fail(j, "id of a TDX module is not TDX_ and two digits");
        return 0;
    }
    for (size_t i = 4; i < 6; i++) {
        const char *at = memchr(digits, id.p[i], sizeof digits - 1);
        if (at == NULL)
            attest_json_fail(j, "id of a TDX module is not TDX_ and two digits");
        else
            major = (uint8_t)(major << 4 | ((at - digits) & 15));
    }
    return major;
}

static void take_identity(struct tdx_module_identity *m, struct arena *a, struct attest_json *j)
{
    uint32_t seen = 0;
    int member;

    attest_json_enter_object(j);
    while ((member = attest_json_known(j, module_members, MODULE_MEMBERS, &seen)) >= 0) {
        if (member == MODULE_ID)
            m->major = take_module_id(j);
        else if (member == MODULE_LEVELS)
            m->levels = isv_levels_take(&m->level_count, a, j);
        else
            take_module_member(&m->module, j, member);
    }
    if (seen != (1u << MODULE_MEMBERS) - 1)
        attest_json_fail(j, "TDX module lacks a member");
}

static void take_identities(struct tcb_info *t, struct arena *a, struct attest_json *j)
{
    uint32_t room = tcb_count_next(j, TCB_MODULES_MAX, "no or too many TDX modules"), n = 0;

    if (!attest_json_ok(j))
        return;
    struct tdx_module_identity *modules = arena_new_n(a, struct tdx_module_identity, room);
    attest_json_enter_array(j);
    while (attest_json_element(j)) {
        ASSERT(n < room);
        take_identity(&modules[n], a, j);
        for (uint32_t i = 0; i < n; i++) {
            if (modules[i].major == modules[n].major)
                attest_json_fail(j, "two TDX modules of one version");
        }
        n++;
    }
    t->modules = modules;
    t->module_count = n;
}

/* The parts that were set aside. What only TDX has is not looked at in an SGX document. */
static enum err_code read_parts(struct tcb_info *t, struct arena *a, const struct top *top, struct err *e)
{
    struct attest_json j = attest_json_of(top->levels);

    take_levels(t, a, &j);
    TRY(attest_json_end(&j, "TCB info: levels", e));
    if (!t->tdx)
        return ERR_OK;
    j = attest_json_of(top->module);
    take_module(&t->module, &j);
    TRY(attest_json_end(&j, "TCB info: TDX module", e));
    if ((top->seen & 1u << TDX_MODULES) == 0)
        return ERR_OK;
    j = attest_json_of(top->modules);
    take_identities(t, a, &j);
    return attest_json_end(&j, "TCB info: TDX modules", e);
}

enum attest_class tcb_info_read(struct tcb_info *out, struct arena *a, struct bytes text, struct err *e)
{
    struct attest_json j = attest_json_of(text);
    struct tcb_info t = {0};
    struct top top = {0};
    struct err why;
    int member;

    attest_json_enter_object(&j);
    while ((member = attest_json_known(&j, names, MEMBERS, &top.seen)) >= 0)
        take_member(&t, &top, &j, (enum member)member);
    check_top(&t, &top, &j);
    if (attest_json_end(&j, "TCB info", &why) != ERR_OK || read_parts(&t, a, &top, &why) != ERR_OK)
        return attest_refuse(e, ATTEST_TCB_INFO_FORMAT, why.msg);
    *out = t;
    return ATTEST_VERIFIED;
}
