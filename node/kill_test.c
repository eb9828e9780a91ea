/* node/kill_test.c — kills a running wetee-node many times and looks at what is left.
 *
 * A node runs as a child process while transfers are sent to it over HTTP. Each round ends with SIGKILL, at a
 * fault point (base/fault.h) or at a random moment. The next start must show every block that the node had
 * announced (its log says "block" only after the batch was written), with the same hash and state root. Every
 * few rounds the whole state is read from the folder and its root computed anew.
 *
 *     node_kill_test [rounds] [wetee-node]          default: 220, $WETEE_BUILD/bin/wetee-node
 * Prints TAP. */
#include "base/clock.h"
#include "base/hex.h"
#include "base/int.h"
#include "node/chain.h"
#include "node/sign_test.h"
#include "trie/root.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    BLOCKS_MAX = 100000,
    LINE_MAX_LEN = 4096,
    ROUNDS = 220,
    DEEP_EVERY = 20,
    START_MS = 20000,
    FAULT_MS = 8000
};

struct announced {
    bool known;
    struct hash32 hash, root;
};

struct driver {
    const char *program, *folder;
    struct arena a;
    struct keypair alice, bob;
    uint64_t rng;
    pid_t pid;
    int log; /* the child's standard error */
    char line[LINE_MAX_LEN];
    size_t line_len;
    uint16_t port;
    uint32_t nonce, top; /* top: highest block announced */
    struct hash32 genesis;
    struct announced *block; /* [BLOCKS_MAX] */
    uint32_t start_number;   /* what the last start said */
    struct announced start;
    uint64_t sent, fault_kills, random_kills;
};

_Noreturn static void die(struct driver *d, const char *what)
{
    printf("not ok 1 - %s (block %u, round %llu)\n1..1\n", what, d->top,
           (unsigned long long)(d->fault_kills + d->random_kills));
    (void)fflush(stdout);
    if (d->pid > 0)
        (void)kill(d->pid, SIGKILL);
    exit(1);
}

static uint64_t rng(struct driver *d)
{
    d->rng ^= d->rng << 13;
    d->rng ^= d->rng >> 7;
    d->rng ^= d->rng << 17;
    return d->rng;
}

/* ---- the child's log ---- */

static bool field(const char *line, const char *name, char *out, size_t cap)
{
    char pattern[32];
    (void)snprintf(pattern, sizeof pattern, " %s=", name);
    const char *at = strstr(line, pattern);
    if (at == NULL)
        return false;
    at += strlen(pattern);
    size_t n = strcspn(at, " \n");
    if (n >= cap)
        return false;
    memcpy(out, at, n);
    out[n] = 0;
    return true;
}

static bool number_field(const char *line, const char *name, uint64_t *out)
{
    char text[32];
    return field(line, name, text, sizeof text) && parse_u64(bytes_of_str(text), out);
}

static bool hash_field(const char *line, const char *name, struct hash32 *out)
{
    char text[80];
    return field(line, name, text, sizeof text) && hex_decode_into(out->b, 32, bytes_of_str(text));
}

/* True when the line says that the node listens. */
static bool take_line(struct driver *d, const char *line)
{
    struct announced b = {.known = true};
    uint64_t number, port;

    if (strstr(line, "node: listening") != NULL) {
        if (!number_field(line, "block", &number) || !number_field(line, "rpc_port", &port) ||
            !hash_field(line, "hash", &b.hash) || !hash_field(line, "root", &b.root))
            die(d, "the start line is not understood");
        d->start_number = (uint32_t)number;
        d->start = b;
        d->port = (uint16_t)port;
        return true;
    }
    if (strstr(line, "node: block ") == NULL)
        return false;
    if (!number_field(line, "number", &number) || !hash_field(line, "hash", &b.hash) ||
        !hash_field(line, "root", &b.root) || number >= BLOCKS_MAX)
        die(d, "a block line is not understood");
    if (d->block[number].known && !hash32_eq(&d->block[number].hash, &b.hash))
        die(d, "a number was announced with two hashes");
    d->block[number] = b;
    d->top = (uint32_t)number > d->top ? (uint32_t)number : d->top;
    return false;
}

