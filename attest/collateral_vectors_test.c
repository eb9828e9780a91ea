#include "attest/collateral_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <glob.h>
#include <jansson.h>

#include "base/hex.h"

#define VECTORS WETEE_VECTORS "/attestation/"
enum { FILE_MAX = 65536 };

struct bytes vector_file(struct arena *a, const char *name)
{
    char path[512];
    uint8_t *p = arena_alloc(a, FILE_MAX);

    (void)snprintf(path, sizeof path, VECTORS "%s", name);
    FILE *h = fopen(path, "rb");
    if (h == NULL)
        fail_msg("no file %s", path);
    size_t len = fread(p, 1, FILE_MAX, h);
    (void)fclose(h);
    assert_true(len > 0 && len < FILE_MAX);
    return bytes_of(p, len);
}

static struct bytes text_of(struct arena *a, const json_t *o, const char *key)
{
    const json_t *s = json_object_get(o, key);
    if (!json_is_string(s))
        fail_msg("no member %s", key);
    return arena_dup(a, bytes_of(json_string_value(s), json_string_length(s)));
}

static struct bytes hex_of(struct arena *a, const json_t *o, const char *key)
{
    struct bytes out;
    struct err e;
    assert_int_equal(hex_decode(a, &out, text_of(a, o, key), &e), ERR_OK);
    return out;
}

struct attest_collateral vector_collateral(struct arena *a, const char *name, json_t **json_opt)
{
    struct bytes text = vector_file(a, name);
    json_t *o = json_loadb((const char *)text.p, text.len, JSON_REJECT_DUPLICATES, NULL);
    struct attest_collateral c = {0};

    assert_non_null(o);
    c.pck_crl_issuer_chain = text_of(a, o, "pck_crl_issuer_chain");
    c.tcb_info_issuer_chain = text_of(a, o, "tcb_info_issuer_chain");
    c.qe_identity_issuer_chain = text_of(a, o, "qe_identity_issuer_chain");
    c.root_ca_crl = hex_of(a, o, "root_ca_crl");
    c.pck_crl = hex_of(a, o, "pck_crl");
    c.tcb_info = text_of(a, o, "tcb_info");
    c.qe_identity = text_of(a, o, "qe_identity");
    c.tcb_info_signature = hex_of(a, o, "tcb_info_signature");
    c.qe_identity_signature = hex_of(a, o, "qe_identity_signature");
    if (json_opt != NULL)
        *json_opt = o;
    else
        json_decref(o);
    return c;
}

uint32_t vector_collateral_each(void (*visit)(const char *name))
{
    glob_t found;
    assert_int_equal(glob(VECTORS "*/*/collateral*.json", 0, NULL, &found), 0);
    uint32_t count = (uint32_t)found.gl_pathc;
    for (uint32_t i = 0; i < count; i++)
        visit(found.gl_pathv[i] + strlen(VECTORS));
    globfree(&found);
    return count;
}
