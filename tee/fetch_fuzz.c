/* tee/fetch_fuzz.c — whatever services and hosts answer: no decoder reads outside its input, and what comes
 * out keeps its promises. The first byte chooses the decoder. */
#include <stdlib.h>

#include "attest/der.h"
#include "tee/cert_table.h"
#include "tee/fetch.h"
#include "tee/fetch_parts.h"
#include "tee/qgs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void try_wrapper(struct bytes in)
{
    struct bytes text;
    uint8_t signature[64];
    struct err e;
    if (fetch_wrapper_read(&text, signature, in, "tcbInfo", &e) != ERR_OK)
        return;
    /* a piece of the input, braces included */
    ASSERT(text.len >= 2 && text.p >= in.p && text.p + text.len <= in.p + in.len);
    ASSERT(text.p[0] == '{' && text.p[text.len - 1] == '}');
}

static void try_chain(struct arena *a, struct bytes in)
{
    struct bytes pem, der;
    struct err e;
    if (fetch_chain_read(&pem, a, in, &e) == ERR_OK) {
        ASSERT(pem.len <= in.len && pem.len <= FETCH_CHAIN_MAX && memchr(pem.p, 0, pem.len) == NULL);
        (void)!fetch_intermediate_read(&der, a, pem, &e);
    }
    (void)!fetch_intermediate_read(&der, a, in, &e);
}

static void try_crl(struct arena *a, struct bytes in)
{
    struct bytes der, again;
    struct err e;
    if (fetch_crl_read(&der, a, in, &e) != ERR_OK)
        return;
    struct reader r = reader_of(der);
    (void)der_take(&r, DER_SEQUENCE);
    ASSERT(reader_ok(&r) && r.left == 0);
    /* shorter lists than there can be might be read as text; real ones are stable */
    if (der.p[1] >= 0x80)
        ASSERT(fetch_crl_read(&again, a, der, &e) == ERR_OK && bytes_eq(der, again));
}

static void try_table(struct arena *a, struct bytes in)
{
    struct writer w = writer_in(a, CERT_TABLE_MAX), twice = writer_in(a, CERT_TABLE_MAX);
    struct err e;
    if (cert_table_normalise(&w, in, a, &e) != ERR_OK) {
        ASSERT(w.len == 0 && writer_ok(&w));
        return;
    }
    ASSERT(cert_table_normalise(&twice, writer_bytes(&w), a, &e) == ERR_OK);
    ASSERT(bytes_eq(writer_bytes(&w), writer_bytes(&twice)));
}

static void try_rest(struct arena *a, struct bytes in)
{
    struct fetch_intel_key intel;
    struct fetch_amd_key amd;
    struct bytes quote;
    struct err e;
    if (qgs_answer_read(&quote, in, &e) == ERR_OK)
        ASSERT(quote.len > 0 && quote.p + quote.len == in.p + in.len);
    (void)!fetch_intel_key_of(&intel, a, in, &e);
    (void)!fetch_amd_key_of(&amd, in, "Milan", &e);
    ASSERT(fetch_retry_after(arena_str(a, in)) <= FETCH_RETRY_AFTER_MAX_S);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes in = bytes_from(bytes_of(data, len), 1);
    struct arena a;

    if (len == 0 || len > 1 << 18)
        return 0;
    arena_init(&a, &arena_heap, 64 << 20);
    switch (data[0] % 5) {
    case 0:
        try_wrapper(in);
        break;
    case 1:
        try_chain(&a, in);
        break;
    case 2:
        try_crl(&a, in);
        break;
    case 3:
        try_table(&a, in);
        break;
    default:
        try_rest(&a, in);
        break;
    }
    arena_fini(&a);
    return 0;
}
