#include "rpc/subscriptions.h"

/* Texts of sp_runtime::transaction_validity, as client/transaction-pool shows them in `data`. */
static const char *const invalid_text[] = {
    "Transaction call is not expected",
    "Inability to pay some fees (e.g. account balance too low)",
    "Transaction will be valid in the future",
    "Transaction is outdated",
    "Transaction has a bad signature",
    "Transaction has an ancient birth block",
    "Transaction would exhaust the block limits",
    NULL, /* Custom(n) */
    "A call was labelled as mandatory, but resulted in an Error.",
    "Transaction dispatch is mandatory; transactions must not be validated.",
    "Invalid signing address",
    "The implicit data was unable to be calculated",
    "The transaction extension did not authorize any origin",
};

static const char *const unknown_text[] = {
    "Could not lookup information required to validate the transaction",
    "Could not find an unsigned validator for the unsigned transaction", NULL, /* Custom(n) */
};

static const char *variant_text(const char *const *texts, size_t count, const struct rpc_submit_result *r,
                                struct arena *a)
{
    if (r->variant < count && texts[r->variant] != NULL)
        return texts[r->variant];
    return arena_fmt(a, "Custom error: %u", r->custom);
}

void rpc_submit_error(const struct rpc_submit_result *r, int64_t *code, const char **message,
                      json_t **owned_data, struct arena *a)
{
    const char *text = r->text == NULL ? "" : r->text;
    *code = (int64_t)r->code;
    *owned_data = NULL;
    switch (r->code) {
    case RPC_SUBMIT_OK:
        break;
    case RPC_SUBMIT_BAD_FORMAT:
        *message = arena_fmt(a, "Extrinsic has invalid format: %s", text);
        return;
    case RPC_SUBMIT_VERIFICATION:
        *message = arena_fmt(a, "Verification Error: %s", text);
        *owned_data = json_text(text);
        return;
    case RPC_SUBMIT_INVALID:
        *message = "Invalid Transaction";
        *owned_data = json_text(variant_text(invalid_text, ARRAY_LEN(invalid_text), r, a));
        return;
    case RPC_SUBMIT_UNKNOWN:
        *message = "Unknown Transaction Validity";
        *owned_data = json_text(variant_text(unknown_text, ARRAY_LEN(unknown_text), r, a));
        return;
    case RPC_SUBMIT_BANNED:
        *message = "Transaction is temporarily banned";
        return;
    case RPC_SUBMIT_IMPORTED:
        *message = "Transaction Already Imported";
        *owned_data = json_hash(&r->hash);
        return;
    case RPC_SUBMIT_LOW_PRIORITY:
        *message = arena_fmt(a, "Priority is too low: (%llu vs %llu)", (unsigned long long)r->old_priority,
                             (unsigned long long)r->new_priority);
        *owned_data =
            json_text("The transaction has too low priority to replace another transaction already in the "
                      "pool.");
        return;
    case RPC_SUBMIT_CYCLE:
        *message = "Cycle Detected";
        return;
    case RPC_SUBMIT_DROPPED:
        *message = "Immediately Dropped";
        *owned_data = json_text("The transaction couldn't enter the pool because of the limit");
        return;
    case RPC_SUBMIT_UNACTIONABLE:
        *message = "Unactionable";
        *owned_data =
            json_text("The transaction is unactionable since it is not propagable and the local node does "
                      "not author blocks");
        return;
    case RPC_SUBMIT_NO_TAGS:
        *message = "Transaction does not provide any tags, so the pool can't identify it";
        return;
    case RPC_SUBMIT_BAD_BLOCK:
        *message = "The provided block ID is not valid";
        return;
    case RPC_SUBMIT_FUTURE_REFUSED:
        *message = "The pool is not accepting future transactions";
        return;
    case RPC_SUBMIT_OTHER:
        break;
    }
    *code = RPC_SUBMIT_OTHER;
    *message = arena_fmt(a, "Unknown error occurred: %s", text);
}

/* author_submitExtrinsic and author_submitAndWatchExtrinsic. */
static json_t *submit(struct rpc_call *c)
{
    struct bytes extrinsic;
    if (!param_bytes(c, 0, &extrinsic))
        return NULL;
    if (c->method->arg == RPC_TICKET_WATCH && c->conn != NULL &&
        c->conn->sub_count >= c->server->config.subscriptions_max)
        return sub_open(c, RPC_SUB_WATCH) == NULL ? NULL
                                                  : json_null(); /* fails with its words, nothing submitted */
    (void)rpc_submit(c, (enum rpc_ticket_kind)c->method->arg,
                     extrinsic); /* its ticket answers, or the call failed */
    return NULL;
}

static json_t *pending_extrinsics(struct rpc_call *c)
{
    const struct rpc_backend *b = c->server->backend;
    struct bytes_list list = {0};
    size_t len = 0;
    b->pending(b->ctx, c->arena, &list);
    for (size_t i = 0; i < list.count; i++)
        len += list.v[i].len * 2 + 5;
    if (len > c->server->config.response_len_max)
        return call_too_big(c);
    return json_hex_list(c->server, &list);
}

static const struct rpc_method methods[] = {
    {"author_pendingExtrinsics", "", pending_extrinsics, 0, 0},
    {"author_submitAndWatchExtrinsic", "bytes", submit, RPC_TICKET_WATCH, RPC_NEEDS_CONN},
    {"author_submitExtrinsic", "extrinsic", submit, RPC_TICKET_SUBMIT, 0},
};

const struct rpc_method_group rpc_author_methods = {methods, ARRAY_LEN(methods)};
