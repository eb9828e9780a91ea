/* attest/x509_test.c — certificates and revocation lists that no authority would issue: each differs in one
 * thing from one that is read. Signatures play no part here. */
#include "attest/chain.h"
#include "attest/crl.h"
#include "attest/der.h"
#include "base/arena.h"
#include "base/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define B(s) BYTES_LIT(s)
#define ECDSA "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"
#define ECDSA_NULL "\x30\x0c\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x05\x00"
#define SIGNATURE "\x00\x30\x06\x02\x01\x01\x02\x01\x01"
#define NAME_A "\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03one"
#define NAME_B "\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03two"
#define BEGIN "\x17\x0d\x32\x30\x30\x31\x30\x31\x30\x30\x30\x30\x30\x30Z" /* 2020-01-01 */
#define END "\x17\x0d\x33\x30\x30\x31\x30\x31\x30\x30\x30\x30\x30\x30Z"   /* 2030-01-01 */
/* extensions: CA with path length 0; keyCertSign and cRLSign; one that nobody knows */
#define EXT_CA "\x30\x12\x06\x03\x55\x1d\x13\x01\x01\xff\x04\x08\x30\x06\x01\x01\xff\x02\x01\x00"
#define EXT_USAGE "\x30\x0e\x06\x03\x55\x1d\x0f\x01\x01\xff\x04\x04\x03\x02\x01\x06"
#define EXT_OTHER "\x30\x08\x06\x02\x2a\x03\x04\x02\x05\x00"
#define EXT_CRITICAL "\x30\x0b\x06\x02\x2a\x03\x01\x01\xff\x04\x02\x05\x00"

static struct arena arena;

static struct bytes tlv(uint8_t tag, struct bytes content)
{
    struct writer w = writer_in(&arena, content.len + 8);

    put_u8(&w, tag);
    if (content.len >= 0x100) {
        put_u8(&w, 0x82);
        put_u8(&w, (uint8_t)(content.len >> 8));
    } else if (content.len >= 0x80) {
        put_u8(&w, 0x81);
    }
    put_u8(&w, (uint8_t)content.len);
    put_bytes(&w, content);
    return writer_bytes(&w);
}

static struct bytes join(const struct bytes *parts, size_t n)
{
    struct writer w = writer_in(&arena, 8192);
    for (size_t i = 0; i < n; i++)
        put_bytes(&w, parts[i]);
    return writer_bytes(&w);
}

/* --- certificates --- */

struct made {
    struct bytes version, serial, inner, issuer, begin, end, subject, key, extensions, more, outer, signature,
        tail;
};

static struct bytes key_of(uint8_t form)
{
    uint8_t point[64] = {1};
    const struct bytes parts[] = {B("\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48"
                                    "\xce\x3d\x03\x01\x07\x03\x42\x00"),
                                  bytes_of(&form, 1), BYTES_OF(point)};
    return join(parts, ARRAY_LEN(parts));
}

static struct made usual(void)
{
    return (struct made){.version = B("\xa0\x03\x02\x01\x02"),
                         .serial = B("\x02\x01\x07"),
                         .inner = B(ECDSA),
                         .issuer = B(NAME_A),
                         .begin = B(BEGIN),
                         .end = B(END),
                         .subject = B(NAME_B),
                         .key = key_of(4),
                         .extensions = B(EXT_CA EXT_USAGE),
                         .outer = B(ECDSA),
                         .signature = B(SIGNATURE)};
}

static struct bytes der_of(const struct made *m)
{
    const struct bytes validity[] = {m->begin, m->end};
    const struct bytes tbs[] = {m->version,
                                m->serial,
                                m->inner,
                                tlv(DER_SEQUENCE, m->issuer),
                                tlv(DER_SEQUENCE, join(validity, 2)),
                                tlv(DER_SEQUENCE, m->subject),
                                m->key,
                                tlv(DER_CONTEXT_3, tlv(DER_SEQUENCE, m->extensions)),
                                m->more};
    const struct bytes whole[] = {tlv(DER_SEQUENCE, join(tbs, ARRAY_LEN(tbs))), m->outer,
                                  tlv(DER_BIT_STRING, m->signature)};
    const struct bytes file[] = {tlv(DER_SEQUENCE, join(whole, ARRAY_LEN(whole))), m->tail};
    return join(file, 2);
}

