/* tee/evidence_file_fuzz.c — files of any kind: what is read lies within bounds, twice the same. */
#include "tee/evidence_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct evidence_file f, again;
    struct bytes certs[8];
    uint32_t count;
    struct arena a;
    struct err e;

    arena_init(&a, &arena_heap, (size_t)256 << 20);
    if (evidence_file_read(&f, &a, bytes_of(data, len), &e) == ATTEST_VERIFIED) {
        ASSERT(f.evidence.len > 0 || f.certificate.len > 0);
        ASSERT(f.evidence.len <= ATTEST_EVIDENCE_MAX || f.certificate.len > 0);
        ASSERT(f.form != ATTEST_FORM_DETECT && f.layer_count <= EVIDENCE_LAYERS_MAX);
        ASSERT(evidence_file_read(&again, &a, bytes_of(data, len), &e) == ATTEST_VERIFIED);
        ASSERT(bytes_eq(f.evidence, again.evidence) && f.layer_count == again.layer_count);
    } else {
        ASSERT(e.msg[0] != 0);
    }
    if (evidence_certificates(certs, &count, 8, &a, bytes_of(data, len), &e) == ERR_OK)
        ASSERT(count > 0 && count <= 8);
    arena_fini(&a);
    return 0;
}
