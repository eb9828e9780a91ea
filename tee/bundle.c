#include "tee/bundle.h"
#include "attest/chain.h"
#include "attest/der.h"
#include "attest/x509.h"
#include "base/hex.h"
#include "codec/json.h"

#include <jansson.h>

enum form { FORM_TEXT, FORM_HEX, FORM_DER };

static const struct member {
    const char *name, *other_opt; /* a second name for the same member */
    size_t at;                    /* in struct attest_collateral */
    enum form form;
} members[] = {
    {"pck_certificate_chain", NULL, offsetof(struct attest_collateral, pck_chain), FORM_TEXT},
    {"pck_crl_issuer_chain", NULL, offsetof(struct attest_collateral, pck_crl_issuer_chain), FORM_TEXT},
    {"root_ca_crl", NULL, offsetof(struct attest_collateral, root_ca_crl), FORM_DER},
    {"pck_crl", NULL, offsetof(struct attest_collateral, pck_crl), FORM_DER},
    {"tcb_info_issuer_chain", NULL, offsetof(struct attest_collateral, tcb_info_issuer_chain), FORM_TEXT},
    {"tcb_info", NULL, offsetof(struct attest_collateral, tcb_info), FORM_TEXT},
    {"tcb_info_signature", NULL, offsetof(struct attest_collateral, tcb_info_signature), FORM_HEX},
    {"qe_identity_issuer_chain", NULL, offsetof(struct attest_collateral, qe_identity_issuer_chain),
     FORM_TEXT},
    {"qe_identity", NULL, offsetof(struct attest_collateral, qe_identity), FORM_TEXT},
    {"qe_identity_signature", NULL, offsetof(struct attest_collateral, qe_identity_signature), FORM_HEX},
    {"vcek", "vlek", offsetof(struct attest_collateral, snp_leaf), FORM_DER},
    {"ask", "asvk", offsetof(struct attest_collateral, snp_intermediate), FORM_DER},
    {"crl", NULL, offsetof(struct attest_collateral, snp_crl), FORM_DER},
};

DEFINE_CLEANUP(json_t *, json_decref)

/* One element and nothing more. The caches of some services keep lists in other forms: say which. */
static enum err_code check_der(struct bytes der, const char *name, struct err *e)
{
    struct reader r = reader_of(der);

    if (bytes_starts_with(der, BYTES_LIT("-----BEGIN")))
        return FAIL(e, ERR_MALFORMED, "%s: hex of PEM text; hex of the DER is wanted", name);
    (void)der_take(&r, DER_SEQUENCE);
    if (!reader_ok(&r))
        return FAIL(e, ERR_MALFORMED, "%s: not DER: %s", name, r.failed);
    if (r.left == 1 && *r.p == 0)
        return FAIL(e, ERR_MALFORMED, "%s: a zero byte follows the DER; cut it", name);
    if (r.left > 0)
        return FAIL(e, ERR_MALFORMED, "%s: %zu bytes follow the DER", name, r.left);
    return ERR_OK;
}

static enum err_code read_hex(struct bytes *out, struct arena *a, const struct member *m, const char *name,
                              struct bytes text, struct err *e)
{
    struct bytes got = BYTES_EMPTY;

    if (bytes_starts_with(text, BYTES_LIT("-----BEGIN")))
        return FAIL(e, ERR_MALFORMED, "%s: PEM text; hex is wanted", name);
    if (hex_decode(a, &got, text, e) != ERR_OK)
        return err_wrap(e, "%s", name);
    if (m->form == FORM_DER)
        TRY(check_der(got, name, e));
    *out = got;
    return ERR_OK;
}

static enum err_code read_member(struct attest_collateral *out, struct arena *a, const struct member *m,
                                 const json_t *object, struct err *e)
{
    const json_t *value = json_object_get(object, m->name);
    const json_t *other = m->other_opt == NULL ? NULL : json_object_get(object, m->other_opt);
    const char *name = value != NULL ? m->name : m->other_opt;
    struct bytes view = BYTES_EMPTY;

    if (value != NULL && other != NULL)
        return FAIL(e, ERR_MALFORMED, "%s and %s: only one can have signed", m->name, m->other_opt);
    if (value == NULL)
        value = other;
    if (value == NULL || json_is_null(value))
        return ERR_OK;
    if (!json_is_string(value))
        return FAIL(e, ERR_MALFORMED, "%s: not a string", name);
    const struct bytes text = bytes_of(json_string_value(value), json_string_length(value));
    if (m->form == FORM_TEXT)
        view = arena_dup(a, text);
    else if (text.len > 0)
        TRY(read_hex(&view, a, m, name, text, e));
    memcpy((uint8_t *)out + m->at, &view, sizeof view);
    return ERR_OK;
}

enum err_code bundle_read(struct attest_collateral *out, struct arena *a, struct bytes json, struct err *e)
{
    struct attest_collateral c = {0};
    json_error_t why;

    if (json.len > BUNDLE_MAX)
        return FAIL(e, ERR_MALFORMED, "collateral: longer than %d bytes", BUNDLE_MAX);
    CLEANUP(json_decref)
    json_t *object =
        json_loadb(json.p == NULL ? "" : (const char *)json.p, json.len, JSON_REJECT_DUPLICATES, &why);
    if (object == NULL)
        return FAIL(e, ERR_MALFORMED, "collateral: line %d: %s", why.line, why.text);
    if (!json_is_object(object))
        return FAIL(e, ERR_MALFORMED, "collateral: not a JSON object");
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        if (read_member(&c, a, &members[i], object, e) != ERR_OK)
            return err_wrap(e, "collateral");
    }
    *out = c;
    return ERR_OK;
}

/* Certificates of the provider's key (VLEK) and what issues them (ASVK) say so in their names. */
static bool of_vlek(struct bytes der)
{
    struct x509 cert;
    struct err ignored;

    return x509_read(&cert, der, &ignored) == ERR_OK && chain_name_has(&cert, BYTES_LIT("VLEK"));
}

void bundle_write(struct writer *w, const struct attest_collateral *c)
{
    const char *before = "{";

    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        const struct member *m = &members[i];
        struct bytes value;
        memcpy(&value, (const uint8_t *)c + m->at, sizeof value);
        if (value.len == 0)
            continue;
        const char *name = m->other_opt != NULL && of_vlek(value) ? m->other_opt : m->name;
        put_fmt(w, "%s\n  \"%s\": ", before, name);
        before = ",";
        if (m->form == FORM_TEXT) {
            json_put_string(w, value);
        } else {
            put_text(w, "\"");
            put_hex(w, value);
            put_text(w, "\"");
        }
    }
    put_text(w, before[0] == '{' ? "{}\n" : "\n}\n");
}