static bool reads(struct x509 *out, const struct made *m)
{
    struct err e;
    return x509_read(out, der_of(m), &e) == ERR_OK;
}

/* One member of the usual certificate replaced. */
struct change {
    size_t at;
    struct bytes by;
    bool good;
};
#define CHANGE(member, text, good)                                                       \
    {                                                                                    \
        offsetof(struct made, member), {(const uint8_t *)(text), sizeof(text) - 1}, good \
    }

static void check(const struct change *v, size_t n)
{
    struct x509 c;

    for (size_t i = 0; i < n; i++) {
        struct made m = usual();
        memcpy((uint8_t *)&m + v[i].at, &v[i].by, sizeof v[i].by);
        if (reads(&c, &m) != v[i].good)
            fail_msg("change %zu: %s", i, v[i].good ? "refused" : "accepted");
    }
}

static void the_usual_certificate_is_read(void **state)
{
    (void)state;
    struct made m = usual();
    struct x509 c;
    assert_true(reads(&c, &m));
    assert_true(c.ca && c.pathlen == 0 && c.key_usage == 0x06 && !x509_self_issued(&c));
    assert_int_equal(c.not_before, 1577836800);
    assert_int_equal(c.not_after, 1893456000);
    assert_true(bytes_eq(x509_common_name(c.subject), B("two")));
}

static void extensions_are_known_single_and_well_formed(void **state)
{
    (void)state;
    static const struct change v[] = {
        CHANGE(extensions, EXT_OTHER, true),
        CHANGE(extensions, EXT_CRITICAL, false),
        CHANGE(extensions, EXT_OTHER EXT_OTHER, false),
        CHANGE(extensions, EXT_CA EXT_USAGE EXT_CA, false),
        /* criticality that says what it is without being said, or says neither */
        CHANGE(extensions, "\x30\x0b\x06\x02\x2a\x03\x01\x01\x00\x04\x02\x05\x00", false),
        CHANGE(extensions, "\x30\x0b\x06\x02\x2a\x03\x01\x01\x01\x04\x02\x05\x00", false),
        /* an authority that is none: cA FALSE written out, a path length without cA, a boolean of 1 */
        CHANGE(extensions, "\x30\x0c\x06\x03\x55\x1d\x13\x04\x05\x30\x03\x01\x01\x00", false),
        CHANGE(extensions, "\x30\x0c\x06\x03\x55\x1d\x13\x04\x05\x30\x03\x02\x01\x00", false),
        CHANGE(extensions, "\x30\x0c\x06\x03\x55\x1d\x13\x04\x05\x30\x03\x01\x01\x01", false),
        CHANGE(extensions, "\x30\x0c\x06\x03\x55\x1d\x13\x04\x05\x30\x03\x01\x01\xff", true),
        CHANGE(extensions, "\x30\x0d\x06\x03\x55\x1d\x13\x04\x06\x30\x03\x01\x01\xff\x00", false),
        /* key usage: unused bits that are set, eight of them, none at all */
        CHANGE(extensions, "\x30\x0b\x06\x03\x55\x1d\x0f\x04\x04\x03\x02\x01\x07", false),
        CHANGE(extensions, "\x30\x0b\x06\x03\x55\x1d\x0f\x04\x04\x03\x02\x08\x00", false),
        CHANGE(extensions, "\x30\x0a\x06\x03\x55\x1d\x0f\x04\x03\x03\x01\x00", false),
        CHANGE(more, "\x05\x00", false),
    };
    check(v, ARRAY_LEN(v));
    struct made m = usual();
    struct writer w = writer_in(&arena, 1024);
    struct x509 c;
    for (uint8_t i = 0; i < X509_EXTENSIONS_MAX + 1; i++) {
        const uint8_t one[] = {0x30, 0x08, 0x06, 0x02, 0x2a, i, 0x04, 0x02, 0x05, 0x00};
        m.extensions = writer_bytes(&w);
        if (i > 0)
            assert_true(reads(&c, &m));
        put_mem(&w, one, sizeof one);
    }
    m.extensions = writer_bytes(&w);
    assert_false(reads(&c, &m));
}

