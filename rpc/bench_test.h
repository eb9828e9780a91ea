/* rpc/bench_test.h — a server over the small chain, with what it sends collected: texts in, texts out. */
#ifndef RPC_BENCH_TEST_H
#define RPC_BENCH_TEST_H

#include "base/clock.h"
#include "base/hex.h"
#include "io/server.h"
#include "rpc/fake_test.h"
#include "rpc/jsonrpc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { CONN = 7 << 16, HTTP = 9 << 16, OUT_MAX = 5000 };

struct bench {
    struct fake_chain *chain;
    struct rpc_backend backend;
    struct rpc_sink sink;
    struct rpc_server *rpc;
    json_t *out[OUT_MAX]; /* what was sent, in order, not yet looked at */
    size_t out_count;
    size_t nothings, dones;
};

void bench_open(struct bench *b, bool unsafe_methods);
void bench_close(struct bench *b);
void bench_message(struct bench *b, enum ws_message_kind kind, const char *text);
/* The first thing sent and not yet looked at, owned; fails when there is none. */
json_t *bench_next(struct bench *b);

/* Sends a text and compares the one answer's compact, key-sorted text. */
void expect_text(struct bench *b, const char *text, const char *want);
/* The `result` of a call, owned; or fails. */
json_t *call(struct bench *b, const char *method, const char *params);
void expect_result(struct bench *b, const char *method, const char *params, const char *want);
void expect_error(struct bench *b, const char *method, const char *params, int code,
                  const char *message_part);

#define ERROR_TEXT(id, code, text) \
    "{\"error\":{\"code\":" #code ",\"message\":\"" text "\"},\"id\":" id ",\"jsonrpc\":\"2.0\"}"

#endif /* RPC_BENCH_TEST_H */