/* Reads what the child wrote; 1: it listens, 0: nothing decisive, -1: its end. */
static int read_log(struct driver *d)
{
    int found = 0;

    for (;;) {
        ssize_t n = read(d->log, d->line + d->line_len, sizeof d->line - 1 - d->line_len);
        if (n <= 0)
            return n == 0 ? -1 : found;
        d->line_len += (size_t)n;
        d->line[d->line_len] = 0;
        char *start = d->line, *end;
        while ((end = strchr(start, '\n')) != NULL) {
            *end = 0;
            if (strstr(start, " error ") != NULL)
                printf("# %s\n", start);
            found |= take_line(d, start);
            start = end + 1;
        }
        d->line_len = strlen(start);
        memmove(d->line, start, d->line_len + 1);
    }
}

static void pause_ms(int64_t ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    (void)nanosleep(&t, NULL);
}

static void spawn(struct driver *d, const char *fault_opt)
{
    int out[2];

    if (pipe2(out, O_CLOEXEC) != 0)
        die(d, "no pipe");
    d->pid = fork();
    if (d->pid == 0) {
        (void)dup2(out[1], STDERR_FILENO);
        if (fault_opt != NULL)
            (void)setenv("WETEE_FAULT", fault_opt, 1);
        (void)execl(d->program, d->program, "--base-path", d->folder, "--rpc-port", "0", "--chain", "dev",
                    "--verify-threads", "1", (char *)NULL);
        _exit(127);
    }
    (void)close(out[1]);
    d->log = out[0];
    (void)fcntl(d->log, F_SETFL, O_NONBLOCK);
    d->line_len = 0;
}

static void start(struct driver *d, const char *fault_opt)
{
    spawn(d, fault_opt);
    for (uint64_t until = clock_mono_ms() + START_MS;;) {
        int r = read_log(d);
        if (r == 1)
            return;
        if (r < 0)
            die(d, "the node ended while starting");
        if (clock_mono_ms() > until)
            die(d, "the node did not start in time");
        pause_ms(2);
    }
}

/* After the child's death: what it still wrote, and its status. */
static void bury(struct driver *d)
{
    int status;

    if (waitpid(d->pid, &status, 0) != d->pid || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        die(d, "the node did not die by SIGKILL");
    d->pid = 0;
    while (read_log(d) >= 0)
        pause_ms(1);
    (void)close(d->log);
}

/* ---- JSON-RPC over HTTP, just enough ---- */

static bool request(struct driver *d, const char *method, const char *params, char *out, size_t cap)
{
    char head[256];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(d->port)};
    struct timeval patience = {.tv_sec = 5};
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t got = 0, body_len = strlen(method) + strlen(params) + 45;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    char *body = arena_alloc(&d->a, body_len + 16);
    int len = snprintf(body, body_len + 16, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}",
                       method, params);
    int head_len =
        snprintf(head, sizeof head,
                 "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
                 "Content-Length: %d\r\n\r\n",
                 len);
    (void)setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    bool ok = s >= 0 && connect(s, (struct sockaddr *)&to, sizeof to) == 0 &&
              send(s, head, (size_t)head_len, MSG_NOSIGNAL) == head_len &&
              send(s, body, (size_t)len, MSG_NOSIGNAL) == len;
    while (ok && got < cap - 1) {
        ssize_t n = recv(s, out + got, cap - 1 - got, 0);
        if (n <= 0)
            break;
        got += (size_t)n;
        out[got] = 0;
        if (strstr(out, "\"jsonrpc\"") != NULL && out[got - 1] == '}')
            break;
    }
    out[got] = 0;
    if (s >= 0)
        (void)close(s);
    return ok && strstr(out, "\"result\"") != NULL;
}

static bool ask_hash(struct driver *d, const char *method, const char *params, const char *member,
                     struct hash32 *out)
{
    char answer[8192], pattern[40];

    if (!request(d, method, params, answer, sizeof answer))
        return false;
    (void)snprintf(pattern, sizeof pattern, "\"%s\":\"", member);
    const char *at = strstr(answer, pattern);
    return at != NULL && strlen(at) > strlen(pattern) + 66 &&
           hex_decode_into(out->b, 32, bytes_of(at + strlen(pattern), 66));
}

