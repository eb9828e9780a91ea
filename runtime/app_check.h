/* runtime/app_check.h — what the inputs of an order must look like. Pure.
 * Source: pallets.md Table B1, soft caps; the hard caps are in chain/app.idl. */
#ifndef RUNTIME_APP_CHECK_H
#define RUNTIME_APP_CHECK_H

#include "runtime/app_gen.h"

enum {
    APP_NAME_MAX = 64,
    APP_IMAGE_MAX = 512,
    APP_META_MAX = 8192,
    APP_PORTS_MAX = 16,
    APP_COMMAND_MAX = 1024,
    APP_DISKS_MAX = 8,
    APP_DISK_PATH_MAX = 255,
    APP_SIDE_CONTAINERS_MAX = 4,
    APP_ENV_MAX = 64,
    APP_ENV_KEY_MAX = 128,
    APP_ENV_VALUE_MAX = 4096,
};

struct dispatch app_check_name(struct bytes name);
struct dispatch app_check_image(struct bytes image);
struct dispatch app_check_ports(const struct app_service_vec *ports);
struct dispatch app_check_command(const struct app_command *command);
struct dispatch app_check_disks(const struct app_disk_vec *disks);
struct dispatch app_check_env(const struct app_env_input_vec *env);
/* All inputs of an order, in the order of its `fails` list. */
struct dispatch app_check_create(const struct app_create_args *a);

/* [domain[:port]/]path[:tag][@algorithm:hex], lower case paths.
 * Source: github.com/distribution/reference, grammar of the package comment. */
bool image_reference_valid(struct bytes ref);

/* The text of a setting's key. */
struct bytes env_key_text(const struct app_env_key *k);

#endif /* RUNTIME_APP_CHECK_H */
