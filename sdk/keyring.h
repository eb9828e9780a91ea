/* sdk/keyring.h — named keys in a directory, as key files that polkadot.js reads and writes.
 *
 * One file NAME.json per key, mode 0600, written to a temporary file and renamed. The secret is sealed with a
 * password. A directory belongs to its user: 0700. Error messages never hold a secret. */
#ifndef SDK_KEYRING_H
#define SDK_KEYRING_H

#include "base/arena.h"
#include "crypto/keys.h"

enum {
    KEYRING_NAME_MAX = 64,
    KEYRING_PATH_MAX = 4096,
    KEYRING_FILE_MAX = 16 * 1024,
    KEYRING_PASSWORD_MAX = 1024,
};

struct keyring_entry {
    const char *name;
    const char *address; /* as the file has it */
    struct account_id account;
    enum signature_kind kind;
    bool encrypted;
};

/* "$WETEE_KEYS", else "$XDG_CONFIG_HOME/wetee/keys", else "$HOME/.config/wetee/keys". ERR_USAGE without any.
 */
FALLIBLE keyring_default_dir(char out[KEYRING_PATH_MAX], struct err *e);

/* Letters, digits, '.', '_' and '-', not beginning with a dot. */
bool keyring_name_ok(struct bytes name);

/* A key file's text. Without a password it is written unencrypted ("none"). */
FALLIBLE keyring_file_encode(struct arena *a, struct bytes *out, const struct keypair *key, const char *name,
                             const struct bytes *password_opt, struct err *e);
/* What a key file says without unlocking it; entry->name is its meta.name or NULL. ERR_MALFORMED. */
FALLIBLE keyring_file_peek(struct arena *a, struct keyring_entry *out, struct bytes text, struct err *e);
/* ERR_DENIED: wrong password (or none given where one is needed). ERR_CORRUPT: the address is not the key's.
 */
FALLIBLE keyring_file_open(struct arena *a, struct keypair *out, struct bytes text,
                           const struct bytes *password_opt, struct err *e);

/* ERR_EXISTS when there is one of that name; a new directory is made. */
FALLIBLE keyring_add(const char *dir, const char *name, struct bytes file_text, struct err *e);
/* The file's text. ERR_NOT_FOUND. */
FALLIBLE keyring_read(struct arena *a, struct bytes *out, const char *dir, const char *name, struct err *e);
/* Sorted by name; an absent directory has none. Files that cannot be read are left out and counted. */
FALLIBLE keyring_list(struct arena *a, const struct keyring_entry **out, size_t *count, size_t *unreadable,
                      const char *dir, struct err *e);

/* A whole small file into the arena. ERR_NOT_FOUND, ERR_LIMIT, ERR_IO. */
FALLIBLE keyring_load_file(struct arena *a, struct bytes *out, const char *path, size_t max, struct err *e);
/* mode 0600, by a temporary file and rename, synced. */
FALLIBLE keyring_store_file(const char *path, struct bytes text, struct err *e);

#endif /* SDK_KEYRING_H */
