/* cli/key.c — keys in the key directory. */
#include "base/fmt.h"
#include "base/hex.h"
#include "cli/out.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "crypto/mnemonic.h"
#include "crypto/wipe.h"
#include <stdio.h>

#define PARAM_NAME(what)                                         \
    {                                                            \
        "name", PARAM_TEXT, "NAME", what, NULL, NULL, true, true \
    }
#define PARAM_KIND                                                                                      \
    {                                                                                                   \
        "kind", PARAM_TEXT, "sr25519|ed25519|ecdsa", "kind of signature", "sr25519", NULL, false, false \
    }
#define PARAM_PASSWORD                                                                                       \
    {                                                                                                        \
        "password-file", PARAM_TEXT, "FILE", "file that begins with the password (or WETEE_PASSWORD)", NULL, \
            NULL, false, false                                                                               \
    }
#define PARAM_NO_PASSWORD                                                                                  \
    {                                                                                                      \
        "no-password", PARAM_SWITCH, NULL, "keep the secret unencrypted on disk", NULL, NULL, false, false \
    }

static const struct column columns[] = {
    {"name", "NAME", COLUMN_TEXT},
    {"kind", "KIND", COLUMN_TEXT},
    {"address", "ADDRESS", COLUMN_TEXT},
    {"encrypted", "ENCRYPTED", COLUMN_TEXT},
    {"public", "PUBLIC", COLUMN_TEXT},
    {"phrase", "PHRASE", COLUMN_TEXT},
    {.field = NULL},
};

static const struct column list_columns[] = {
    {"name", "NAME", COLUMN_TEXT},
    {"kind", "KIND", COLUMN_TEXT},
    {"address", "ADDRESS", COLUMN_TEXT},
    {"encrypted", "ENCRYPTED", COLUMN_TEXT},
    {.field = NULL},
};

static json_t *key_json(struct cli *cli, const struct keyring_entry *entry, const char *name)
{
    return json_pack("{s:s?,s:s,s:o,s:o,s:b}", "name", name, "kind", signature_kind_name(entry->kind),
                     "address", out_account(cli, &entry->account), "account",
                     json_string(hex0x(&cli->arena, BYTES_OF(entry->account))), "encrypted",
                     entry->encrypted);
}

static FALLIBLE kind_of(const struct cli *cli, enum signature_kind *out, struct err *e)
{
    if (!signature_kind_from_name(out, bytes_of_str(cli_text(cli, "kind"))))
        return FAIL(e, ERR_USAGE, "--kind: sr25519, ed25519 or ecdsa");
    return ERR_OK;
}

static FALLIBLE check_name(struct cli *cli, const char **dir, struct err *e)
{
    struct bytes text;
    struct err ignored;
    const char *name = cli_text(cli, "name");

    if (!keyring_name_ok(bytes_of_str(name)))
        return FAIL(e, ERR_USAGE, "a key's name has letters, digits, '.', '_' and '-', at most %d",
                    KEYRING_NAME_MAX);
    TRY(cli_keys_dir(cli, dir, e));
    if (keyring_read(&cli->arena, &text, *dir, name, &ignored) == ERR_OK)
        return FAIL(e, ERR_EXISTS, "there is a key \"%s\" already: choose another name", name);
    return ERR_OK;
}

/* Seals the key with a password, if it is to have one, and puts it into the directory. */
static FALLIBLE keep(struct cli *cli, const struct keypair *key, const char *dir, struct err *e)
{
    const char *name = cli_text(cli, "name");
    const char *password = NULL;
    struct bytes file, secret;

    if (!cli_given(cli, "no-password")) {
        TRY(cli_password(cli, &password, name, true, e));
        if (password[0] == 0)
            return FAIL(e, ERR_USAGE, "an empty password protects nothing: --no-password says so openly");
        secret = bytes_of_str(password);
    }
    TRY(keyring_file_encode(&cli->arena, &file, key, name, password != NULL ? &secret : NULL, e));
    return keyring_add(dir, name, file, e);
}

static json_t *kept_json(struct cli *cli, const struct keypair *key)
{
    struct keyring_entry entry = {
        .account = key->account, .kind = key->kind, .encrypted = !cli_given(cli, "no-password")};
    json_t *j = key_json(cli, &entry, cli_text(cli, "name"));

    (void)json_object_set_new(j, "public",
                              json_string(hex0x(&cli->arena, bytes_of(key->public_key, key->public_len))));
    return j;
}

static const struct param new_params[] = {
    PARAM_NAME("name of the new key"), PARAM_KIND, PARAM_PASSWORD, PARAM_NO_PASSWORD, {.name = NULL}};

static FALLIBLE run_new(struct cli *cli, struct err *e)
{
    CLEANUP(keypair_fini) struct keypair key = {0};
    char phrase[MNEMONIC_TEXT_CAP];
    enum signature_kind kind;
    const char *dir;

    TRY(kind_of(cli, &kind, e));
    TRY(check_name(cli, &dir, e));
    mnemonic_generate(phrase);
    TRY(keypair_from_uri(&key, kind, bytes_of_str(phrase), e));
    TRY(keep(cli, &key, dir, e));
    json_t *j = kept_json(cli, &key);
    (void)json_object_set_new(j, "phrase", json_string(phrase));
    out_result(cli, j, columns);
    wipe(phrase, sizeof phrase);
    cli_progress(cli, "Write the phrase down: it is shown this once and restores the key anywhere.");
    return ERR_OK;
}

