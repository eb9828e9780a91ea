/* attest/flip_test.c — every bit of two genuine quotes flipped: what is still accepted is covered by no
 * signature and decides nothing, and is exactly what docs/formats/attestation.md lists. */
#include "attest/pem.h"
#include "attest/quote.h"
#include "attest/vectors_test.h"
#include "base/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct range {
    size_t first, last;
};

/* Bytes of which at least one bit may be flipped, from the line end before the block of the embedded root:
 * what is embedded as a root is compared with the pinned one by name and key, and is not believed otherwise.
 */
static const struct range in_root_block[] = {
    {0, 27},                            /* line end and opening mark: damaged, there is no block */
    {49, 75},                           /* serial number */
    {95, 157},  {159, 222}, {224, 235}, /* issuer: of another name, it is no root to be compared */
    {242, 243}, {246, 250}, {253, 257}, {262, 263}, {266, 267}, {269, 271}, {273, 277}, /* dates */
    {559, 563}, {566, 598}, {603, 607}, {610, 612}, {614, 677}, {679, 712}, {717, 721},
    {724, 742}, {744, 754}, {774, 775}, {801, 802}, /* ids and values of extensions */
    {829, 872}, {877, 920},                         /* signature */
    {948, 949},                                     /* line end and zero behind the last block */
};
/* And the line end between leaf and intermediate. */
enum { RANGES = ARRAY_LEN(in_root_block) + 1 };

/* Where the blocks of a PEM text begin, the line end before them included for all but the first. */
static void block_starts(size_t starts[3], struct arena *a, struct bytes pem)
{
    struct writer w = writer_in(a, SGX_QUOTE_MAX);
    struct bytes rest = pem, der;
    for (size_t i = 0; i < 3; i++) {
        starts[i] = pem.len - rest.len;
        assert_int_equal(pem_next(&rest, &w, &der), PEM_BLOCK);
    }
}

static void wanted(struct range out[RANGES], struct arena *a, const struct quote *q, const uint8_t *base)
{
    size_t starts[3], at = (size_t)(q->cert_data.p - base);
    block_starts(starts, a, q->cert_data);
    out[0] = (struct range){at + starts[1], at + starts[1]};
    for (size_t i = 0; i < ARRAY_LEN(in_root_block); i++)
        out[i + 1] =
            (struct range){at + starts[2] + in_root_block[i].first, at + starts[2] + in_root_block[i].last};
}

/* Is evidence with some bit of this byte flipped accepted? What it says is then the same. */
static bool flippable(uint8_t *byte, const struct attest_input *in, const struct attest_policy *policy,
                      const struct attest_claims *before)
{
    bool accepted = false;
    for (int bit = 0; bit < 8; bit++) {
        struct attest_claims c;
        struct err e;
        *byte ^= (uint8_t)(1 << bit);
        if (attest_verify(&c, in, policy, &attest_openssl, &e) == ATTEST_VERIFIED) {
            accepted = true;
            assert_memory_equal(&c, before, sizeof c);
        }
        *byte ^= (uint8_t)(1 << bit);
    }
    return accepted;
}

static void check_flips(const char *name)
{
    struct arena a;
    struct vectors_subject s;
    struct quote q;
    struct attest_claims claims;
    struct err e;
    struct attest_input in = {0};
    struct range want[RANGES];
    size_t at = 0;
    json_t *m = vectors_manifest();

    arena_init(&a, &arena_heap, VECTORS_ARENA);
    const json_t *one = vectors_case(m, name);
    vectors_subject_load(&s, &a, m, one, json_array_get(json_object_get(one, "evaluations"), 0), "quote");
    struct attest_policy policy = vectors_policy(&s);
    assert_int_equal(vectors_endorse(&in.endorsements, &a, &s, &attest_openssl, &e), ATTEST_VERIFIED);
    assert_int_equal(quote_read(&q, s.evidence, true, &e), ATTEST_VERIFIED);
    wanted(want, &a, &q, s.evidence.p);
    in.evidence = vectors_exact(bytes_of(s.evidence.p, q.declared_length));
    in.now = s.now;
    uint8_t *copy = (uint8_t *)(uintptr_t)in.evidence.p;
    assert_int_equal(attest_verify(&claims, &in, &policy, &attest_openssl, &e), ATTEST_VERIFIED);
    for (size_t i = 0; i < in.evidence.len; i++) {
        while (at < RANGES && i > want[at].last)
            at++;
        bool listed = at < RANGES && i >= want[at].first;
        if (flippable(&copy[i], &in, &policy, &claims) != listed)
            fail_msg("byte %zu of %zu %s be flipped", i, in.evidence.len, listed ? "cannot" : "can");
    }
    print_message("# %zu bytes, 8 flips each\n", in.evidence.len);
    assert_int_equal(at, RANGES - 1); /* the last range ends with the quote */
    test_free(copy);
    vectors_subject_free(&s);
    arena_fini(&a);
    json_decref(m);
}

static void every_flipped_bit_of_an_enclaves_quote_is_refused_or_decides_nothing(void **state)
{
    (void)state;
    check_flips("sgx-phala-a067-processor-ca");
}

static void every_flipped_bit_of_a_tds_quote_is_refused_or_decides_nothing(void **state)
{
    (void)state;
    check_flips("tdx-phala-b0c06f-uptodate");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_flipped_bit_of_an_enclaves_quote_is_refused_or_decides_nothing),
        cmocka_unit_test(every_flipped_bit_of_a_tds_quote_is_refused_or_decides_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
