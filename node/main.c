/* node/main.c — wetee-node: options, genesis, chain, then the loop of node/node.c until a signal asks to
 * stop. */
#include "base/folder.h"
#include "base/log.h"
#include "base/writer.h"
#include "io/signals.h"
#include "node/exit_code.h"
#include "node/genesis_dev.h"
#include "node/node.h"
#include "node/version.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 32 << 20 };

static FALLIBLE read_file(struct arena *a, struct bytes *out, const char *path, struct err *e)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return FAIL_SYS(e, ERR_NOT_FOUND, errno, "%s cannot be opened", path);
    if (fstat(fd, &st) != 0 || st.st_size < 0 || st.st_size > FILE_MAX) {
        (void)close(fd);
        return FAIL(e, ERR_LIMIT, "%s is no file of at most %d bytes", path, FILE_MAX);
    }
    size_t len = (size_t)st.st_size, done = 0;
    uint8_t *p = arena_alloc(a, len + 1);
    while (done < len) {
        ssize_t n = read(fd, p + done, len - done);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    (void)close(fd);
    if (done != len)
        return FAIL(e, ERR_IO, "%s cannot be read", path);
    *out = bytes_of(p, len);
    return ERR_OK;
}

/* The runtime's WASM build, or a marker that changes with the runtime when there is none. */
static FALLIBLE load_code(struct arena *a, struct bytes *out, const struct config *config, struct err *e)
{
    char self[512];

    if (config->wasm != NULL)
        return read_file(a, out, config->wasm, e);
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    for (self[n < 0 ? 0 : n] = 0; n > 0 && self[n - 1] != '/'; n--)
        self[n - 1] = 0;
    const char *beside = arena_fmt(a, "%swetee_runtime.wasm", self);
    if (access(beside, R_OK) == 0)
        return read_file(a, out, beside, e);
    *out = bytes_of_str(arena_fmt(a, "wetee-native %d", RUNTIME_SPEC_VERSION));
    return ERR_OK;
}

/* The built-in document, with the simulated root as its first member when there is one. */
static FALLIBLE dev_document(struct arena *a, struct bytes *out, const char *sim_root_opt, struct err *e)
{
    struct bytes dev = genesis_dev(), root;
    struct writer w = writer_in(a, SIZE_MAX);

    if (sim_root_opt == NULL) {
        *out = dev;
        return ERR_OK;
    }
    TRY(read_file(a, &root, sim_root_opt, e));
    ASSERT(dev.len > 0 && dev.p[0] == '{');
    put_text(&w, "{\n  \"sim_root\": \"0x");
    put_hex(&w, root);
    put_text(&w, "\",");
    put_bytes(&w, bytes_from(dev, 1));
    *out = writer_bytes(&w);
    return ERR_OK;
}

static FALLIBLE open_chain(struct arena *a, struct chain **out, const struct config *config, struct err *e)
{
    struct chain_config c = {.any_chain = config->chain == NULL, .pruning = config->pruning};

    TRY(dev_document(a, &c.genesis, config->sim_root, e));
    if (config->chain != NULL && strcmp(config->chain, "dev") != 0)
        TRY(read_file(a, &c.genesis, config->chain, e));
    TRY(load_code(a, &c.code, config, e));
    if (config->base_path != NULL) {
        TRY(folder_make(config->base_path, e));
        c.path = arena_fmt(a, "%s/db", config->base_path);
    }
    return chain_open(out, &c, e);
}

static void stop(void *arg)
{
    struct node *n = arg;

    atomic_store(&n->stop, true);
    node_wake(n);
}

static void announce(const struct node *n)
{
    const struct chain_info *info = chain_info(n->chain);
    const struct chain_head *best = chain_best(n->chain);

    LOG_INFO("node", "listening", F_U64("rpc_port", ws_server_port(n->ws)), F_STR("chain", info->name),
             F_U64("block", best->number), F_HASH("hash", &best->hash), F_HASH("root", &best->state_root),
             F_STR("data", chain_path(n->chain)),
             F_STR("attestation", info->dev_mode ? "SIMULATED" : "real"));
}

static enum exit_code fail(const struct err *e)
{
    LOG_ERROR("node", "cannot start", F_ERR(e));
    return e->code == ERR_CORRUPT ? EXIT_CODE_DAMAGED : EXIT_CODE_FAILED;
}

static enum exit_code run(struct arena *a, const struct config *config)
{
    struct node n;
    struct chain *chain = NULL;
    struct err e;
    struct signals signals;

    if (open_chain(a, &chain, config, &e) != ERR_OK || node_start(&n, config, chain, &e) != ERR_OK)
        return fail(&e);
    arena_fini(a); /* the genesis document and the code are in the state now */
    if (signals_watch(&signals, stop, &n, &e) != ERR_OK) {
        node_fini(&n);
        return fail(&e);
    }
    announce(&n);
    node_run(&n);
    signals_unwatch(&signals);
    LOG_INFO("node", "stopped", F_U64("block", chain_best(n.chain)->number));
    node_fini(&n);
    return EXIT_CODE_OK;
}

int main(int argc, char **argv)
{
    struct arena a;
    struct config config;
    enum config_end end;
    struct err e;

    arena_init(&a, &arena_heap, 128 << 20);
    if (config_parse(&a, &config, &end, argc, argv, &e) != ERR_OK) {
        (void)fprintf(stderr, "wetee-node: %s\n", e.msg);
        return EXIT_CODE_USAGE;
    }
    if (end == CONFIG_DONE)
        return EXIT_CODE_OK;
    log_set_level(config.log_level);
    signals_block();
    enum exit_code code = run(&a, &config);
    arena_fini(&a);
    return (int)code;
}
