#include "tee/service_test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

enum { REQUEST_MAX = 8192 };

static X509 *certificate(EVP_PKEY *key)
{
    X509 *x = X509_new();
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    assert_non_null(x);
    (void)X509_set_version(x, X509_VERSION_3);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    (void)X509_gmtime_adj(X509_getm_notBefore(x), -86400);
    (void)X509_gmtime_adj(X509_getm_notAfter(x), 86400);
    X509_NAME *name = X509_get_subject_name(x);
    (void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"loopback", -1, -1, 0);
    (void)X509_set_issuer_name(x, name);
    (void)X509_set_pubkey(x, key);
    X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
    static const struct {
        int nid;
        const char *value;
    } extensions[] = {{NID_subject_alt_name, "IP:127.0.0.1"}, {NID_basic_constraints, "critical,CA:TRUE"}};
    for (size_t i = 0; i < ARRAY_LEN(extensions); i++) {
        X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, extensions[i].nid, extensions[i].value);
        assert_non_null(ext);
        (void)X509_add_ext(x, ext, -1);
        X509_EXTENSION_free(ext);
    }
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    return x;
}

static void answer(struct service *s, SSL *ssl, char *target)
{
    static const char not_found[] =
        "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnone";
    struct service_route *r = service_find(s, target);
    char head[256];

    if (r == NULL || strcmp(r->target, target) != 0) {
        s->unknown++;
        (void)SSL_write(ssl, not_found, sizeof not_found - 1);
        return;
    }
    int status = r->asked < r->first_times ? r->first_status : r->status;
    r->asked++;
    if (status == SERVICE_CLOSE)
        return;
    if (status == SERVICE_HANG) {
        char end;
        (void)SSL_read(ssl, &end, 1); /* until the client gives up */
        return;
    }
    int n = snprintf(head, sizeof head, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\nConnection: close\r\n",
                     status, r->body.len);
    (void)SSL_write(ssl, head, n);
    if (r->headers != NULL)
        (void)SSL_write(ssl, r->headers, (int)strlen(r->headers));
    (void)SSL_write(ssl, "\r\n", 2);
    if (r->body.len > 0)
        (void)SSL_write(ssl, r->body.p, (int)r->body.len);
}

static void serve(struct service *s, int fd)
{
    char request[REQUEST_MAX + 1];
    size_t len = 0;
    SSL *ssl = SSL_new(s->tls);

    (void)SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1) {
        request[0] = 0;
        while (strstr(request, "\r\n\r\n") == NULL && len < REQUEST_MAX) {
            int n = SSL_read(ssl, request + len, (int)(REQUEST_MAX - len));
            if (n <= 0)
                break;
            len += (size_t)n;
            request[len] = 0;
        }
        char *target = strchr(request, ' '), *end = target == NULL ? NULL : strchr(target + 1, ' ');
        if (end != NULL && strncmp(request, "GET ", 4) == 0) {
            *end = 0;
            answer(s, ssl, target + 1);
        }
        (void)SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    (void)close(fd);
}

static void *loop(void *arg)
{
    struct service *s = arg;
    while (!atomic_load(&s->stop)) {
        struct pollfd p = {.fd = s->listener, .events = POLLIN};
        if (poll(&p, 1, 50) == 1) {
            int fd = accept(s->listener, NULL, NULL);
            if (fd >= 0)
                serve(s, fd);
        }
    }
    return NULL;
}

void service_start(struct service *s)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t at_len = sizeof at;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = certificate(key);

    memset(s, 0, sizeof *s);
    (void)snprintf(s->folder, sizeof s->folder, "/tmp/wetee-fetch-test-XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    (void)snprintf(s->ca_file, sizeof s->ca_file, "%s/ca.pem", s->folder);
    FILE *f = fopen(s->ca_file, "wb");
    assert_non_null(f);
    assert_int_equal(PEM_write_X509(f, x), 1);
    (void)fclose(f);
    s->tls = SSL_CTX_new(TLS_server_method());
    assert_int_equal(SSL_CTX_use_certificate(s->tls, x), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(s->tls, key), 1);
    X509_free(x);
    EVP_PKEY_free(key);
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(s->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(s->listener, 16), 0);
    assert_int_equal(getsockname(s->listener, (struct sockaddr *)&at, &at_len), 0);
    (void)snprintf(s->url, sizeof s->url, "https://127.0.0.1:%d", ntohs(at.sin_port));
    assert_int_equal(pthread_create(&s->thread, NULL, loop, s), 0);
}

void service_stop(struct service *s)
{
    atomic_store(&s->stop, true);
    (void)pthread_join(s->thread, NULL);
    (void)close(s->listener);
    SSL_CTX_free(s->tls);
    (void)unlink(s->ca_file);
    (void)rmdir(s->folder);
}

struct service_route *service_add(struct service *s, const char *target, int status, const char *headers,
                                  struct bytes body)
{
    assert_true(s->count < SERVICE_ROUTES);
    s->routes[s->count] =
        (struct service_route){.target = target, .status = status, .headers = headers, .body = body};
    return &s->routes[s->count++];
}

struct service_route *service_find(struct service *s, const char *part_of_target)
{
    for (size_t i = 0; i < s->count; i++) {
        if (strstr(s->routes[i].target, part_of_target) != NULL)
            return &s->routes[i];
    }
    return NULL;
}
