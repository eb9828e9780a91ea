/* attest/binding.h — what evidence is bound to: the digest that evidence carries in report_data[0..32].
 *
 * It names the chain, the purpose, the subject, the key that is vouched for and a nonce, so evidence made for
 * one use is useless for any other. report_data[32..64] is zero and checked to be zero. Source:
 * docs/pallets.md rule B2.1 step 4. Pure. */
#ifndef ATTEST_BINDING_H
#define ATTEST_BINDING_H

#include "base/bytes.h"

enum attest_purpose {                               /* part of the digest: never renumber */
                      ATTEST_PURPOSE_WORKER = 0,    /* a worker's controller key, for the chain */
                      ATTEST_PURPOSE_START = 1,     /* an entry's deploy key, for the chain */
                      ATTEST_PURPOSE_CHALLENGE = 2, /* answer to a demand for fresh evidence */
                      ATTEST_PURPOSE_CHANNEL = 3, /* an entry's keys on one TLS connection, for the worker */
};

enum { ATTEST_REPORT_DATA_LEN = 64 };

struct attest_subject {
    struct hash32 genesis;
    uint64_t cluster;
    uint8_t work_type; /* zero, with work_id and version zero, when the subject is a worker */
    uint64_t work_id;
    uint64_t version; /* of the work's specification */
};

/* blake2_256("wetee/ra/v1" ‖ genesis ‖ purpose u8 ‖ cluster u64 ‖ work type u8 ‖ work id u64 ‖ version u64 ‖
 * key ‖ nonce) */
void attest_binding(uint8_t out[32], enum attest_purpose purpose, const struct attest_subject *subject,
                    const uint8_t key[32], const uint8_t nonce[32]);

/* Key of a channel binding: blake2_256(deploy key ‖ exchange key ‖ TLS exporter). */
void attest_channel_key(uint8_t out[32], const uint8_t deploy_key[32], const uint8_t exchange_key[32],
                        const uint8_t exporter[32]);

/* The binding in its report-data form: digest, then zeros. */
void attest_report_data(uint8_t out[ATTEST_REPORT_DATA_LEN], const uint8_t binding[32]);

#endif /* ATTEST_BINDING_H */
