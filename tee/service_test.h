/* tee/service_test.h — an HTTPS service on the loopback interface that answers from a table: what Intel's and
 * AMD's services said, and what broken ones say. */
#ifndef TEE_SERVICE_TEST_H
#define TEE_SERVICE_TEST_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/bytes.h"

enum { SERVICE_ROUTES = 16, SERVICE_HANG = -1, SERVICE_CLOSE = -2 };

struct service_route {
    const char *target; /* path and query, whole */
    int status;         /* or SERVICE_HANG, SERVICE_CLOSE */
    int first_status;   /* not 0: so the first `first_times` answers */
    int first_times;
    const char *headers; /* with CRLF at each end; NULL: none */
    struct bytes body;
    int asked;
};

struct service {
    struct service_route routes[SERVICE_ROUTES]; /* changed between requests only */
    size_t count;
    char folder[64], ca_file[96], url[64];
    int unknown; /* requests for no route */
    int listener;
    atomic_bool stop;
    pthread_t thread;
    void *tls;
};

void service_start(struct service *s);
void service_stop(struct service *s);
struct service_route *service_add(struct service *s, const char *target, int status, const char *headers,
                                  struct bytes body);
struct service_route *service_find(struct service *s, const char *part_of_target);

#endif /* TEE_SERVICE_TEST_H */
