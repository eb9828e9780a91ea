/* What a second reader accepts, ours accepts too, up to its depth; strings read alike and survive being
 * written. */
#include <jansson.h>

#include "codec/json.h"
#include "codec/json_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_string(struct arena *a, struct bytes in, const json_t *theirs)
{
    struct json_reader j = json_reader_of(a, in);
    struct bytes text = json_take_string(&j);
    struct bytes want = bytes_of(json_string_value(theirs), json_string_length(theirs));

    ASSERT(json_ok(&j) && bytes_eq(text, want));
    struct writer w = writer_in(a, 100 + 8 * in.len);
    json_put_string(&w, text);
    ASSERT(writer_ok(&w));
    j = json_reader_of(a, writer_bytes(&w));
    ASSERT(bytes_eq(json_take_string(&j), text) && json_ok(&j));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes in = bytes_of(data, len);
    struct arena a;
    struct err e;

    arena_init(&a, &arena_heap, (1u << 20) + 64 * len);
    struct json_reader j = json_reader_of(&a, in);
    json_skip(&j);
    enum err_code code = json_end(&j, "fuzz", &e);
    json_t *theirs = NULL;
    if (len > 0 && memchr(data, 0, len) == NULL) /* the other reader takes a raw zero for the end */
        theirs = json_loadb((const char *)data, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (theirs != NULL)
        ASSERT(code == ERR_OK || strcmp(j.failed, "nested too deeply") == 0);
    if (json_is_string(theirs))
        check_string(&a, in, theirs);
    json_decref(theirs);
    arena_fini(&a);
    return 0;
}