/* Sends one transfer; false when the node is gone. A refusal is no matter: the nonce is asked again next
 * time. */
static bool send_transfer(struct driver *d)
{
    char answer[4096];
    struct bytes tx = test_transfer(&d->a, &d->alice, &d->bob.account, 1 + d->sent, d->nonce, &d->genesis);
    const char *params = NULL;
    size_t len = 2 * tx.len + 8;
    char *p = arena_alloc(&d->a, len);

    (void)snprintf(p, len, "[\"%s\"]", hex0x(&d->a, tx));
    params = p;
    bool ok = request(d, "author_submitExtrinsic", params, answer, sizeof answer);
    d->nonce += ok;
    d->sent += ok;
    arena_reset(&d->a);
    return ok;
}

static void ask_nonce(struct driver *d)
{
    char answer[4096];
    const char *at;
    uint64_t nonce;

    if (!request(d, "system_accountNextIndex", "[\"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY\"]",
                 answer, sizeof answer))
        die(d, "the nonce was not told");
    at = strstr(answer, "\"result\":");
    if (at == NULL || !parse_u64(bytes_of(at + 9, strspn(at + 9, "0123456789")), &nonce))
        die(d, "the nonce is not understood");
    d->nonce = (uint32_t)nonce;
}

/* ---- judging ---- */

/* The node has just started: is every block there that it announced in the rounds before? */
static void check_start(struct driver *d, uint32_t known_before)
{
    char params[80];
    struct hash32 hash, root;

    if (d->start_number < d->top)
        die(d, "an announced block is lost");
    if (d->start_number > d->top + 1)
        die(d, "more than one block appeared that nobody announced");
    if (d->block[d->start_number].known && (!hash32_eq(&d->block[d->start_number].hash, &d->start.hash) ||
                                            !hash32_eq(&d->block[d->start_number].root, &d->start.root)))
        die(d, "the head has another hash or state root than announced");
    for (uint32_t n = known_before; n <= d->top; n++) {
        if (!d->block[n].known)
            continue;
        (void)snprintf(params, sizeof params, "[%u]", n);
        if (!ask_hash(d, "chain_getBlockHash", params, "result", &hash) ||
            !hash32_eq(&hash, &d->block[n].hash))
            die(d, "an announced block has another hash now");
        char *at = arena_fmt(&d->a, "[\"%s\"]", hex0x(&d->a, bytes_of(hash.b, 32)));
        if (!ask_hash(d, "chain_getHeader", at, "stateRoot", &root) || !hash32_eq(&root, &d->block[n].root))
            die(d, "an announced block has another state root now");
    }
    d->block[d->start_number] = d->start;
    d->top = d->start_number;
    arena_reset(&d->a);
}

struct pairs {
    struct trie_pair *v;
    size_t count, cap;
};

/* Reads the whole state from the folder, with no node running, and computes its root from nothing. */
static void check_whole_state(struct driver *d)
{
    struct chain_config config = {.path = arena_fmt(&d->a, "%s/db", d->folder), .any_chain = true};
    struct chain *c = NULL;
    struct trie *t = NULL;
    struct pairs p = {0};
    struct bytes key;
    struct hash32 root;
    struct err e;
    bool found = false;

    if (chain_open(&c, &config, &e) != ERR_OK || chain_state(c, &t, &chain_best(c)->hash, &e) != ERR_OK)
        die(d, "the folder does not open");
    if (trie_first_key(t, &d->a, &key, &found, &e) != ERR_OK)
        die(d, "the state cannot be read");
    while (found) {
        if (p.count == p.cap) {
            p.cap = p.cap == 0 ? 256 : p.cap * 2;
            p.v = reallocarray(p.v, p.cap, sizeof *p.v);
            ASSERT(p.v != NULL);
        }
        p.v[p.count].key = key;
        if (trie_get(t, &d->a, &p.v[p.count++].value, &found, key, &e) != ERR_OK || !found ||
            trie_next_key(t, &d->a, &key, &found, key, &e) != ERR_OK)
            die(d, "the state cannot be read");
    }
    trie_root_of_sorted(&d->a, &root, p.v, p.count, STATE_V1);
    if (!hash32_eq(&root, &chain_best(c)->state_root))
        die(d, "the state's root computed anew is not the head's");
    free(p.v);
    chain_close(c);
    arena_reset(&d->a);
}

