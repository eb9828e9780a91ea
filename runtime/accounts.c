#include "runtime/accounts.h"

#include "base/writer.h"

struct account_id account_of(struct exec *x, enum account_tag tag, struct bytes id)
{
    uint8_t text[64];
    struct writer w = writer_fixed(text, sizeof text);
    struct account_id out;

    put_text(&w, "wetee/acct/v1");
    put_u8(&w, (uint8_t)tag);
    put_bytes(&w, id);
    ASSERT(writer_ok(&w));
    struct hash32 h = exec_blake2_256(x, writer_bytes(&w));
    memcpy(out.b, h.b, sizeof out.b);
    return out;
}

struct account_id account_work_pot(struct exec *x)
{
    return account_of(x, ACCOUNT_WORK_POT, BYTES_EMPTY);
}

struct account_id account_network_treasury(struct exec *x)
{
    return account_of(x, ACCOUNT_NETWORK_TREASURY, BYTES_EMPTY);
}

struct account_id account_author_pool(struct exec *x)
{
    return account_of(x, ACCOUNT_AUTHOR_POOL, BYTES_EMPTY);
}
