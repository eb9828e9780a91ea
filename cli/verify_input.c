/* cli/verify_input.c — files, standard input, addresses, certificates and roots that a run is given. */
#include "attest/snp.h"
#include "attest/x509.h"
#include "base/hex.h"
#include "base/int.h"
#include "cli/verify.h"
#include "io/http.h"
#include "io/tls.h"
#include "tee/bundle.h"
#include "tee/fetch.h"
#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECT_S = 10,
    HANDSHAKE_MS = 10000,
    HOST_MAX = 255,
    CERT_FILE_MAX = 1 << 17,
    PEM_LINE = 64,
};

/* --- a peer's certificate --- */

static void free_addresses(struct addrinfo *list)
{
    if (list != NULL)
        freeaddrinfo(list);
}
DEFINE_CLEANUP(struct addrinfo *, free_addresses)

static FALLIBLE connect_to(int *out, const char *host, const char *port, struct err *e)
{
    const struct addrinfo want = {.ai_socktype = SOCK_STREAM};
    const struct timeval patience = {.tv_sec = CONNECT_S};
    CLEANUP(free_addresses) struct addrinfo *list = NULL;
    int rc = getaddrinfo(host, port, &want, &list), sys = 0;

    if (rc != 0)
        return FAIL(e, ERR_UNAVAILABLE, "%s: %s", host, gai_strerror(rc));
    for (const struct addrinfo *a = list; a != NULL; a = a->ai_next) {
        int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd < 0)
            continue;
        /* bounds connect too */
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        if (connect(fd, a->ai_addr, a->ai_addrlen) == 0) {
            *out = fd;
            return ERR_OK;
        }
        sys = errno;
        (void)close(fd);
    }
    return FAIL_SYS(e, ERR_UNAVAILABLE, sys, "%s port %s: %s", host, port, strerror(sys));
}

struct seen {
    struct arena *arena;
    struct bytes cert;
};

/* The handshake proves that the peer has the key; whether the certificate is good is judged afterwards. */
static enum err_code keep_certificate(void *ctx, struct bytes cert_der, struct err *e)
{
    struct seen *seen = ctx;

    (void)e;
    seen->cert = arena_dup(seen->arena, cert_der);
    return ERR_OK;
}

/* We are no TEE: a peer that wants evidence of its clients will close, after it has shown its own. */
static enum err_code no_evidence(void *ctx, struct arena *a, struct bytes *value, struct bytes spki,
                                 struct err *e)
{
    static const uint8_t null[] = {0xf6}; /* CBOR */

    (void)ctx;
    (void)a;
    (void)spki;
    (void)e;
    *value = BYTES_OF(null);
    return ERR_OK;
}

static FALLIBLE take_peer(struct cli *cli, struct bytes *out, const char *host, const char *port,
                          struct err *e)
{
    CLEANUP(tls_identity_free) struct tls_identity *id = NULL;
    CLEANUP(tls_conn_free) struct tls_conn *conn = NULL;
    struct seen seen = {.arena = &cli->arena};
    int fd;

    TRY(tls_identity_new(&id, "2.23.133.5.4.9", no_evidence, NULL, e));
    TRY(connect_to(&fd, host, port, e));
    TRY(tls_conn_new(&conn, fd, TLS_CLIENT, id, keep_certificate, &seen, e));
    enum err_code code = tls_handshake(conn, HANDSHAKE_MS, e);
    /* ready: it has proved its key, and what ended the connection since was its verdict on us */
    if (code != ERR_OK && !tls_ready(conn)) {
        e->code = code == ERR_TIMEOUT ? ERR_TIMEOUT : ERR_UNAVAILABLE;
        return err_wrap(e, "%s port %s", host, port);
    }
    *out = seen.cert;
    return ERR_OK;
}

/* "host:port", "[v6]:port", "host"; `rest` is what follows, from the first slash. */
static FALLIBLE split_host(struct cli *cli, const char **host, const char **port, const char **rest,
                           const char *text, struct err *e)
{
    size_t len = strcspn(text, "/?#");
    const char *end = text + len, *colon = NULL;
    bool v6 = text[0] == '[';

    for (const char *at = text; at < end; at++)
        if (*at == ':')
            colon = at;
    if (v6 && (colon == NULL || colon[-1] != ']'))
        colon = NULL;
    const char *name = v6 ? text + 1 : text, *name_end = colon != NULL ? colon : end;
    if (v6 && (name_end == name || name_end[-1] != ']'))
        return FAIL(e, ERR_USAGE, "the address misses a ]");
    name_end -= v6 ? 1 : 0;
    if (name_end <= name || name_end - name > HOST_MAX || (colon != NULL && colon + 1 == end))
        return FAIL(e, ERR_USAGE, "an address is https://HOST[:PORT]");
    *host = arena_str(&cli->arena, bytes_of(name, (size_t)(name_end - name)));
    *port = colon == NULL ? "443" : arena_str(&cli->arena, bytes_of(colon + 1, (size_t)(end - colon - 1)));
    *rest = end;
    return ERR_OK;
}

