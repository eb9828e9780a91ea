#include <jansson.h>
#include <stdio.h>

#include "base/hex.h"
#include "codec/sample_test.h"

struct json_t *vectors_load(const char *file)
{
    char path[1024];
    json_error_t why;

    (void)snprintf(path, sizeof path, "%s/substrate/%s", WETEE_VECTORS, file);
    json_t *root = json_load_file(path, 0, &why);
    if (root == NULL)
        (void)fprintf(stderr, "%s: %s\n", path, why.text);
    ASSERT(root != NULL);
    return root;
}

const char *vector_text(const struct json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    ASSERT(text != NULL);
    return text;
}

struct bytes vector_hex(struct arena *a, const struct json_t *object, const char *key)
{
    struct bytes out;
    struct err e;
    ASSERT(hex_decode(a, &out, bytes_of_str(vector_text(object, key)), &e) == ERR_OK);
    return out;
}