static void round_with_fault(struct driver *d, const char *point)
{
    char fault[64];
    uint32_t before = d->top;

    (void)snprintf(fault, sizeof fault, "%s:%u", point, (unsigned)(1 + rng(d) % 6));
    start(d, fault);
    check_start(d, before);
    ask_nonce(d);
    for (uint64_t until = clock_mono_ms() + FAULT_MS; send_transfer(d);) {
        (void)read_log(d);
        if (clock_mono_ms() > until)
            die(d, "the fault point was not reached");
    }
    bury(d);
    d->fault_kills++;
}

static void round_at_random(struct driver *d)
{
    uint32_t before = d->top;

    start(d, NULL);
    check_start(d, before);
    ask_nonce(d);
    for (uint64_t until = clock_mono_us() + rng(d) % 120000; clock_mono_us() < until;) {
        if (!send_transfer(d))
            die(d, "the node does not take a transfer");
        (void)read_log(d);
    }
    (void)kill(d->pid, SIGKILL);
    bury(d);
    d->random_kills++;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static void prepare(struct driver *d, char *folder, bool faults)
{
    struct err e;

    arena_init(&d->a, &arena_heap, 256 << 20);
    d->block = calloc(BLOCKS_MAX, sizeof *d->block);
    ASSERT(d->block != NULL);
    if (mkdtemp(folder) == NULL ||
        keypair_from_uri(&d->alice, SIGNATURE_SR25519, BYTES_LIT("//Alice"), &e) != ERR_OK ||
        keypair_from_uri(&d->bob, SIGNATURE_SR25519, BYTES_LIT("//Bob"), &e) != ERR_OK)
        die(d, "nothing to begin with");
    d->folder = folder;
    for (size_t i = 0; faults && i < 2;
         i++) { /* while block 0 is written: it is there as a whole or not at all */
        spawn(d, i == 0 ? "store.write.before:1" : "store.write.after:1");
        bury(d);
        d->fault_kills++;
    }
    start(d, NULL);
    d->genesis = d->start.hash;
    (void)kill(d->pid, SIGKILL);
    bury(d);
}

int main(int argc, char **argv)
{
    static const char *const points[] = {"node.block.applied", "node.block.finalized", "store.write.before",
                                         "store.write.after", "node.block.committed"};
    char folder[] = "/tmp/wetee-kill-XXXXXX", program[512];
    struct driver d = {.rng = clock_mono_us() | 1};
    const char *build = getenv("WETEE_BUILD");
    uint64_t rounds = ROUNDS, seed = d.rng;
    bool faults = false;

#ifdef WETEE_FAULTS
    faults = true;
#endif
    (void)snprintf(program, sizeof program, "%s/bin/wetee-node", build != NULL ? build : WETEE_BUILD_DIR);
    d.program = argc > 2 ? argv[2] : program;
    if (argc > 1 && !parse_u64(bytes_of_str(argv[1]), &rounds))
        die(&d, "rounds is no number");
    printf("# seed %llu\n", (unsigned long long)seed);
    prepare(&d, folder, faults);
    for (uint64_t i = 0; i < rounds; i++) {
        if (faults && i % 2 == 0)
            round_with_fault(&d, points[i / 2 % ARRAY_LEN(points)]);
        else
            round_at_random(&d);
        if (i % DEEP_EVERY == DEEP_EVERY - 1) {
            check_whole_state(&d);
            printf("# %llu kills, head %u, %llu transfers accepted\n", (unsigned long long)i + 1, d.top,
                   (unsigned long long)d.sent);
            (void)fflush(stdout);
        }
    }
    printf("ok 1 - %llu kills at fault points and %llu at random times lost no announced block\n1..1\n",
           (unsigned long long)d.fault_kills, (unsigned long long)d.random_kills);
    (void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    arena_fini(&d.a);
    free(d.block);
    return 0;
}
