/* cli/out.c — see out.h. */
#include "cli/out.h"
#include "base/fmt.h"
#include "base/hex.h"
#include "cli/session.h"
#include "codec/json.h"
#include "sdk/account.h"
#include "sdk/events.h"
#include <stdio.h>
#include <stdlib.h>

enum { COLUMNS_MAX = 16, JSON_MAX = 64 * 1024 * 1024, CELL_MAX = 4096 };

static void print_json(const json_t *j, FILE *to)
{
    char *text = json_dumps(j, JSON_INDENT(2) | JSON_ENCODE_ANY);

    (void)fprintf(to, "%s\n", text != NULL ? text : "null");
    free(text);
}

char *out_printable(struct arena *a, struct bytes text)
{
    char *copy = arena_str(a, text);

    for (char *c = copy; *c != 0; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    return copy;
}

static const char *amount_cell(struct arena *a, const json_t *v)
{
    struct balance b;
    char *text = arena_alloc(a, SDK_AMOUNT_TEXT_CAP);

    if (!json_is_string(v) || !balance_parse(&b, bytes_of_str(json_string_value(v))))
        return "-";
    sdk_amount_text(text, b);
    return text;
}

static const char *cell(struct arena *a, const json_t *v, enum column_kind kind)
{
    if (v == NULL || json_is_null(v))
        return "-";
    if (kind == COLUMN_AMOUNT)
        return amount_cell(a, v);
    if (json_is_string(v))
        return out_printable(a, bytes_of_str(json_string_value(v)));
    if (json_is_boolean(v))
        return json_is_true(v) ? "yes" : "no";
    if (json_is_array(v) && (json_array_size(v) == 0 || json_is_string(json_array_get(v, 0)))) {
        struct writer w = writer_in(a, CELL_MAX);
        for (size_t i = 0; i < json_array_size(v); i++)
            put_fmt(&w, "%s%s", i > 0 ? ", " : "", json_string_value(json_array_get(v, i)));
        put_u8(&w, 0);
        return writer_ok(&w) && w.len > 1 ? out_printable(a, bytes_of_str((const char *)writer_bytes(&w).p))
                                          : "-";
    }
    char *text = json_dumps(v, JSON_ENCODE_ANY);
    const char *copy = text != NULL ? out_printable(a, bytes_of_str(text)) : "?";
    free(text);
    return copy;
}

/* Columns of a terminal, nearly: bytes that continue a character are not counted. */
static size_t width(const char *text)
{
    size_t n = 0;

    for (; *text != 0; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static void print_padded(const char *text, size_t to, bool last)
{
    (void)printf("%s", text);
    for (size_t n = width(text); !last && n < to + 2; n++)
        (void)printf(" ");
}

static void print_table(struct arena *a, const json_t *rows, const struct column *columns)
{
    size_t count = json_array_size(rows), n = 0;
    size_t widths[COLUMNS_MAX];

    for (; columns[n].field != NULL; n++)
        widths[n] = width(columns[n].title);
    ASSERT(n > 0 && n <= COLUMNS_MAX);
    const char **cells = arena_new_n(a, const char *, count *n + 1);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < n; k++) {
            const char *text =
                cell(a, json_object_get(json_array_get(rows, i), columns[k].field), columns[k].kind);
            cells[i * n + k] = text;
            if (width(text) > widths[k])
                widths[k] = width(text);
        }
    for (size_t k = 0; k < n; k++)
        print_padded(columns[k].title, widths[k], k + 1 == n);
    (void)printf("\n");
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < n; k++)
            print_padded(cells[i * n + k], widths[k], k + 1 == n);
        (void)printf("\n");
    }
    if (count == 0)
        (void)printf("(none)\n");
}

static void print_object(struct arena *a, const json_t *object, const struct column *columns)
{
    size_t widest = 0;

    for (const struct column *c = columns; c->field != NULL; c++)
        if (width(c->title) > widest)
            widest = width(c->title);
    for (const struct column *c = columns; c->field != NULL; c++) {
        const json_t *v = json_object_get(object, c->field);
        if (v == NULL)
            continue;
        print_padded(c->title, widest, false);
        (void)printf("%s\n", cell(a, v, c->kind));
    }
}

