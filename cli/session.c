/* cli/session.c — see session.h. */
#include "cli/session.h"
#include "base/fmt.h"
#include "crypto/wipe.h"
#include "sdk/account.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

enum { LINE_MAX_LEN = 4096 };

void cli_progress(const struct cli *cli, const char *fmt, ...)
{
    char text[512];
    va_list args;

    if (cli->json || cli_given(cli, "quiet"))
        return;
    va_start(args, fmt);
    fmt_into_v(text, sizeof text, fmt, args);
    va_end(args);
    (void)fprintf(stderr, "%s\n", text);
}

FALLIBLE cli_connect(struct cli *cli, struct err *e)
{
    struct sdk_connect want = {.url = cli_text(cli, "node")};

    if (cli->client != NULL)
        return ERR_OK;
    enum err_code code = sdk_client_open(&cli->client, &want, e);
    if (code == ERR_TIMEOUT)
        e->code = code = ERR_UNAVAILABLE;
    return code;
}

const char *cli_ss58(struct cli *cli, const struct account_id *account)
{
    char *text = arena_alloc(&cli->arena, SS58_TEXT_CAP);

    sdk_account_text(text, account,
                     cli->client != NULL ? sdk_client_chain(cli->client)->ss58_prefix : SS58_PREFIX_GENERIC);
    return text;
}

FALLIBLE cli_keys_dir(struct cli *cli, const char **out, struct err *e)
{
    char *dir = arena_alloc(&cli->arena, KEYRING_PATH_MAX);

    TRY(keyring_default_dir(dir, e));
    *out = dir;
    return ERR_OK;
}

