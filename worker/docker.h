/* worker/docker.h — the engine driver for the Docker Engine API 1.41, as Docker and Podman serve it.
 *
 * Speaks over a unix socket only: a TCP endpoint without client TLS is root on the machine for whoever
 * reaches it. Differences between engines are handled by looking at the state instead of trusting codes
 * (docs/formats/engine.md lists them). */
#ifndef WORKER_DOCKER_H
#define WORKER_DOCKER_H

#include "worker/engine.h"

/* ERR_UNAVAILABLE: nothing answers there; ERR_UNSUPPORTED: the engine's API is older than 1.41. */
FALLIBLE docker_engine_open(struct engine **out, const char *socket_path, const struct engine_owner *owner,
                            struct err *e);

/* Does an engine answer on this socket within a second? */
bool docker_engine_answers(const char *socket_path);

/* --- for the driver and its tests --- */

/* The JSON body of a create call, in the arena. ERR_REJECTED when a text is not fit for one. */
FALLIBLE docker_create_body(struct arena *a, struct bytes *out, const struct engine_owner *owner,
                            const struct engine_spec *spec, struct err *e);

/* What an error answer means, by status and text: engines differ in the status. */
enum docker_error {
    DOCKER_ERROR_OTHER,
    DOCKER_ERROR_NAME_IN_USE,
    DOCKER_ERROR_PORT_IN_USE,
    DOCKER_ERROR_NO_IMAGE,
    DOCKER_ERROR_NO_CONTAINER,
    DOCKER_ERROR_STATE, /* stopped, running or paused when it should not be */
};
enum docker_error docker_classify(int status, struct bytes body);

FALLIBLE docker_read_list(struct arena *a, struct engine_list *out, const struct engine_owner *owner,
                          struct bytes body, struct err *e);
FALLIBLE docker_read_status(struct engine_status *out, struct bytes body, struct err *e);
FALLIBLE docker_read_stats(struct engine_stats *out, struct bytes body, struct err *e);

/* Takes framed log bytes split anywhere: 8 bytes head (stream, zeros, big-endian length), payload. */
struct docker_log_reader {
    uint8_t head[8];
    uint32_t head_len, left;
    engine_log_sink sink;
    void *ctx;
};
/* False: the sink wants no more, or the bytes are no frames. */
bool docker_log_take(struct docker_log_reader *r, struct bytes piece);

/* An error line in the progress stream of a pull, which ends with status 200 all the same; NULL: none. */
const char *docker_stream_error(struct arena *a, struct bytes lines);

#endif /* WORKER_DOCKER_H */