static void versions_serials_algorithms_and_keys_are_of_one_form(void **state)
{
    (void)state;
    static const struct change v[] = {
        CHANGE(version, "", false),
        CHANGE(version, "\xa0\x03\x02\x01\x01", false),
        CHANGE(version, "\xa0\x03\x02\x01\x03", false),
        CHANGE(version, "\xa0\x04\x02\x02\x00\x02", false), /* padded */
        CHANGE(serial, "\x02\x00", false),
        CHANGE(serial,
               "\x02\x16"
               "0123456789012345678901",
               false),
        CHANGE(serial,
               "\x02\x15"
               "012345678901234567890",
               true),
        CHANGE(inner, ECDSA_NULL, false), /* two forms that mean the same are not the same bytes */
        CHANGE(outer, ECDSA_NULL, false),
        CHANGE(inner, "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03", false),
        CHANGE(key, "\x30\x00", false),
        CHANGE(tail, "\x00", false),
    };
    check(v, ARRAY_LEN(v));
    struct made m = usual();
    struct x509 c;
    m.inner = m.outer = B(ECDSA_NULL);
    assert_true(reads(&c, &m));
    m.key = key_of(2); /* not an uncompressed point */
    assert_false(reads(&c, &m));
}

static void signatures_have_one_encoding(void **state)
{
    (void)state;
    static const struct change v[] = {
        CHANGE(signature, "\x01\x30\x06\x02\x01\x01\x02\x01\x02", false), /* unused bits */
        CHANGE(signature, "\x00\x30\x06\x02\x01\x00\x02\x01\x01", false), /* zero */
        CHANGE(signature, "\x00\x30\x06\x02\x01\x80\x02\x01\x01", false), /* negative */
        CHANGE(signature, "\x00\x30\x07\x02\x02\x00\x80\x02\x01\x01", true),
        CHANGE(signature, "\x00\x30\x07\x02\x02\x00\x01\x02\x01\x01", false), /* padded */
        CHANGE(signature, "\x00\x30\x07\x02\x01\x01\x02\x01\x01\x00", false), /* left over */
        CHANGE(signature, "\x00\x30\x06\x02\x01\x01\x02\x01\x01\x00", false),
        CHANGE(signature, "\x00\x30\x81\x06\x02\x01\x01\x02\x01\x01",
               false), /* long form of a short length */
        CHANGE(signature, "\x00\x30\x82\x00\x06\x02\x01\x01\x02\x01\x01", false),
        CHANGE(signature, "\x00\x30\x80\x02\x01\x01\x02\x01\x01\x00\x00", false), /* indefinite */
        CHANGE(signature, "\x00\x30\x84\x00\x00\x00\x06\x02\x01\x01\x02\x01\x01", false),
        CHANGE(signature, "", false),
    };
    check(v, ARRAY_LEN(v));
}

static uint64_t time_of(const char *text, uint8_t tag)
{
    struct reader r = reader_of(tlv(tag, bytes_of_str(text)));
    uint64_t t = der_take_time(&r);
    return reader_ok(&r) ? t : UINT64_MAX;
}

