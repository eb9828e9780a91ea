/* cli/order.h — what an app is to be, from options and from a wetee.json file.
 *
 *     {"name": "hello", "image": "localhost/hello:1", "ports": [8080, "udp:53", "https:443"],
 *      "command": "serve --port 8080", "env": {"GREETING": "hi"}, "files": {"/etc/app.conf": "text"},
 *      "cpu": 200, "memory": 128, "disk": {"/data": 100}, "level": 1, "tee": "sgx", "deposit": "10 UNIT"}
 *
 * Every key may be left out; options win over the file. cpu is milli-cores, memory and disk are MiB. */
#ifndef CLI_ORDER_H
#define CLI_ORDER_H

#include "chain/app.h"
#include "cli/cli.h"

enum { ORDER_FILE_MAX = 1024 * 1024 };

struct order {
    const char *name, *image, *command, *meta, *tee; /* NULL: not said */
    struct app_service_vec ports;
    bool has_ports;
    struct app_env_input_vec env; /* insertions */
    struct app_disk_vec disks;
    uint64_t cpu, memory, level; /* 0: not said */
    struct balance deposit;
    bool has_deposit;
};

/* From --file (if given) and the options --name --image --port --command --meta --tee --env --env-file --disk
 * --cpu --memory --level --deposit, those that the running verb has. ERR_USAGE names what is wrong. */
FALLIBLE order_read(struct cli *cli, struct order *out, struct err *e);

/* "8080", "tcp:8080", "udp:53", "https:443", "project-tcp:1", "project-udp:1" */
FALLIBLE order_port(struct app_service *out, const char *text, struct err *e);
/* "KEY=VALUE" split; `key` in the arena, `value` a view. */
FALLIBLE order_env(struct cli *cli, struct app_env_input *out, const char *text, bool file, struct err *e);
struct app_command order_command(const char *text);

#endif /* CLI_ORDER_H */
