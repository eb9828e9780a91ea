/* rpc/jsonrpc_fuzz.c — any bytes as messages of a client: the server answers JSON or nothing, and never
 * stops. */
#include "io/server.h"
#include "rpc/fake_test.h"
#include "rpc/jsonrpc.h"

#include <stdlib.h>

static bool on_send(void *ctx, uint64_t conn, struct bytes text)
{
    json_error_t why;
    (void)ctx;
    (void)conn;
    json_t *v = json_loadb((const char *)text.p, text.len, 0, &why);
    ASSERT(v != NULL);
    json_decref(v);
    return true;
}

static void on_nothing(void *ctx, uint64_t conn)
{
    (void)ctx;
    (void)conn;
}

static void on_done(void *ctx, uint64_t conn, size_t len)
{
    (void)ctx;
    (void)conn;
    (void)len;
}

static void give(struct rpc_server *rpc, enum ws_message_kind kind, struct bytes text)
{
    struct ws_message m = {.conn = 1 << 16, .kind = kind, .len = text.len};
    m.owned_data = malloc(text.len + 1);
    ASSERT(m.owned_data != NULL);
    if (text.len > 0)
        memcpy(m.owned_data, text.p, text.len);
    m.owned_data[text.len] = 0;
    rpc_server_message(rpc, &m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* One message per line; after each a block is made, so that subscriptions are exercised too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct err e;
    struct rpc_server *rpc = NULL;
    struct fake_chain *chain = fake_new();
    struct rpc_backend backend = fake_backend(chain);
    struct rpc_sink sink = {NULL, on_send, on_nothing, on_done};
    struct rpc_server_config config = {.chain = "c",
                                       .chain_type_json = "\"Live\"",
                                       .properties_json = "{}",
                                       .unsafe_methods = true,
                                       .response_len_max = 65536,
                                       .subscriptions_max = 8};
    ASSERT(rpc_server_new(&rpc, &config, &backend, &sink, &e) == ERR_OK);
    chain->rpc = rpc;
    give(rpc, WS_OPENED, BYTES_EMPTY);
    struct bytes rest = bytes_of(data, len);
    for (int i = 0; i < 16 && rest.len > 0; i++) {
        const uint8_t *end = memchr(rest.p, '\n', rest.len);
        size_t line = end == NULL ? rest.len : (size_t)(end - rest.p);
        give(rpc, i % 4 == 3 ? WS_HTTP : WS_FRAME, bytes_of(rest.p, line));
        rest = bytes_from(rest, line + 1);
        fake_seal(chain, "a", i % 2 == 0 ? "x" : NULL);
    }
    fake_finalize(chain);
    (void)rpc_server_tick(rpc, UINT64_MAX);
    rpc_server_free(rpc);
    fake_free(chain);
    return 0;
}