const struct verb verb_key_new = {"key",      "new", "Makes a key and shows its phrase once.",
                                  new_params, 0,     run_new};

static const struct param show_params[] = {
    PARAM_NAME("name of a key, or a development URI such as //Alice"), PARAM_KIND, {.name = NULL}};

static FALLIBLE run_show(struct cli *cli, struct err *e)
{
    const char *name = cli_text(cli, "name");
    struct keyring_entry entry;
    struct bytes file;
    const char *dir;

    if (name[0] == '/' && name[1] == '/') {
        CLEANUP(keypair_fini) struct keypair key = {0};
        TRY(kind_of(cli, &entry.kind, e));
        TRY(keypair_from_uri(&key, entry.kind, bytes_of_str(name), e));
        entry = (struct keyring_entry){.account = key.account, .kind = key.kind};
    } else {
        TRY(cli_keys_dir(cli, &dir, e));
        TRY(keyring_read(&cli->arena, &file, dir, name, e));
        TRY(keyring_file_peek(&cli->arena, &entry, file, e));
    }
    out_result(cli, key_json(cli, &entry, name), columns);
    return ERR_OK;
}

const struct verb verb_key_show = {"key", "show", "Shows a key's address.", show_params, 0, run_show};

static const struct param import_params[] = {
    PARAM_NAME("name it gets here"),
    {"file", PARAM_TEXT, "FILE",
     "a key file of polkadot.js; otherwise a phrase or seed is read from the input", NULL, NULL, false,
     false},
    {"uri", PARAM_TEXT, "URI", "a development URI such as //Alice", NULL, NULL, false, false},
    PARAM_KIND,
    PARAM_PASSWORD,
    PARAM_NO_PASSWORD,
    {.name = NULL},
};

/* A key file is opened to see that it is whole and the password known; it is kept as it is. */
static FALLIBLE import_file(struct cli *cli, struct keypair *key, const char *dir, struct err *e)
{
    const char *password;
    struct keyring_entry entry;
    struct bytes file, secret = BYTES_EMPTY;

    TRY(keyring_load_file(&cli->arena, &file, cli_text(cli, "file"), KEYRING_FILE_MAX, e));
    TRY(keyring_file_peek(&cli->arena, &entry, file, e));
    if (entry.encrypted) {
        TRY(cli_password(cli, &password, cli_text(cli, "name"), false, e));
        secret = bytes_of_str(password);
    }
    TRY(keyring_file_open(&cli->arena, key, file, entry.encrypted ? &secret : NULL, e));
    if (entry.encrypted)
        return keyring_add(dir, cli_text(cli, "name"), file, e);
    return keep(cli, key, dir, e);
}

static FALLIBLE import_secret(struct cli *cli, struct keypair *key, const char *dir, struct err *e)
{
    const char *uri = cli_text(cli, "uri");
    enum signature_kind kind;

    TRY(kind_of(cli, &kind, e));
    if (uri != NULL && !(uri[0] == '/' && uri[1] == '/'))
        return FAIL(e, ERR_USAGE,
                    "a secret on the command line is seen by other users: leave --uri out and type it");
    if (uri == NULL)
        TRY(cli_read_line(cli, &uri, "Phrase or seed", true, e));
    if (keypair_from_uri(key, kind, bytes_of_str(uri), e) != ERR_OK) {
        e->code = ERR_USAGE;
        return err_wrap(e, "phrase");
    }
    return keep(cli, key, dir, e);
}

static FALLIBLE run_import(struct cli *cli, struct err *e)
{
    CLEANUP(keypair_fini) struct keypair key = {0};
    const char *dir;

    TRY(check_name(cli, &dir, e));
    if (cli_given(cli, "file"))
        TRY(import_file(cli, &key, dir, e));
    else
        TRY(import_secret(cli, &key, dir, e));
    out_result(cli, kept_json(cli, &key), columns);
    return ERR_OK;
}

const struct verb verb_key_import = {
    "key",         "import", "Keeps a key that exists: from a phrase, a seed or a key file.",
    import_params, 0,        run_import};

static FALLIBLE run_list(struct cli *cli, struct err *e)
{
    const struct keyring_entry *keys;
    size_t count, bad;
    const char *dir;
    CLEANUP(json_decref) json_t *list = json_array();

    TRY(cli_keys_dir(cli, &dir, e));
    TRY(keyring_list(&cli->arena, &keys, &count, &bad, dir, e));
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, key_json(cli, &keys[i], keys[i].name));
    out_result(cli, MOVE(list), list_columns);
    if (bad > 0)
        cli_progress(cli, "%zu files in %s are no key files", bad, dir);
    return ERR_OK;
}

const struct verb verb_key_list = {"key", "list", "Lists the keys.", NULL, 0, run_list};

static const struct param export_params[] = {PARAM_NAME("name of a key"), {.name = NULL}};

static FALLIBLE run_export(struct cli *cli, struct err *e)
{
    struct bytes file;
    const char *dir;

    TRY(cli_keys_dir(cli, &dir, e));
    TRY(keyring_read(&cli->arena, &file, dir, cli_text(cli, "name"), e));
    if (fwrite(file.p, 1, file.len, stdout) != file.len)
        return FAIL(e, ERR_IO, "the output cannot be written");
    return ERR_OK;
}

const struct verb verb_key_export = {
    "key",         "export", "Prints the key file, as polkadot.js reads it; it stays locked.",
    export_params, 0,        run_export};
