#include "attest/tcb_level.h"

enum member {
    ID,
    VERSION,
    ISSUE_DATE,
    NEXT_UPDATE,
    EVALUATION,
    MISC_SELECT,
    MISC_SELECT_MASK,
    ATTRIBUTES,
    ATTRIBUTES_MASK,
    MRSIGNER,
    ISV_PROD_ID,
    TCB_LEVELS,
    MEMBERS
};
static const char *const names[MEMBERS] = {
    [ID] = "id",
    [VERSION] = "version",
    [ISSUE_DATE] = "issueDate",
    [NEXT_UPDATE] = "nextUpdate",
    [EVALUATION] = "tcbEvaluationDataNumber",
    [MISC_SELECT] = "miscselect",
    [MISC_SELECT_MASK] = "miscselectMask",
    [ATTRIBUTES] = "attributes",
    [ATTRIBUTES_MASK] = "attributesMask",
    [MRSIGNER] = "mrsigner",
    [ISV_PROD_ID] = "isvprodid",
    [TCB_LEVELS] = "tcbLevels",
};

/* "QVE" is the vendor's verification enclave: nobody's quoting enclave. */
static void take_id(struct qe_identity *q, struct attest_json *j)
{
    struct bytes id = attest_json_string(j);

    q->tdx = bytes_eq(id, BYTES_LIT("TD_QE"));
    if (!q->tdx && !bytes_eq(id, BYTES_LIT("QE")))
        attest_json_fail(j, "id is neither QE nor TD_QE");
}

static void take_member(struct qe_identity *q, struct arena *a, struct attest_json *j, enum member member)
{
    switch (member) {
    case ID:
        take_id(q, j);
        break;
    case VERSION:
        if (attest_json_uint(j, UINT32_MAX) != 2)
            attest_json_fail(j, "version is not 2");
        break;
    case ISSUE_DATE:
        q->issued = tcb_date_take(j);
        break;
    case NEXT_UPDATE:
        q->next_update = tcb_date_take(j);
        break;
    case EVALUATION:
        q->evaluation = (uint32_t)attest_json_uint(j, UINT32_MAX);
        break;
    case MISC_SELECT:
        attest_json_hex(j, q->misc_select, sizeof q->misc_select);
        break;
    case MISC_SELECT_MASK:
        attest_json_hex(j, q->misc_select_mask, sizeof q->misc_select_mask);
        break;
    case ATTRIBUTES:
        attest_json_hex(j, q->attributes, sizeof q->attributes);
        break;
    case ATTRIBUTES_MASK:
        attest_json_hex(j, q->attributes_mask, sizeof q->attributes_mask);
        break;
    case MRSIGNER:
        attest_json_hex(j, q->mrsigner, sizeof q->mrsigner);
        break;
    case ISV_PROD_ID:
        q->isv_prod_id = (uint16_t)attest_json_uint(j, UINT16_MAX);
        break;
    case TCB_LEVELS:
        q->levels = isv_levels_take(&q->level_count, a, j);
        break;
    case MEMBERS:
        UNREACHABLE();
    }
}

enum attest_class qe_identity_read(struct qe_identity *out, struct arena *a, struct bytes text, struct err *e)
{
    struct attest_json j = attest_json_of(text);
    struct qe_identity q = {0};
    uint32_t seen = 0;
    struct err why;
    int member;

    attest_json_enter_object(&j);
    while ((member = attest_json_known(&j, names, MEMBERS, &seen)) >= 0)
        take_member(&q, a, &j, (enum member)member);
    if (seen != (1u << MEMBERS) - 1)
        attest_json_fail(&j, "a member is missing");
    if (attest_json_ok(&j) && q.next_update < q.issued)
        attest_json_fail(&j, "ends before it begins");
    if (attest_json_end(&j, "QE identity", &why) != ERR_OK)
        return attest_refuse(e, ATTEST_QE_IDENTITY_FORMAT, why.msg);
    *out = q;
    return ATTEST_VERIFIED;
}