/* A line of at most LINE_MAX_LEN bytes, byte by byte: what follows it stays for the next reader. */
static FALLIBLE read_fd_line(char *line, int fd, struct err *e)
{
    size_t len = 0;

    for (;;) {
        char c;
        ssize_t n = read(fd, &c, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return FAIL_SYS(e, ERR_IO, errno, "cannot read the input");
        if (n == 0 && len == 0)
            return FAIL(e, ERR_USAGE, "the input ended");
        if (n == 0 || c == '\n')
            break;
        if (len + 1 >= LINE_MAX_LEN)
            return FAIL(e, ERR_LIMIT, "the line is longer than %d bytes", LINE_MAX_LEN);
        line[len++] = c;
    }
    if (len > 0 && line[len - 1] == '\r')
        len--;
    line[len] = 0;
    return ERR_OK;
}

FALLIBLE cli_read_line(struct cli *cli, const char **out, const char *prompt, bool secret, struct err *e)
{
    char *line = arena_alloc(&cli->arena, LINE_MAX_LEN);
    struct termios before, quiet;
    int tty = isatty(STDIN_FILENO) ? open("/dev/tty", O_RDWR | O_CLOEXEC) : -1;

    if (tty < 0) {
        TRY(read_fd_line(line, STDIN_FILENO, e));
        *out = line;
        return ERR_OK;
    }
    (void)dprintf(tty, "%s: ", prompt);
    bool silenced = secret && tcgetattr(tty, &before) == 0;
    if (silenced) {
        quiet = before;
        quiet.c_lflag &= (tcflag_t)~ECHO;
        (void)tcsetattr(tty, TCSAFLUSH, &quiet);
    }
    enum err_code code = read_fd_line(line, tty, e);
    if (silenced) {
        (void)tcsetattr(tty, TCSAFLUSH, &before);
        (void)dprintf(tty, "\n");
    }
    (void)close(tty);
    if (code == ERR_OK)
        *out = line;
    return code;
}

static FALLIBLE password_from_file(struct cli *cli, const char **out, const char *path, struct err *e)
{
    struct bytes text;

    TRY(keyring_load_file(&cli->arena, &text, path, KEYRING_PASSWORD_MAX, e));
    size_t len = 0;
    while (len < text.len && text.p[len] != '\n' && text.p[len] != '\r' && text.p[len] != 0)
        len++;
    *out = arena_str(&cli->arena, bytes_of(text.p, len));
    return ERR_OK;
}

FALLIBLE cli_password(struct cli *cli, const char **out, const char *key_name, bool fresh, struct err *e)
{
    const char *env = getenv("WETEE_PASSWORD");
    const char *again;

    if (cli_given(cli, "password-file"))
        return password_from_file(cli, out, cli_text(cli, "password-file"), e);
    if (env != NULL) {
        *out = env;
        return ERR_OK;
    }
    if (!isatty(STDIN_FILENO))
        return FAIL(e, ERR_DENIED, "no password for the key \"%s\", and no terminal to ask at", key_name);
    TRY(cli_read_line(cli, out, arena_fmt(&cli->arena, "Password of \"%s\"", key_name), true, e));
    if (!fresh)
        return ERR_OK;
    TRY(cli_read_line(cli, &again, "Once more", true, e));
    if (strcmp(*out, again) != 0)
        return FAIL(e, ERR_USAGE, "the two passwords differ");
    return ERR_OK;
}

/* The key that is meant when none is named: the only one there is. */
static FALLIBLE signer_name(struct cli *cli, const char **out, struct err *e)
{
    const struct keyring_entry *keys;
    const char *dir;
    size_t count, bad;

    if (cli_text(cli, "signer") != NULL) {
        *out = cli_text(cli, "signer");
        return ERR_OK;
    }
    TRY(cli_keys_dir(cli, &dir, e));
    TRY(keyring_list(&cli->arena, &keys, &count, &bad, dir, e));
    if (count == 0)
        return FAIL(e, ERR_USAGE,
                    "no key to sign with: make one with \"wetee key new NAME\", or use --signer");
    if (count > 1)
        return FAIL(e, ERR_USAGE, "there are %zu keys: say which with --signer NAME", count);
    *out = keys[0].name;
    return ERR_OK;
}

static bool is_dev_uri(const char *text)
{
    return text[0] == '/' && text[1] == '/';
}

/* Everyone has these keys, so they may sign only where nothing is at stake. */
static FALLIBLE dev_key(struct cli *cli, struct keypair *out, const char *uri, struct err *e)
{
    if (!cli_given(cli, "dev") && !sdk_client_chain(cli->client)->development)
        return FAIL(e, ERR_USAGE,
                    "%s is a key everyone has, and this is no development chain: --dev allows it", uri);
    return keypair_from_uri(out, SIGNATURE_SR25519, bytes_of_str(uri), e);
}

FALLIBLE cli_unlock_signer(struct cli *cli, struct err *e)
{
    const char *name, *dir, *password;
    struct keyring_entry entry;
    struct bytes file;

    TRY(cli_connect(cli, e));
    if (cli->has_signer)
        return ERR_OK;
    TRY(signer_name(cli, &name, e));
    if (is_dev_uri(name)) {
        TRY(dev_key(cli, &cli->signer, name, e));
        cli->has_signer = true;
        return ERR_OK;
    }
    TRY(cli_keys_dir(cli, &dir, e));
    TRY(keyring_read(&cli->arena, &file, dir, name, e));
    TRY(keyring_file_peek(&cli->arena, &entry, file, e));
    struct bytes secret = BYTES_EMPTY;
    if (entry.encrypted) {
        TRY(cli_password(cli, &password, name, false, e));
        secret = bytes_of_str(password);
    }
    if (keyring_file_open(&cli->arena, &cli->signer, file, entry.encrypted ? &secret : NULL, e) != ERR_OK)
        return err_wrap(e, "key \"%s\"", name);
    cli->has_signer = true;
    return ERR_OK;
}

FALLIBLE cli_account(struct cli *cli, struct account_id *out, const char *text, struct err *e)
{
    struct keyring_entry entry;
    struct bytes file;
    const char *dir;

    TRY(cli_connect(cli, e));
    if (is_dev_uri(text)) {
        CLEANUP(keypair_fini) struct keypair key = {0};
        TRY(keypair_from_uri(&key, SIGNATURE_SR25519, bytes_of_str(text), e));
        *out = key.account;
        return ERR_OK;
    }
    enum err_code code =
        sdk_account_parse(out, bytes_of_str(text), sdk_client_chain(cli->client)->ss58_prefix, e);
    if (code == ERR_OK)
        return ERR_OK;
    struct err ignored; /* what does not name a key is judged as an address */
    if (cli_keys_dir(cli, &dir, &ignored) == ERR_OK &&
        keyring_read(&cli->arena, &file, dir, text, &ignored) == ERR_OK &&
        keyring_file_peek(&cli->arena, &entry, file, &ignored) == ERR_OK) {
        *out = entry.account;
        return ERR_OK;
    }
    e->code = ERR_USAGE;
    return err_wrap(e, "\"%s\" is neither a key nor an address", text);
}

FALLIBLE cli_signer_account(struct cli *cli, struct account_id *out, struct err *e)
{
    const char *name;

    TRY(signer_name(cli, &name, e));
    return cli_account(cli, out, name, e);
}

FALLIBLE cli_tx_options(struct cli *cli, struct sdk_tx_options *out, struct err *e)
{
    uint64_t seconds;

    TRY(cli_number_in(cli, &seconds, "timeout", 86400, e));
    *out = (struct sdk_tx_options){
        .tip = cli_amount(cli, "tip"),
        .wait = strcmp(cli_text(cli, "wait"), "block") == 0 ? SDK_WAIT_IN_BLOCK : SDK_WAIT_FINALIZED,
        .timeout_ms = (uint32_t)seconds * 1000,
    };
    return ERR_OK;
}

FALLIBLE cli_submit(struct cli *cli, struct sdk_tx_result *out, const struct call_desc *call,
                    const void *args, struct err *e)
{
    struct sdk_tx_options options;
    struct sdk_tx tx;

    TRY(cli_tx_options(cli, &options, e));
    TRY(cli_unlock_signer(cli, e));
    enum err_code code = sdk_tx_build(cli->client, &cli->arena, &tx, call, args, &cli->signer, &options, e);
    if (code != ERR_OK)
        return code;
    cli_progress(cli, "%s: sent by %s, waiting until it is %s …", call->name,
                 cli_ss58(cli, &cli->signer.account),
                 options.wait == SDK_WAIT_IN_BLOCK ? "in a block" : "final");
    TRY(sdk_tx_submit_and_watch(cli->client, &cli->arena, out, &tx, &options, e));
    return sdk_tx_require(out, e);
}