void out_result(const struct cli *cli, json_t *owned, const struct column *columns)
{
    struct arena a;

    if (cli->json) {
        print_json(owned, stdout);
        json_decref(owned);
        return;
    }
    arena_init(&a, &arena_heap, 512UL * 1024 * 1024);
    if (json_is_array(owned))
        print_table(&a, owned, columns);
    else
        print_object(&a, owned, columns);
    arena_fini(&a);
    json_decref(owned);
}

json_t *out_amount(struct balance b)
{
    char text[BALANCE_TEXT_MAX];

    balance_text(text, b);
    return json_string(text);
}

json_t *out_account(struct cli *cli, const struct account_id *account)
{
    return json_string(cli_ss58(cli, account));
}

json_t *out_hash(const struct hash32 *h)
{
    char text[3 + 2 * sizeof h->b] = "0x";

    hex_encode(text + 2, BYTES_OF(*h));
    return json_string(text);
}

json_t *out_bytes_text(struct bytes b)
{
    struct arena a;
    json_t *j;

    arena_init(&a, &arena_heap, JSON_MAX);
    struct writer w = writer_in(&a, JSON_MAX / 4);
    json_put_string(&w, b);
    struct bytes text = writer_bytes(&w);
    j = json_loadb((const char *)text.p, text.len, JSON_DECODE_ANY, NULL);
    arena_fini(&a);
    return j != NULL ? j : json_string("");
}

static json_t *parse_text(const struct writer *w)
{
    struct bytes text = writer_bytes(w);
    json_t *j = json_loadb((const char *)text.p, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

    return j != NULL ? j : json_null();
}

json_t *out_value(struct cli *cli, const struct type *type, const void *value)
{
    uint16_t prefix = cli->client != NULL ? sdk_client_chain(cli->client)->ss58_prefix : SS58_PREFIX_GENERIC;
    struct json_options options = sdk_json_options(&prefix);
    struct writer w = writer_in(&cli->arena, JSON_MAX);

    walk_json(&w, type, value, &options);
    return parse_text(&w);
}

json_t *out_events(struct cli *cli, struct sdk_events events)
{
    uint16_t prefix = sdk_client_chain(cli->client)->ss58_prefix;
    json_t *list = json_array();

    for (uint32_t i = 0; i < events.count; i++) {
        struct writer w = writer_in(&cli->arena, JSON_MAX);
        sdk_put_event_json(&w, &events.v[i], prefix);
        json_array_append_new(list, parse_text(&w));
    }
    return list;
}

void out_merge(json_t *into, json_t *owned)
{
    if (owned != NULL)
        (void)json_object_update(into, owned);
    json_decref(owned);
}

void out_tx(struct cli *cli, const struct sdk_tx_result *r, const char *said, json_t *owned_extra_opt)
{
    char fee[SDK_AMOUNT_TEXT_CAP];

    if (!cli->json) {
        sdk_amount_text(fee, r->fee);
        (void)printf("%s (block %u%s, fee %s)\n", said, r->block_number, r->finalized ? ", final" : "", fee);
        json_decref(owned_extra_opt);
        return;
    }
    json_t *j = json_pack("{s:b,s:o,s:I,s:I,s:o,s:b,s:o,s:o}", "success", r->success, "block",
                          out_hash(&r->block), "block_number", (json_int_t)r->block_number, "index",
                          (json_int_t)r->index, "extrinsic", out_hash(&r->extrinsic), "finalized",
                          r->finalized, "fee", out_amount(r->fee), "events", out_events(cli, r->events));
    out_merge(j, owned_extra_opt);
    print_json(j, stdout);
    json_decref(j);
}

void out_error(const struct cli *cli, const struct err *e, enum exit_code code)
{
    const char *hint = cli_hint(cli, e->code);

    if (!cli->json) {
        (void)fprintf(stderr, "wetee: %s\n", e->msg);
        if (hint != NULL)
            (void)fprintf(stderr, "  next: %s\n", hint);
        return;
    }
    json_t *j = json_pack("{s:{s:i,s:o,s:s?}}", "error", "exit", (int)code, "message",
                          out_bytes_text(bytes_of_str(e->msg)), "next", hint);
    print_json(j, stderr);
    json_decref(j);
}
