#include "entry/config.h"
#include "base/hex.h"
#include "base/int.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/un.h>

enum { LINGER_DEFAULT_S = 60, LINGER_MAX_S = 3600 };

static enum err_code read_unix(struct entry_config *c, const char *path, struct err *e)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    size_t len = strlen(path);

    if (len == 0 || len >= sizeof a.sun_path)
        return FAIL(e, ERR_USAGE, "WETEE_WORKER: bad socket path");
    memcpy(a.sun_path, path, len);
    memcpy(&c->worker, &a, sizeof a);
    c->worker_len = sizeof a;
    return ERR_OK;
}

/* "1.2.3.4:80" or "[::1]:80": addresses only, since resolving names is no business of measured code. */
static enum err_code read_tcp(struct entry_config *c, const char *text, struct err *e)
{
    char ip[64];
    const char *colon = strrchr(text, ':');
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    uint64_t port = 0;

    if (colon == NULL || !parse_u64(bytes_of_str(colon + 1), &port) || port == 0 || port > UINT16_MAX)
        return FAIL(e, ERR_USAGE, "WETEE_WORKER: no port");
    size_t len = (size_t)(colon - text);
    bool brackets = len >= 2 && text[0] == '[' && colon[-1] == ']';
    if (brackets) {
        text++;
        len -= 2;
    }
    if (len >= sizeof ip)
        return FAIL(e, ERR_USAGE, "WETEE_WORKER: bad address");
    memcpy(ip, text, len);
    ip[len] = 0;
    if (!brackets && inet_pton(AF_INET, ip, &v4.sin_addr) == 1) {
        v4.sin_port = htons((uint16_t)port);
        memcpy(&c->worker, &v4, sizeof v4);
        c->worker_len = sizeof v4;
        return ERR_OK;
    }
    if (brackets && inet_pton(AF_INET6, ip, &v6.sin6_addr) == 1) {
        v6.sin6_port = htons((uint16_t)port);
        memcpy(&c->worker, &v6, sizeof v6);
        c->worker_len = sizeof v6;
        return ERR_OK;
    }
    return FAIL(e, ERR_USAGE, "WETEE_WORKER: not an address");
}

static enum err_code read_worker(struct entry_config *c, struct err *e)
{
    const char *text = getenv("WETEE_WORKER");

    if (text != NULL && strncmp(text, "unix:", 5) == 0)
        return read_unix(c, text + 5, e);
    if (text != NULL && strncmp(text, "tcp:", 4) == 0)
        return read_tcp(c, text + 4, e);
    return FAIL(e, ERR_USAGE, "WETEE_WORKER is not unix:<path> or tcp:<ip>:<port>");
}

static enum err_code read_measurements(struct entry_config *c, struct err *e)
{
    const char *text = getenv("WETEE_WORKER_MEASUREMENT");

    if (text == NULL)
        return FAIL(e, ERR_USAGE, "WETEE_WORKER_MEASUREMENT is not set");
    if (strcmp(text, "any") == 0) {
        c->any_measurement = true;
        return ERR_OK;
    }
    for (;;) {
        const char *end = strchrnul(text, ',');
        struct bytes part = bytes_of(text, (size_t)(end - text));
        uint32_t i = c->measurement_count;
        if (i == ENTRY_MEASUREMENTS_MAX || part.len / 2 > ATTEST_MEASUREMENT_MAX ||
            !hex_decode_into(c->measurement_bytes[i], part.len / 2, part) ||
            !attest_measurement_read(&c->measurements[i], bytes_of(c->measurement_bytes[i], part.len / 2)))
            return FAIL(e, ERR_USAGE,
                        "WETEE_WORKER_MEASUREMENT: hex of 32, 36, 48 or 240 bytes each, at most %d",
                        ENTRY_MEASUREMENTS_MAX);
        c->measurement_count++;
        if (*end == 0)
            return ERR_OK;
        text = end + 1;
    }
}

enum err_code entry_config_read(struct entry_config *out, char *const *argv, struct err *e)
{
    struct entry_config *c = out;
    const char *linger = getenv("WETEE_LINGER_S");
    uint64_t linger_s = LINGER_DEFAULT_S;

    memset(c, 0, sizeof *c);
    c->tee = getenv("WETEE_TEE");
    c->sim_dir_opt = getenv("WETEE_SIM_DIR");
    if (c->tee == NULL)
        c->tee = "auto";
    if (linger != NULL && (!parse_u64(bytes_of_str(linger), &linger_s) || linger_s > LINGER_MAX_S))
        return FAIL(e, ERR_USAGE, "WETEE_LINGER_S is not 0 to %d", LINGER_MAX_S);
    c->linger_ms = linger_s * 1000;
    TRY(read_worker(c, e));
    TRY(read_measurements(c, e));
    c->args = argv[0] == NULL ? argv : argv + 1;
    if (c->args[0] != NULL && strcmp(c->args[0], "--") == 0)
        c->args++;
    return ERR_OK;
}