static void times_are_of_two_forms_and_exist(void **state)
{
    (void)state;
    static const char *const bad_utc[] = {"500101000000Z",   "491301000000Z",
                                          "490001000000Z",   "230229000000Z",
                                          "490431000000Z",   "490101240000Z",
                                          "490101006000Z",   "490101000060Z",
                                          "4901010000Z",     "490101000000",
                                          "490101000000+00", "490101000000ZZ",
                                          "49010100000 Z",   ""};
    static const char *const bad[] = {"19491231235959Z", "20490101000000.5Z", "490101000000Z",
                                      "2049010100000Z"};

    assert_int_equal(time_of("491231235959Z", DER_UTC_TIME), 2524607999);
    assert_int_equal(time_of("700101000000Z", DER_UTC_TIME), 0);
    assert_int_equal(time_of("240229000000Z", DER_UTC_TIME), 1709164800);
    assert_int_equal(time_of("20500101000000Z", DER_GENERALIZED_TIME), 2524608000);
    assert_int_equal(time_of("21000301000000Z", DER_GENERALIZED_TIME), 4107542400); /* 2100 is no leap year */
    assert_true(time_of("21000229000000Z", DER_GENERALIZED_TIME) == UINT64_MAX);
    for (size_t i = 0; i < ARRAY_LEN(bad_utc); i++)
        if (time_of(bad_utc[i], DER_UTC_TIME) != UINT64_MAX)
            fail_msg("%s is a time", bad_utc[i]);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (time_of(bad[i], DER_GENERALIZED_TIME) != UINT64_MAX)
            fail_msg("%s is a time", bad[i]);
}

static void who_may_issue_is_said_by_three_things(void **state)
{
    (void)state;
    struct made m = usual();
    struct x509 c;

    assert_true(reads(&c, &m));
    assert_true(x509_may_issue(&c, 0));
    assert_false(x509_may_issue(&c, 1));
    m.extensions = B(EXT_CA);
    assert_true(reads(&c, &m));
    assert_false(x509_may_issue(&c, 0));
    m.extensions = B(EXT_USAGE);
    assert_true(reads(&c, &m));
    assert_false(x509_may_issue(&c, 0));
    m.extensions = B(EXT_CA "\x30\x0e\x06\x03\x55\x1d\x0f\x01\x01\xff\x04\x04\x03\x02\x01\x02"); /* cRLSign */
    assert_true(reads(&c, &m));
    assert_false(x509_may_issue(&c, 0));
}

static void a_name_is_all_its_bytes(void **state)
{
    (void)state;
    struct made m = usual();
    struct x509 c;

    m.subject = B("\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x0c\x04"
                  "A\0BC");
    assert_true(reads(&c, &m));
    assert_int_equal(x509_common_name(c.subject).len, 4);
    assert_true(chain_name_ends(&c, B("BC")) && chain_name_has(&c, B("\0B")));
    assert_false(chain_name_ends(&c, B("A")) || chain_name_ends(&c, B("XA\0BC")));
    m.subject = B("\x31\x0c\x30\x0a\x06\x03\x55\x04\x0a\x0c\x03one"); /* an organisation */
    assert_true(reads(&c, &m));
    assert_int_equal(x509_common_name(c.subject).len, 0);
}

/* --- revocation lists --- */

#define ENTRY(serial) "\x30\x12\x02\x01" serial BEGIN
#define DELTA "\x30\x0a\x06\x03\x55\x1d\x1b\x04\x03\x02\x01\x01"
#define POINT "\x30\x09\x06\x03\x55\x1d\x1c\x04\x02\x30\x00"
#define NUMBER "\x30\x0a\x06\x03\x55\x1d\x14\x04\x03\x02\x01\x01"

struct list {
    struct bytes version, inner, from, until, entries, extensions, outer, tail;
};

