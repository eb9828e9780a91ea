#include "attest/vectors_support_test.h"
#include "attest/der.h"
#include "base/hex.h"
#include "base/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define VECTORS WETEE_VECTORS "/attestation/"

json_t *vectors_manifest(void)
{
    json_t *m = json_load_file(VECTORS "manifest.json", JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(m);
    return m;
}

struct bytes vectors_load(struct arena *a, const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, VECTORS "%s", name);
    FILE *h = fopen(path, "rb");
    if (h == NULL)
        fail_msg("%s cannot be opened", path);
    uint8_t *p = test_malloc(VECTORS_FILE_MAX);
    size_t len = fread(p, 1, VECTORS_FILE_MAX, h);
    (void)fclose(h);
    assert_true(len > 0 && len < VECTORS_FILE_MAX);
    struct bytes file = arena_dup(a, bytes_of(p, len));
    test_free(p);
    return file;
}

static json_t *named(const json_t *list, const char *key, const char *value)
{
    json_t *one;
    size_t i;
    json_array_foreach(list, i, one)
    {
        if (strcmp(vectors_text(one, key), value) == 0)
            return one;
    }
    fail_msg("nothing has the %s %s", key, value);
    return NULL;
}

json_t *vectors_case(const json_t *manifest, const char *id)
{
    return named(json_object_get(manifest, "cases"), "id", id);
}

json_t *vectors_evaluation(const json_t *one, const char *name)
{
    return named(json_object_get(one, "evaluations"), "name", name);
}

const char *vectors_text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    if (s == NULL)
        fail_msg("no text member %s", key);
    return s;
}

long long vectors_int(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    if (!json_is_integer(v))
        fail_msg("no number member %s", key);
    return json_integer_value(v);
}

bool vectors_listed(const json_t *list, enum attest_class c)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (strcmp(json_string_value(json_array_get(list, i)), attest_class_name(c)) == 0)
            return true;
    }
    return false;
}

bool vectors_hex_is(const json_t *o, const char *key, const void *got, size_t len)
{
    char hex[2 * 128 + 1];
    if (json_object_get(o, key) == NULL)
        return false;
    assert_true(len <= 128);
    hex_encode(hex, bytes_of(got, len));
    if (strcmp(hex, vectors_text(o, key)) != 0)
        fail_msg("%s is %s, the manifest says %s", key, hex, vectors_text(o, key));
    return true;
}

bool vectors_int_is(const json_t *o, const char *key, uint64_t got)
{
    if (json_object_get(o, key) == NULL)
        return false;
    if ((uint64_t)vectors_int(o, key) != got)
        fail_msg("%s is %llu, the manifest says %lld", key, (unsigned long long)got, vectors_int(o, key));
    return true;
}

uint64_t vectors_time(const char *iso)
{
    uint8_t der[17] = {DER_GENERALIZED_TIME, 15};
    size_t at = 2;
    for (; *iso != 0; iso++) {
        if (*iso != '-' && *iso != ':' && *iso != 'T') {
            assert_true(at < sizeof der);
            der[at++] = (uint8_t)*iso;
        }
    }
    struct reader r = reader_of(bytes_of(der, at));
    uint64_t t = der_take_time(&r);
    assert_true(reader_ok(&r));
    return t;
}

void vectors_root(struct attest_root *out, struct arena *a, const json_t *manifest, const char *name)
{
    struct err e;
    const json_t *root = json_object_get(json_object_get(manifest, "trust_roots"), name);
    struct bytes der =
        vectors_load(a, vectors_text(root, json_object_get(root, "ark") != NULL ? "ark" : "file"));
    assert_int_equal(attest_root_from_cert(out, der, ATTEST_ROOT_VENDOR, &e), ERR_OK);
}

struct bytes vectors_hex(struct arena *a, const char *hex)
{
    struct bytes out;
    struct err e;
    assert_int_equal(hex_decode(a, &out, bytes_of_str(hex), &e), ERR_OK);
    return out;
}

