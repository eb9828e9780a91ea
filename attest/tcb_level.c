#include "attest/tcb_level.h"
#include "attest/date.h"

enum { ADVISORY_LEN_MAX = 64 };

const char *const tcb_level_members[TCB_LEVEL_MEMBERS] = {"tcb", "tcbDate", "tcbStatus", "advisoryIDs"};

uint64_t tcb_date_take(struct attest_json *j)
{
    struct bytes text = attest_json_string(j);
    uint64_t seconds = 0;
    struct err why;

    if (attest_json_ok(j) && date_read(&seconds, text, &why) != ERR_OK)
        attest_json_fail(j, "date is not of the form YYYY-MM-DDThh:mm:ssZ");
    return seconds;
}

uint32_t tcb_count_next(struct attest_json *j, uint32_t max, const char *why)
{
    uint32_t count = attest_json_count(j);
    if (count == 0 || count > max)
        attest_json_fail(j, why);
    return attest_json_ok(j) ? count : 0;
}

/* An unknown string is no status, and so is one that only a comparison of two levels can yield. */
static enum attest_tcb take_status(struct attest_json *j, bool platform)
{
    enum attest_tcb status = attest_tcb_from_name(attest_json_string(j));

    switch (status) {
    case ATTEST_TCB_UP_TO_DATE:
    case ATTEST_TCB_OUT_OF_DATE:
    case ATTEST_TCB_REVOKED:
        return status;
    case ATTEST_TCB_SW_HARDENING_NEEDED:
    case ATTEST_TCB_CONFIGURATION_NEEDED:
    case ATTEST_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED:
    case ATTEST_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED:
        if (platform)
            return status;
        break;
    case ATTEST_TCB_TD_RELAUNCH_ADVISED:
    case ATTEST_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED:
    case ATTEST_TCB_NOT_EVALUATED:
        break;
    }
    attest_json_fail(j, "unknown TCB status");
    return ATTEST_TCB_NOT_EVALUATED;
}

static void take_advisories(struct tcb_verdict *v, struct arena *a, struct attest_json *j)
{
    uint32_t room = attest_json_count(j), i = 0;

    if (room > TCB_ADVISORIES_MAX)
        attest_json_fail(j, "too many advisories");
    if (!attest_json_ok(j))
        return;
    struct bytes *list = arena_new_n(a, struct bytes, room + 1);
    attest_json_enter_array(j);
    while (attest_json_element(j)) {
        ASSERT(i < room);
        list[i] = attest_json_string(j);
        if (attest_json_ok(j) && (list[i].len == 0 || list[i].len > ADVISORY_LEN_MAX))
            attest_json_fail(j, "advisory with an empty or too long name");
        i++;
    }
    v->advisories = list;
    v->advisory_count = i;
}

void tcb_verdict_take(struct tcb_verdict *v, struct arena *a, struct attest_json *j,
                      enum tcb_level_member member, bool platform)
{
    switch (member) {
    case TCB_LEVEL_DATE:
        v->date = tcb_date_take(j);
        break;
    case TCB_LEVEL_STATUS:
        v->status = take_status(j, platform);
        break;
    case TCB_LEVEL_ADVISORIES:
        take_advisories(v, a, j);
        break;
    case TCB_LEVEL_TCB:
    case TCB_LEVEL_MEMBERS:
        UNREACHABLE();
    }
}

void tcb_level_complete(struct attest_json *j, uint32_t seen)
{
    const uint32_t mandatory = 1u << TCB_LEVEL_TCB | 1u << TCB_LEVEL_DATE | 1u << TCB_LEVEL_STATUS;
    if ((seen & mandatory) != mandatory)
        attest_json_fail(j, "TCB level lacks a member");
}

static uint16_t take_isv_svn(struct attest_json *j)
{
    static const char *const names[] = {"isvsvn"};
    uint32_t seen = 0;
    uint16_t svn = 0;

    attest_json_enter_object(j);
    while (attest_json_known(j, names, 1, &seen) >= 0)
        svn = (uint16_t)attest_json_uint(j, UINT16_MAX);
    if (seen == 0)
        attest_json_fail(j, "TCB level lacks a member");
    return svn;
}

static void take_isv_level(struct isv_level *level, struct arena *a, struct attest_json *j)
{
    uint32_t seen = 0;
    int member;

    attest_json_enter_object(j);
    while ((member = attest_json_known(j, tcb_level_members, TCB_LEVEL_MEMBERS, &seen)) >= 0) {
        if (member == TCB_LEVEL_TCB)
            level->isv_svn = take_isv_svn(j);
        else
            tcb_verdict_take(&level->verdict, a, j, (enum tcb_level_member)member, false);
    }
    tcb_level_complete(j, seen);
}

const struct isv_level *isv_levels_take(uint32_t *count, struct arena *a, struct attest_json *j)
{
    uint32_t room = tcb_count_next(j, TCB_LEVELS_MAX, "no or too many TCB levels"), n = 0;

    if (!attest_json_ok(j))
        return NULL;
    struct isv_level *levels = arena_new_n(a, struct isv_level, room);
    attest_json_enter_array(j);
    while (attest_json_element(j)) {
        ASSERT(n < room);
        take_isv_level(&levels[n], a, j);
        for (uint32_t i = 0; i < n; i++) {
            if (levels[i].isv_svn == levels[n].isv_svn)
                attest_json_fail(j, "two TCB levels for one SVN");
        }
        n++;
    }
    *count = n;
    return levels;
}