static struct bytes list_der(const struct list *l)
{
    const struct bytes tbs[] = {l->version,
                                l->inner,
                                tlv(DER_SEQUENCE, B(NAME_A)),
                                l->from,
                                l->until,
                                l->entries.len > 0 ? tlv(DER_SEQUENCE, l->entries) : BYTES_EMPTY,
                                l->extensions.len > 0 ? tlv(DER_CONTEXT_0, tlv(DER_SEQUENCE, l->extensions))
                                                      : BYTES_EMPTY};
    const struct bytes whole[] = {tlv(DER_SEQUENCE, join(tbs, ARRAY_LEN(tbs))), l->outer,
                                  tlv(DER_BIT_STRING, B(SIGNATURE))};
    const struct bytes file[] = {tlv(DER_SEQUENCE, join(whole, ARRAY_LEN(whole))), l->tail};
    return join(file, 2);
}

static void lists_are_whole_dated_and_of_one_issuer(void **state)
{
    (void)state;
    const struct list good = {.version = B("\x02\x01\x01"),
                              .inner = B(ECDSA),
                              .from = B(BEGIN),
                              .until = B(END),
                              .entries = B(ENTRY("\x05")),
                              .extensions = B(NUMBER),
                              .outer = B(ECDSA)};
    struct list v[] = {good, good, good, good, good, good, good, good, good, good, good, good};
    struct crl c;
    struct err e;

    v[0].version = BYTES_EMPTY;
    v[1].until = BYTES_EMPTY; /* a list without an end is good for ever */
    v[2].from = B(END);
    v[2].until = B(BEGIN);
    v[3].extensions = B(DELTA);
    v[4].extensions = B(POINT);
    v[5].extensions = B(EXT_CRITICAL);
    v[6].extensions = B(NUMBER NUMBER);
    v[7].outer = B(ECDSA_NULL);
    v[8].tail = B("\x00");
    v[9].entries = B("\x30\x20\x02\x01\x05" BEGIN
                     "\x30\x0c\x30\x0a\x06\x03\x55\x1d\x1d\x04\x03\x02\x01\x01"); /* of another issuer */
    v[10].entries = B("\x30\x11\x02\x00" BEGIN);
    v[11].entries = B(ENTRY("\x05") "\x05\x00");
    assert_int_equal(crl_read(&c, list_der(&good), &e), ERR_OK);
    for (size_t i = 0; i < ARRAY_LEN(v); i++)
        if (crl_read(&c, list_der(&v[i]), &e) == ERR_OK)
            fail_msg("list %zu is accepted", i);
    v[0] = good;
    v[0].extensions = B(EXT_OTHER);
    assert_int_equal(crl_read(&c, list_der(&v[0]), &e), ERR_OK);
}

static void a_serial_is_a_number_however_it_is_padded(void **state)
{
    (void)state;
    const struct list l = {.version = B("\x02\x01\x01"),
                           .inner = B(ECDSA),
                           .from = B(BEGIN),
                           .until = B(END),
                           .entries = B(ENTRY("\x05") "\x30\x13\x02\x02\x00\x85" BEGIN),
                           .outer = B(ECDSA)};
    struct crl c;
    struct err e;

    assert_int_equal(crl_read(&c, list_der(&l), &e), ERR_OK);
    assert_true(crl_revokes(&c, B("\x05")) && crl_revokes(&c, B("\x00\x05")));
    assert_true(crl_revokes(&c, B("\x00\x85")) && crl_revokes(&c, B("\x85")));
    assert_false(crl_revokes(&c, B("\x06")) || crl_revokes(&c, B("\x05\x00")) ||
                 crl_revokes(&c, BYTES_EMPTY));
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, &arena_heap, 16 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_usual_certificate_is_read),
        cmocka_unit_test(extensions_are_known_single_and_well_formed),
        cmocka_unit_test(versions_serials_algorithms_and_keys_are_of_one_form),
        cmocka_unit_test(signatures_have_one_encoding),
        cmocka_unit_test(times_are_of_two_forms_and_exist),
        cmocka_unit_test(who_may_issue_is_said_by_three_things),
        cmocka_unit_test(a_name_is_all_its_bytes),
        cmocka_unit_test(lists_are_whole_dated_and_of_one_issuer),
        cmocka_unit_test(a_serial_is_a_number_however_it_is_padded),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