/* in[..at] ‖ middle ‖ in[after..] */
static struct bytes splice(struct arena *a, struct bytes in, size_t at, struct bytes middle, size_t after)
{
    assert_true(at <= in.len && after <= in.len && at <= after);
    struct writer w = writer_in(a, in.len + middle.len + 1);
    put_bytes(&w, bytes_of(in.p, at));
    put_bytes(&w, middle);
    put_bytes(&w, bytes_of(in.p + after, in.len - after));
    assert_true(writer_ok(&w));
    return writer_bytes(&w);
}

static struct bytes replace_text(struct arena *a, struct bytes in, const char *from, const char *to)
{
    struct bytes old = bytes_of_str(from);
    for (size_t i = 0; i + old.len <= in.len; i++) {
        if (memcmp(in.p + i, old.p, old.len) == 0)
            return splice(a, in, i, bytes_of_str(to), i + old.len);
    }
    fail_msg("%s does not occur", from);
    return BYTES_EMPTY;
}

struct bytes vectors_mutate(struct arena *a, struct bytes in, const json_t *recipe)
{
    const char *op = vectors_text(recipe, "op");

    if (strcmp(op, "clear") == 0)
        return BYTES_EMPTY;
    if (strcmp(op, "truncate") == 0) {
        long long len = vectors_int(recipe, "length");
        assert_true(len >= 0 && (size_t)len < in.len);
        return bytes_of(in.p, (size_t)len);
    }
    if (strcmp(op, "replace_text") == 0)
        return replace_text(a, in, vectors_text(recipe, "from"), vectors_text(recipe, "to"));
    struct bytes value = vectors_hex(a, vectors_text(recipe, "value"));
    if (strcmp(op, "append") == 0)
        return splice(a, in, in.len, value, in.len);
    long long offset = vectors_int(recipe, "offset");
    size_t at = offset < 0 ? in.len - (size_t)-offset : (size_t)offset;
    if (strcmp(op, "insert") == 0)
        return splice(a, in, at, value, at);
    bool xor = strcmp(op, "xor") == 0 || strcmp(op, "resign_body") == 0;
    assert_true(xor || strcmp(op, "set") == 0);
    assert_true(at + value.len <= in.len);
    uint8_t *new = arena_alloc(a, value.len);
    for (size_t i = 0; i < value.len; i++)
        new[i] = (uint8_t)(xor? in.p[at + i] ^ value.p[i] : value.p[i]);
    return splice(a, in, at, bytes_of(new, value.len), at + value.len);
}

struct bytes vectors_exact(struct bytes in)
{
    uint8_t *p = test_malloc(in.len == 0 ? 1 : in.len);
    if (in.len > 0)
        memcpy(p, in.p, in.len);
    return bytes_of(p, in.len);
}

json_t *vectors_collateral_json(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, VECTORS "%s", name);
    json_t *file = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    if (file == NULL)
        fail_msg("%s is no JSON file", path);
    return file;
}

void vectors_collateral(struct attest_collateral *out, struct arena *a, const json_t *file)
{
    struct attest_collateral c = {0};
    const struct {
        const char *name;
        struct bytes *part;
        bool hex, optional;
    } parts[] = {
        {"pck_crl_issuer_chain", &c.pck_crl_issuer_chain, false, false},
        {"tcb_info_issuer_chain", &c.tcb_info_issuer_chain, false, false},
        {"qe_identity_issuer_chain", &c.qe_identity_issuer_chain, false, false},
        {"pck_certificate_chain", &c.pck_chain, false, true},
        {"tcb_info", &c.tcb_info, false, false},
        {"qe_identity", &c.qe_identity, false, false},
        {"root_ca_crl", &c.root_ca_crl, true, false},
        {"pck_crl", &c.pck_crl, true, false},
        {"tcb_info_signature", &c.tcb_info_signature, true, false},
        {"qe_identity_signature", &c.qe_identity_signature, true, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (parts[i].optional && json_object_get(file, parts[i].name) == NULL)
            continue;
        const char *text = vectors_text(file, parts[i].name);
        size_t len = json_string_length(json_object_get(file, parts[i].name));
        *parts[i].part = parts[i].hex ? vectors_hex(a, text) : arena_dup(a, bytes_of(text, len));
    }
    *out = c;
}
