/* node/sign_test.c — see sign_test.h. */
#include "node/sign_test.h"
#include "codec/extrinsic.h"
#include "codec/scale.h"
#include "crypto/hash.h"
#include "runtime/runtime.h"

enum { PALLET_BALANCES = 4, CALL_TRANSFER_KEEP_ALIVE = 3 };

struct bytes test_transfer(struct arena *a, const struct keypair *from, const struct account_id *to,
                           uint64_t planck, uint32_t nonce, const struct hash32 *genesis)
{
    struct writer call = writer_in(a, 256), extra = writer_in(a, 64), payload = writer_in(a, 1024),
                  out = writer_in(a, 1024);
    uint8_t sig[SIGNATURE_MAX_LEN];
    struct extrinsic_parts p = {
        .format = 4, .is_signed = true, .key_kind = (enum extrinsic_key_kind)from->kind};
    struct extrinsic_implicit implicit = {.spec_version = RUNTIME_SPEC_VERSION,
                                          .transaction_version = RUNTIME_TRANSACTION_VERSION,
                                          .genesis = *genesis,
                                          .birth = *genesis};

    put_u8(&call, PALLET_BALANCES);
    put_u8(&call, CALL_TRANSFER_KEEP_ALIVE);
    put_u8(&call, 0); /* MultiAddress::Id */
    put_mem(&call, to->b, sizeof to->b);
    put_compact(&call, planck);
    p.extra.nonce = nonce;
    put_extrinsic_extra(&extra, &p.extra);
    extrinsic_signing_payload(&payload, writer_bytes(&call), writer_bytes(&extra), &implicit);
    size_t len = keypair_sign(from, sig, writer_bytes(&payload));
    p.address.tag = MULTI_ADDRESS_ID;
    p.address.u.id = from->account;
    p.signature = bytes_of(sig, len);
    p.call = writer_bytes(&call);
    extrinsic_encode(&out, &p);
    ASSERT(writer_ok(&out));
    return writer_bytes(&out);
}