/* --- a document --- */

static FALLIBLE download(struct cli *cli, struct bytes *out, const char *url, size_t max, struct err *e)
{
    CLEANUP(http_client_free) struct http_client *client = NULL;
    const struct http_req req = {.method = "GET", .url = url, .response_len_max = max};
    struct http_resp resp;

    const struct http_client_config config = {.user_agent_opt = "wetee", .ca_file_opt = cli_text(cli, "ca")};
    TRY(http_client_new(&client, &config, e));
    if (http_request(client, &cli->arena, &resp, &req, e) != ERR_OK)
        return err_wrap(e, "%s", url);
    if (resp.status == 404)
        return FAIL(e, ERR_NOT_FOUND, "%s: not found", url);
    if (resp.status != 200)
        return FAIL(e, ERR_UNAVAILABLE, "%s: HTTP status %d", url, resp.status);
    *out = resp.body;
    return ERR_OK;
}

static FALLIBLE load_stdin(struct cli *cli, struct bytes *out, size_t max, struct err *e)
{
    uint8_t *p = arena_alloc(&cli->arena, max + 1);
    size_t len = 0;

    while (len <= max) {
        ssize_t n = read(STDIN_FILENO, p + len, max + 1 - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return FAIL_SYS(e, ERR_IO, errno, "standard input cannot be read");
        if (n == 0)
            break;
        len += (size_t)n;
    }
    if (len > max)
        return FAIL(e, ERR_LIMIT, "standard input is longer than %zu bytes", max);
    *out = bytes_of(p, len);
    return ERR_OK;
}

FALLIBLE verify_load(struct verify *v, struct bytes *out, const char *name, size_t max, struct err *e)
{
    static const char https[] = "https://", http[] = "http://";
    const char *host, *port, *rest;

    if (strcmp(name, "-") == 0)
        return load_stdin(v->cli, out, max, e);
    if (strncmp(name, https, sizeof https - 1) == 0) {
        TRY(split_host(v->cli, &host, &port, &rest, name + sizeof https - 1, e));
        if (rest[0] == 0 || strcmp(rest, "/") == 0)
            return take_peer(v->cli, out, host, port, e);
        return download(v->cli, out, name, max, e);
    }
    if (strncmp(name, http, sizeof http - 1) == 0)
        return download(v->cli, out, name, max, e);
    return keyring_load_file(&v->cli->arena, out, name, max, e);
}

/* --- certificates --- */

static FALLIBLE load_certificates(struct verify *v, struct bytes *out, uint32_t *count, uint32_t max,
                                  const char *path, struct err *e)
{
    struct bytes file;

    TRY(verify_load(v, &file, path, CERT_FILE_MAX, e));
    if (evidence_certificates(out, count, max, &v->cli->arena, file, e) != ERR_OK)
        return err_wrap(e, "%s", path);
    return ERR_OK;
}

static bool says_simulated(struct bytes subject)
{
    const struct bytes words = BYTES_LIT("Simulated attestation, not for production");

    for (size_t i = 0; i + words.len <= subject.len; i++)
        if (memcmp(subject.p + i, words.p, words.len) == 0)
            return true;
    return false;
}

FALLIBLE verify_roots(struct verify *v, struct err *e)
{
    const char *const *paths;
    size_t given = cli_list(v->cli, &paths, "root");
    struct attest_root *roots = arena_new_n(&v->cli->arena, struct attest_root, VERIFY_ROOTS_MAX);
    uint32_t n = 0, in_file;

    if (given == 0) {
        v->policy.roots = attest_vendor_roots;
        v->policy.root_count = ATTEST_VENDOR_ROOTS;
        return ERR_OK;
    }
    for (size_t i = 0; i < given; i++) {
        struct bytes certs[VERIFY_ROOTS_MAX];
        TRY(load_certificates(v, certs, &in_file, VERIFY_ROOTS_MAX - n, paths[i], e));
        for (uint32_t k = 0; k < in_file; k++) {
            struct attest_root *root = &roots[n];
            if (attest_root_from_cert(root, certs[k], ATTEST_ROOT_VENDOR, e) != ERR_OK)
                return err_wrap(e, "%s", paths[i]);
            if (says_simulated(root->subject)) {
                root->label = ATTEST_ROOT_DEVELOPMENT;
                v->policy.allow_development = true; /* whoever names it means it; shown in capitals */
            }
            n++;
        }
    }
    v->roots_given = true;
    v->policy.roots = roots;
    v->policy.root_count = n;
    return ERR_OK;
}

static void put_pem(struct writer *w, struct arena *a, struct bytes der)
{
    struct bytes text = bytes_of_str(base64_encode(a, der));

    put_text(w, "-----BEGIN CERTIFICATE-----\n");
    for (; text.len > 0; text = bytes_from(text, PEM_LINE)) {
        put_bytes(w, bytes_of(text.p, min_u64(text.len, PEM_LINE)));
        put_text(w, "\n");
    }
    put_text(w, "-----END CERTIFICATE-----\n");
}

/* AMD: who may issue is the intermediate, the other one the leaf; the root is pinned and left out. */
static FALLIBLE add_snp_certificate(struct verify *v, struct bytes der, struct err *e)
{
    struct x509 cert;

    if (x509_read(&cert, der, e) != ERR_OK)
        return err_wrap(e, "--chain");
    if (x509_self_issued(&cert))
        return ERR_OK;
    struct bytes *slot = cert.ca ? &v->collateral.snp_intermediate : &v->collateral.snp_leaf;
    *slot = der;
    return ERR_OK;
}

/* The files of --chain, and those that follow the evidence's as further words: "--chain A B C". */
static FALLIBLE load_chain(struct verify *v, struct bytes *certs, uint32_t *n, struct err *e)
{
    static const char *const options[] = {"chain", "cert"};
    const char *const *paths;
    uint32_t in_file;

    *n = 0;
    for (size_t k = 0; k < ARRAY_LEN(options); k++) {
        size_t given = cli_list(v->cli, &paths, options[k]);
        if (given > 0 && !cli_given(v->cli, "chain"))
            return FAIL(e, ERR_USAGE, "\"%s\" is one word too many; certificates follow --chain", paths[0]);
        for (size_t i = 0; i < given; i++) {
            TRY(load_certificates(v, certs + *n, &in_file, VERIFY_CHAIN_MAX - *n, paths[i], e));
            *n += in_file;
        }
    }
    return ERR_OK;
}

static FALLIBLE add_chain(struct verify *v, struct err *e)
{
    struct bytes certs[VERIFY_CHAIN_MAX];
    uint32_t n;

    TRY(load_chain(v, certs, &n, e));
    struct writer w = writer_in(&v->cli->arena, CERT_FILE_MAX);
    for (uint32_t i = 0; i < n; i++) {
        if (v->file.form == ATTEST_FORM_SNP)
            TRY(add_snp_certificate(v, certs[i], e));
        else
            put_pem(&w, &v->cli->arena, certs[i]);
    }
    if (!writer_ok(&w))
        return FAIL(e, ERR_LIMIT, "--chain: too many bytes");
    if (w.len > 0)
        v->collateral.pck_chain = writer_bytes(&w);
    return ERR_OK;
}

FALLIBLE verify_collateral(struct verify *v, struct err *e)
{
    const char *path = cli_text(v->cli, "collateral");
    struct bytes file;

    if (path != NULL) {
        TRY(verify_load(v, &file, path, BUNDLE_MAX, e));
        if (bundle_read(&v->collateral, &v->cli->arena, file, e) != ERR_OK) {
            v->cli->exit_opt = EXIT_CODE_STALE;
            return err_wrap(e, "%s", path);
        }
        v->source = VERIFY_FROM_FILE;
    } else if (v->file.has_collateral && !v->signatures_only) {
        v->collateral = v->file.collateral;
        v->source = VERIFY_FROM_EVIDENCE;
    }
    return add_chain(v, e);
}

bool verify_wants_fetch(const struct verify *v)
{
    const char *const *paths;

    if (v->source != VERIFY_NO_COLLATERAL || v->signatures_only || cli_given(v->cli, "offline"))
        return false;
    /* AMD: certificates are all there is to fetch, and the evidence may bring them */
    return v->file.form != ATTEST_FORM_SNP ||
           (cli_list(v->cli, &paths, "chain") == 0 && v->file.evidence.len == SNP_REPORT_LEN);
}

FALLIBLE verify_fetch(struct verify *v, struct err *e)
{
    const struct fetch_config config = {.intel_url_opt = cli_text(v->cli, "pccs"),
                                        .ca_file_opt = cli_text(v->cli, "ca"),
                                        .cache_folder_opt = cli_text(v->cli, "cache")};
    const struct bytes chain = v->collateral.pck_chain;
    CLEANUP(fetcher_free) struct fetcher *fetcher = NULL;
    struct fetch_result got;

    TRY(fetcher_new(&fetcher, &config, e));
    enum err_code code = fetch_for_evidence(fetcher, &v->cli->arena, &got, v->file.evidence, v->file.form, e);
    if (code == ERR_UNSUPPORTED) {
        v->fetch_note = arena_str(&v->cli->arena, bytes_of_str(e->msg));
        return ERR_OK;
    }
    if (code != ERR_OK)
        return err_wrap(e, "fetching collateral");
    v->collateral = got.collateral;
    if (chain.len > 0)
        v->collateral.pck_chain = chain;
    v->source = VERIFY_FETCHED;
    if (got.note.code != ERR_OK)
        v->fetch_note = arena_str(&v->cli->arena, bytes_of_str(got.note.msg));
    return ERR_OK;
}
