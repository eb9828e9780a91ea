#include "cli/platform.h"
#include "base/clock.h"
#include "base/folder.h"
#include "base/hex.h"
#include "cli/out.h"
#include "cli/session.h"
#include "crypto/ss58.h"
#include "tee/sim.h"

#include <unistd.h>

enum { ROOT_MAX = 4096, KIND_MAX = 64 };

struct place {
    struct cli *cli;
    const char *base, *root, *operator_uri;
    uint64_t now;
};

static const char *in_base(const struct place *p, const char *name)
{
    return arena_fmt(&p->cli->arena, "%s/%s", p->base, name);
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

static bool with_chip(const struct platform *f)
{
    return strcmp(f->tee, "simulated-snp") == 0;
}

/* --- the kind --- */

/* Once there is a genesis the kind stays: its roots are in it, and clusters are attested by it. Folders that
 * were made before kinds were written down play SGX. */
static FALLIBLE choose_kind(struct platform *out, const struct place *p, struct err *e)
{
    const char *path = in_base(p, "tee"), *asked = cli_text(p->cli, "tee");
    struct bytes kept = BYTES_LIT("simulated");

    if (!is_there(out->genesis)) {
        out->tee = asked != NULL ? asked : "simulated";
        return keyring_store_file(path, bytes_of_str(out->tee), e);
    }
    if (is_there(path))
        TRY(keyring_load_file(&p->cli->arena, &kept, path, KIND_MAX, e));
    out->tee = arena_str(&p->cli->arena, kept);
    if (asked == NULL || strcmp(asked, out->tee) == 0)
        return ERR_OK;
    return FAIL(e, ERR_EXISTS,
                "the network in %s was made with --tee %s: choose another folder with --base-path, or remove "
                "this one to begin anew",
                p->base, out->tee);
}

/* --- the platform --- */

static FALLIBLE make_chip(const struct platform *f, const struct place *p, struct err *e)
{
    if (!is_there(in_base(p, "sim/root/ask.key")))
        cli_progress(p->cli, "simulated AMD: making two RSA keys, once for this folder (some seconds)");
    enum err_code code = attest_sim_create_snp(p->root, f->folder, p->now, e);
    return code == ERR_EXISTS ? ERR_OK : code;
}

static FALLIBLE make_platform(const struct platform *f, const struct place *p, struct err *e)
{
    enum err_code code = attest_sim_create(p->root, f->folder, p->now, e);

    if (code == ERR_EXISTS) /* a network that was away for long finds its collateral fresh */
        code = attest_sim_collateral_renew(p->root, f->folder, p->now, 0, e);
    if (code == ERR_OK && with_chip(f))
        code = make_chip(f, p, e);
    return code == ERR_OK ? ERR_OK : err_wrap(e, "simulated platform");
}

/* --- genesis --- */

static json_t *balances_json(const char *operator_uri, struct err *e)
{
    const char *const uris[] = {"//Alice", "//Bob", "//Charlie", "//Dave", "//Eve", "//Ferdie", operator_uri};
    json_t *list = json_array();

    for (size_t i = 0; i < ARRAY_LEN(uris); i++) {
        CLEANUP(keypair_fini) struct keypair key = {0};
        char address[SS58_TEXT_CAP];
        if (keypair_from_uri(&key, SIGNATURE_SR25519, bytes_of_str(uris[i]), e) != ERR_OK) {
            json_decref(list);
            return NULL;
        }
        ss58_encode_account(address, SS58_PREFIX_GENERIC, &key.account);
        json_array_append_new(list, json_pack("[ss]", address, "1000000000000000000"));
    }
    return list;
}

/* Intel's, and AMD's behind it when there is a chip. */
static FALLIBLE load_roots(struct bytes *out, const struct platform *f, const struct place *p, struct err *e)
{
    struct arena *a = &p->cli->arena;
    struct writer w = writer_in(a, ROOT_MAX);
    struct bytes der;

    TRY(keyring_load_file(a, &der, in_base(p, "sim/root/root.der"), ROOT_MAX, e));
    put_bytes(&w, der);
    if (with_chip(f)) {
        TRY(keyring_load_file(a, &der, in_base(p, "sim/root/ark.der"), ROOT_MAX, e));
        put_bytes(&w, der);
    }
    if (!writer_ok(&w))
        return FAIL(e, ERR_LIMIT, "roots of more than %d bytes", ROOT_MAX);
    *out = writer_bytes(&w);
    return ERR_OK;
}

/* The first state: development rules, this machine's simulated roots, the development accounts. */
static FALLIBLE write_genesis(const struct platform *f, const struct place *p, struct err *e)
{
    struct arena *a = &p->cli->arena;
    struct bytes roots;

    if (load_roots(&roots, f, p, e) != ERR_OK)
        return err_wrap(e, "simulated platform");
    json_t *balances = balances_json(p->operator_uri, e);
    if (balances == NULL)
        return e->code;
    const char *alice = json_string_value(json_array_get(json_array_get(balances, 0), 0));
    json_t *j = json_pack("{s:s,s:s,s:s,s:{s:i,s:i,s:s},s:b,s:s,s:s,s:s}", "name", "WeTEE Local", "id",
                          "wetee-local", "chainType", "Development", "properties", "ss58Format",
                          SS58_PREFIX_GENERIC, "tokenDecimals", 12, "tokenSymbol", "UNIT", "dev_mode", 1,
                          "sudo", alice, "author", alice, "sim_root", hex0x(a, roots));
    (void)json_object_set_new(j, "balances", balances);
    char *text = json_dumps(j, JSON_INDENT(2));
    json_decref(j);
    if (text == NULL)
        return FAIL(e, ERR_INTERNAL, "the genesis document cannot be written");
    enum err_code code = keyring_store_file(f->genesis, bytes_of_str(text), e);
    free(text);
    return code;
}

FALLIBLE platform_prepare(struct platform *out, struct cli *cli, const char *base, const char *operator_uri,
                          struct err *e)
{
    static const char *const folders[] = {"sim", "sim/root", "sim/platform"};
    struct place p = {.cli = cli, .base = base, .operator_uri = operator_uri, .now = clock_wall_ms() / 1000};
    struct platform f = {.genesis = in_base(&p, "genesis.json"), .folder = in_base(&p, "sim/platform")};

    p.root = in_base(&p, "sim/root");
    for (size_t i = 0; i < ARRAY_LEN(folders); i++)
        TRY(folder_make(in_base(&p, folders[i]), e));
    TRY(choose_kind(&f, &p, e));
    TRY(make_platform(&f, &p, e));
    if (!is_there(f.genesis))
        TRY(write_genesis(&f, &p, e));
    *out = f;
    return ERR_OK;
}
