/* attest/attest_json_fuzz.c — the strict JSON reader against jansson: what it takes, jansson takes too and
 * understands alike; what jansson takes within the reader's limits, the reader takes too. */
#include <jansson.h>

#include "attest/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Takes the next value and compares it. The tree is no deeper than the reader allows. */
static void same(struct attest_json *j, const json_t *v)
{
    struct bytes name;
    size_t count = 0;

    switch (json_typeof(v)) {
    case JSON_OBJECT:
        attest_json_enter_object(j);
        while (attest_json_member(j, &name)) {
            const json_t *member = json_object_getn(v, (const char *)name.p, name.len);
            ASSERT(member != NULL);
            same(j, member);
            count++;
        }
        ASSERT(count == json_object_size(v));
        break;
    case JSON_ARRAY:
        ASSERT(attest_json_count(j) == json_array_size(v));
        attest_json_enter_array(j);
        while (attest_json_element(j))
            same(j, json_array_get(v, count++));
        ASSERT(count == json_array_size(v));
        break;
    case JSON_STRING: {
        struct bytes text = attest_json_skip(j);
        struct bytes want = bytes_of(json_string_value(v), json_string_length(v));
        ASSERT(text.len >= 2 && text.len - 2 >= want.len);
        if (memchr(text.p, '\\', text.len) == NULL)
            ASSERT(bytes_eq(bytes_of(text.p + 1, text.len - 2), want));
        break;
    }
    case JSON_INTEGER: {
        struct attest_json copy = *j;
        struct bytes text = attest_json_skip(j);
        if (text.p[0] != '-')
            ASSERT(attest_json_uint(&copy, INT64_MAX) == (uint64_t)json_integer_value(v));
        break;
    }
    case JSON_REAL:
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL:
        ASSERT(attest_json_skip(j).len > 0);
        break;
    }
    ASSERT(attest_json_ok(j));
}

static bool within_limits(const json_t *v, uint32_t depth)
{
    const char *name;
    json_t *member;
    size_t i;

    if ((json_is_object(v) || json_is_array(v)) && depth == JSON_DEPTH_MAX)
        return false;
    if (json_is_object(v) && json_object_size(v) > JSON_MEMBERS_MAX)
        return false;
    if (json_is_object(v)) {
        void *at;
        for (at = json_object_iter((json_t *)(uintptr_t)v); at != NULL;
             at = json_object_iter_next((json_t *)(uintptr_t)v, at)) {
            name = json_object_iter_key(at);
            member = json_object_iter_value(at);
            if (name == NULL || !within_limits(member, depth + 1))
                return false;
        }
    }
    for (i = 0; json_is_array(v) && i < json_array_size(v); i++) {
        if (!within_limits(json_array_get(v, i), depth + 1))
            return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes in = bytes_of(data, len);
    struct attest_json j = attest_json_of(in);
    json_error_t why;
    struct err e;

    if (len == 0 || len > JSON_TEXT_MAX)
        return 0;
    struct bytes slice = attest_json_skip(&j);
    bool ours = attest_json_end(&j, "text", &e) == ERR_OK;
    json_t *theirs = json_loadb((const char *)data, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (ours) {
        ASSERT(slice.len > 0 && slice.len <= len);
        /* numbers beyond what jansson can hold are well formed all the same */
        ASSERT(theirs != NULL || json_error_code(&why) == json_error_numeric_overflow);
        j = attest_json_of(in);
        if (theirs != NULL)
            same(&j, theirs);
    } else if (theirs != NULL && memchr(data, '\\', len) == NULL && memchr(data, 0, len) == NULL) {
        /* jansson takes a NUL for the end of its input, and escapes in names */
        ASSERT(!within_limits(theirs, 0));
    }
    json_decref(theirs);
    return 0;
}
