/* attest/crl_fuzz.c — revocation lists: each serial that a list holds is found in it. */
#include "attest/crl.h"
#include "attest/der.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct crl c;
    struct err e;

    if (crl_read(&c, bytes_of(data, len), &e) != ERR_OK) {
        ASSERT(e.msg[0] != 0);
        return 0;
    }
    ASSERT(c.tbs.len < len && c.issuer.len < c.tbs.len && c.this_update <= c.next_update);
    struct reader entries = reader_of(c.revoked);
    for (int i = 0; entries.left > 0 && i < 64; i++) {
        struct reader entry = der_enter(&entries, DER_SEQUENCE);
        struct bytes serial = der_take(&entry, DER_INTEGER);
        ASSERT(reader_ok(&entry) && crl_revokes(&c, serial));
    }
    ASSERT(!crl_revokes(&c, BYTES_LIT("a serial number of more than 21 bytes")));
    return 0;
}
