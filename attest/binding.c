#include "attest/binding.h"
#include "base/writer.h"
#include "crypto/hash.h"

enum { BINDING_TEXT_MAX = 256 };

void attest_binding(uint8_t out[32], enum attest_purpose purpose, const struct attest_subject *subject,
                    const uint8_t key[32], const uint8_t nonce[32])
{
    uint8_t text[BINDING_TEXT_MAX];
    struct writer w = writer_fixed(text, sizeof text);

    put_text(&w, "wetee/ra/v1");
    put_mem(&w, subject->genesis.b, sizeof subject->genesis.b);
    put_u8(&w, (uint8_t)purpose);
    put_u64(&w, subject->cluster);
    put_u8(&w, subject->work_type);
    put_u64(&w, subject->work_id);
    put_u64(&w, subject->version);
    put_mem(&w, key, 32);
    put_mem(&w, nonce, 32);
    ASSERT(writer_ok(&w));
    blake2_256(out, writer_bytes(&w));
}

void attest_channel_key(uint8_t out[32], const uint8_t deploy_key[32], const uint8_t exchange_key[32],
                        const uint8_t exporter[32])
{
    uint8_t text[96];

    memcpy(text, deploy_key, 32);
    memcpy(text + 32, exchange_key, 32);
    memcpy(text + 64, exporter, 32);
    blake2_256(out, bytes_of(text, sizeof text));
}

void attest_report_data(uint8_t out[ATTEST_REPORT_DATA_LEN], const uint8_t binding[32])
{
    memset(out, 0, ATTEST_REPORT_DATA_LEN);
    memcpy(out, binding, 32);
}
