/* node/node.c — the chain thread: its parts, its loop, its end. See node.h. */
#include "node/node.h"
#include "base/clock.h"
#include "base/int.h"
#include "base/log.h"
#include "node/version.h"

#include <stdlib.h>

void node_wake(void *node)
{
    struct node *n = node;
    struct ws_message m = {.kind = WS_WAKE};

    /* A full inbox keeps the chain thread awake as it is. */
    (void)!queue_push(n->inbox, &m);
}

static FALLIBLE start_rpc(struct node *n, const struct config *config, struct err *e)
{
    const struct chain_info *info = chain_info(n->chain);
    struct ws_server_config ws = {
        .address = config->rpc_external ? "0.0.0.0" : NULL,
        .port = config->rpc_port,
        .limits = ws_server_limits_default(),
        .inbox = n->inbox,
    };
    struct rpc_server_config rpc = {
        .chain = info->name,
        .name = NODE_NAME,
        .version = NODE_VERSION,
        .chain_type_json = info->type_json,
        .properties_json = info->properties_json,
        .node_role = "Authority",
        .local_peer_id = "",
        .unsafe_methods = config->rpc_unsafe,
    };

    ws.limits.connections_max = config->rpc_max_connections;
    if (ws_server_start(&n->ws, &ws, e) != ERR_OK)
        return err_wrap(e, "RPC port %u", (unsigned)config->rpc_port);
    n->sink = rpc_sink_of_ws(n->ws);
    n->backend = node_backend(n);
    return rpc_server_new(&n->rpc, &rpc, &n->backend, &n->sink, e);
}

FALLIBLE node_start(struct node *n, const struct config *config, struct chain *owned_chain, struct err *e)
{
    struct txpool_limits limits = txpool_default_limits();

    *n = (struct node){.chain = owned_chain};
    atomic_init(&n->stop, false);
    if (chain_info(n->chain)->dev_mode)
        limits.ban_ms = 0; /* as SDK nodes in development: the same mistake may be tried again at once */
    arena_init(&n->arena, &arena_heap, NODE_CALL_MEMORY);
    n->pool = txpool_new(&limits, (struct txpool_events){n, node_pool_status});
    n->inbox = queue_new(NODE_INBOX, sizeof(struct ws_message));
    n->verify = verify_new(config->verify_threads, node_wake, n);
    n->starting_block = chain_best(n->chain)->number;
    engine_dev_init(&n->engine, config->seal_ms, clock_mono_ms());
    if (start_rpc(n, config, e) != ERR_OK) {
        node_fini(n);
        return e->code;
    }
    return ERR_OK;
}

void node_fini(struct node *n)
{
    struct ws_message m;

    ws_server_stop(MOVE(n->ws)); /* no more producers */
    while (n->inbox != NULL && queue_pop(n->inbox, &m, 0) == QUEUE_ITEM)
        ws_message_fini(&m);
    verify_free(MOVE(n->verify));
    verify_batch_free(MOVE(n->filling));
    rpc_server_free(MOVE(n->rpc));
    queue_free(MOVE(n->inbox));
    txpool_free(MOVE(n->pool));
    chain_close(MOVE(n->chain));
    arena_fini(&n->arena);
}

/* Takes what is in the inbox, waiting for the first message, up to a turn's worth. */
static void take_messages(struct node *n, int64_t wait_ms)
{
    struct ws_message m;

    for (int i = 0; i < NODE_MESSAGES_A_TURN && queue_pop(n->inbox, &m, wait_ms) == QUEUE_ITEM; i++) {
        if (m.kind == WS_WAKE)
            ws_message_fini(&m);
        else
            rpc_server_message(n->rpc, &m);
        wait_ms = 0;
    }
    node_flush_submissions(n);
}

void node_run(struct node *n)
{
    while (!atomic_load(&n->stop)) {
        int64_t rpc_wait = rpc_server_tick(n->rpc, clock_mono_ms());
        bool busy = queue_len(n->inbox) > 0 || verify_out(n->verify) > 0;
        int64_t wait = engine_dev_wait(&n->engine, clock_mono_ms(), txpool_ready_count(n->pool), busy);
        if (wait == 0) {
            node_seal(n);
            wait = 0;
        }
        take_messages(n, wait < rpc_wait ? wait : rpc_wait);
        node_take_verified(n, 0);
    }
}
