/* examples/hello/hello.c — the example app: a small HTTP service.
 *
 *   GET /        a greeting (from the environment variable GREETING) and how many requests were answered
 *   GET /health  200 once it serves
 *
 * One connection at a time, one request per connection; a real service would use its language's HTTP library.
 * It listens on the port given as first argument (default 8080) and logs one line per request to standard
 * output. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { REQUEST_MAX = 4096, DEFAULT_PORT = 8080, READ_SECONDS = 5 };

static volatile sig_atomic_t stopping;

static void on_stop(int signal_number)
{
    (void)signal_number;
    stopping = 1;
}

static int listen_on(unsigned short port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_ANY)}};

    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 64) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* Reads up to the end of the request's head; false when the client is too slow, too long or gone. */
static bool read_head(int fd, char request[REQUEST_MAX])
{
    struct timeval patience = {.tv_sec = READ_SECONDS};
    size_t len = 0;

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    while (len + 1 < REQUEST_MAX) {
        ssize_t n = recv(fd, request + len, REQUEST_MAX - 1 - len, 0);
        if (n <= 0)
            return false;
        len += (size_t)n;
        request[len] = '\0';
        if (strstr(request, "\r\n\r\n") != NULL)
            return true;
    }
    return false;
}

static void answer(int fd, const char *status, const char *body)
{
    char reply[1024];
    int len = snprintf(reply, sizeof reply,
                       "HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n"
                       "Connection: close\r\n\r\n%s",
                       status, strlen(body), body);
    size_t left = len > 0 && (size_t)len < sizeof reply ? (size_t)len : 0;
    for (const char *at = reply; left > 0;) {
        ssize_t n = send(fd, at, left, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        at += n;
        left -= (size_t)n;
    }
}

static void serve(int fd, unsigned long count)
{
    char request[REQUEST_MAX], body[512];
    const char *greeting = getenv("GREETING");

    if (!read_head(fd, request))
        return;
    if (strncmp(request, "GET /health ", 12) == 0) {
        answer(fd, "200 OK", "healthy\n");
    } else if (strncmp(request, "GET / ", 6) == 0) {
        (void)snprintf(body, sizeof body, "%s (request %lu)\n",
                       greeting == NULL ? "Hello from a WeTEE app" : greeting, count);
        answer(fd, "200 OK", body);
    } else {
        answer(fd, "404 Not Found", "nothing here\n");
    }
    (void)printf("request %lu: %.*s\n", count, (int)strcspn(request, "\r\n"), request);
    (void)fflush(stdout);
}

static bool parse_port(const char *text, unsigned short *out)
{
    unsigned long v = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c < '0' || *c > '9' || v > 65535)
            return false;
        v = v * 10 + (unsigned long)(*c - '0');
    }
    *out = (unsigned short)v;
    return v > 0 && v <= 65535;
}

int main(int argc, char **argv)
{
    unsigned short port = DEFAULT_PORT;
    struct sigaction stop = {.sa_handler = on_stop};

    if (argc > 1 && !parse_port(argv[1], &port)) {
        (void)fprintf(stderr, "usage: hello [port]\n");
        return 2;
    }
    (void)sigaction(SIGTERM, &stop, NULL);
    (void)sigaction(SIGINT, &stop, NULL);
    int fd = listen_on(port);
    if (fd < 0) {
        (void)fprintf(stderr, "cannot listen on port %d: %s\n", port, strerror(errno));
        return 1;
    }
    (void)printf("listening on port %d\n", port);
    (void)fflush(stdout);
    for (unsigned long count = 1; !stopping; count++) {
        int client = accept(fd, NULL, NULL);
        if (client < 0)
            continue; /* a signal, or a client that left early */
        serve(client, count);
        (void)close(client);
    }
    (void)close(fd);
    (void)printf("stopped\n");
    return 0;
}
