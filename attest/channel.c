#include "attest/channel.h"
#include "base/reader.h"
#include "crypto/hash.h"

const char *channel_type_name(enum channel_type t)
{
    static const char *const names[] = {
        [0] = "unknown",
        [CHANNEL_HELLO] = "HELLO",
        [CHANNEL_ATTEST] = "ATTEST",
        [CHANNEL_RELEASE] = "RELEASE",
        [CHANNEL_STARTED] = "STARTED",
        [CHANNEL_TICK] = "TICK",
        [CHANNEL_CLOSE_PERIOD] = "CLOSE_PERIOD",
        [CHANNEL_PERIOD] = "PERIOD",
        [CHANNEL_STOP] = "STOP",
        [CHANNEL_EXITED] = "EXITED",
        [CHANNEL_LOG] = "LOG",
        [CHANNEL_BYE] = "BYE",
        [CHANNEL_ASK_EVIDENCE] = "ASK_EVIDENCE",
        [CHANNEL_EVIDENCE] = "EVIDENCE",
    };
    return names[(size_t)t < ARRAY_LEN(names) ? t : 0];
}

static void put_vec(struct writer *w, struct bytes b)
{
    put_u32(w, (uint32_t)b.len);
    put_bytes(w, b);
}

static struct bytes take_vec(struct reader *r, uint32_t max)
{
    uint32_t len = take_u32(r);
    if (len > max) {
        reader_fail(r, "list or text is too long");
        return BYTES_EMPTY;
    }
    return take_bytes(r, len);
}

static void write_hello(struct writer *w, const struct channel_hello *h)
{
    put_u8(w, CHANNEL_VERSION);
    put_mem(w, h->subject.genesis.b, 32);
    put_u8(w, h->subject.work_type);
    put_u64(w, h->subject.work_id);
    put_u64(w, h->subject.cluster);
    put_u64(w, h->subject.version);
    put_u32(w, h->nonce_block);
    put_mem(w, h->nonce.b, 32);
}

static void write_attest(struct writer *w, const struct channel_attest *a)
{
    put_mem(w, a->deploy_key, 32);
    put_mem(w, a->exchange_key, 32);
    put_u8(w, (uint8_t)a->state);
    put_vec(w, a->start_evidence);
    put_vec(w, a->channel_evidence);
}

static void write_period(struct writer *w, const struct channel_period *p)
{
    put_u64(w, p->first_block);
    put_vec(w, p->proof);
    put_vec(w, p->log_file);
    put_vec(w, p->usage_file);
}

void channel_write(struct writer *w, const struct channel_message *m)
{
    put_u8(w, (uint8_t)m->type);
    switch (m->type) {
    case CHANNEL_HELLO:
        write_hello(w, &m->u.hello);
        break;
    case CHANNEL_ATTEST:
        write_attest(w, &m->u.attest);
        break;
    case CHANNEL_RELEASE:
        put_vec(w, m->u.release.sealed);
        break;
    case CHANNEL_STARTED:
        put_u32(w, m->u.started.pid);
        break;
    case CHANNEL_TICK:
        put_u64(w, m->u.tick.block);
        break;
    case CHANNEL_CLOSE_PERIOD:
        put_u64(w, m->u.close_period.first_block);
        put_u32(w, m->u.close_period.length);
        put_vec(w, m->u.close_period.address);
        break;
    case CHANNEL_PERIOD:
        write_period(w, &m->u.period);
        break;
    case CHANNEL_STOP:
        put_u32(w, m->u.stop.grace_s);
        break;
    case CHANNEL_EXITED:
        put_bool(w, m->u.exited.by_signal);
        put_u8(w, m->u.exited.code);
        break;
    case CHANNEL_LOG:
        put_u64(w, m->u.log.seq);
        put_u8(w, m->u.log.stream);
        put_vec(w, m->u.log.text);
        break;
    case CHANNEL_BYE:
        break;
    case CHANNEL_ASK_EVIDENCE:
        put_u8(w, (uint8_t)m->u.ask_evidence.purpose);
        put_mem(w, m->u.ask_evidence.nonce.b, 32);
        break;
    case CHANNEL_EVIDENCE:
        put_u8(w, (uint8_t)m->u.evidence.purpose);
        put_mem(w, m->u.evidence.nonce.b, 32);
        put_vec(w, m->u.evidence.evidence);
        break;
    }
}

static void read_hello(struct reader *r, struct channel_hello *h)
{
    if (take_u8(r) != CHANNEL_VERSION)
        reader_fail(r, "unknown protocol version");
    h->subject.genesis = take_hash(r);
    h->subject.work_type = take_u8(r);
    h->subject.work_id = take_u64(r);
    h->subject.cluster = take_u64(r);
    h->subject.version = take_u64(r);
    h->nonce_block = take_u32(r);
    h->nonce = take_hash(r);
}

static void read_attest(struct reader *r, struct channel_attest *a)
{
    take_into(r, a->deploy_key, 32);
    take_into(r, a->exchange_key, 32);
    uint8_t state = take_u8(r);
    if (state > CHANNEL_STATE_EXITED)
        reader_fail(r, "unknown state of the program");
    else
        a->state = (enum channel_state)state;
    a->start_evidence = take_vec(r, CHANNEL_EVIDENCE_MAX);
    a->channel_evidence = take_vec(r, CHANNEL_EVIDENCE_MAX);
}

static void read_period(struct reader *r, struct channel_period *p)
{
    p->first_block = take_u64(r);
    p->proof = take_vec(r, CHANNEL_PROOF_LEN);
    p->log_file = take_vec(r, CHANNEL_FILE_MAX);
    p->usage_file = take_vec(r, CHANNEL_FILE_MAX);
}

static void read_log(struct reader *r, struct channel_log *l)
{
    l->seq = take_u64(r);
    l->stream = take_u8(r);
    if (l->stream != 1 && l->stream != 2)
        reader_fail(r, "unknown stream");
    l->text = take_vec(r, CHANNEL_LOG_TEXT_MAX);
}

/* The purposes for which a running entry may be asked. */
static enum attest_purpose take_purpose(struct reader *r)
{
    uint8_t purpose = take_u8(r);

    if (purpose != ATTEST_PURPOSE_START && purpose != ATTEST_PURPOSE_CHALLENGE)
        reader_fail(r, "evidence for another purpose than start or challenge");
    return (enum attest_purpose)purpose;
}

static void read_body(struct reader *r, struct channel_message *m)
{
    switch (m->type) {
    case CHANNEL_HELLO:
        read_hello(r, &m->u.hello);
        break;
    case CHANNEL_ATTEST:
        read_attest(r, &m->u.attest);
        break;
    case CHANNEL_RELEASE:
        m->u.release.sealed = take_vec(r, CHANNEL_CONFIG_MAX);
        break;
    case CHANNEL_STARTED:
        m->u.started.pid = take_u32(r);
        break;
    case CHANNEL_TICK:
        m->u.tick.block = take_u64(r);
        break;
    case CHANNEL_CLOSE_PERIOD:
        m->u.close_period.first_block = take_u64(r);
        m->u.close_period.length = take_u32(r);
        m->u.close_period.address = take_vec(r, CHANNEL_ADDRESS_MAX);
        break;
    case CHANNEL_PERIOD:
        read_period(r, &m->u.period);
        break;
    case CHANNEL_STOP:
        m->u.stop.grace_s = take_u32(r);
        if (m->u.stop.grace_s > CHANNEL_GRACE_MAX_S)
            reader_fail(r, "grace is too long");
        break;
    case CHANNEL_EXITED:
        m->u.exited.by_signal = take_bool(r);
        m->u.exited.code = take_u8(r);
        break;
    case CHANNEL_LOG:
        read_log(r, &m->u.log);
        break;
    case CHANNEL_BYE:
        break;
    case CHANNEL_ASK_EVIDENCE:
        m->u.ask_evidence.purpose = take_purpose(r);
        m->u.ask_evidence.nonce = take_hash(r);
        break;
    case CHANNEL_EVIDENCE:
        m->u.evidence.purpose = take_purpose(r);
        m->u.evidence.nonce = take_hash(r);
        m->u.evidence.evidence = take_vec(r, CHANNEL_EVIDENCE_MAX);
        break;
    }
}

enum err_code channel_read(struct channel_message *out, struct bytes frame, struct err *e)
{
    struct reader r = reader_of(frame);
    struct channel_message m;

    memset(&m, 0, sizeof m);
    uint8_t type = take_u8(&r);
    if (reader_ok(&r) && (type < CHANNEL_HELLO || type > CHANNEL_TYPE_LAST))
        reader_fail(&r, "unknown message type");
    if (reader_ok(&r)) {
        m.type = (enum channel_type)type;
        read_body(&r, &m);
    }
    TRY(reader_end(&r, channel_type_name(m.type), e));
    *out = m;
    return ERR_OK;
}

void channel_key_report_data(uint8_t out[64], enum attest_purpose purpose, const struct attest_subject *s,
                             const uint8_t deploy_key[32], const struct hash32 *nonce)
{
    uint8_t binding[32];
    attest_binding(binding, purpose, s, deploy_key, nonce->b);
    attest_report_data(out, binding);
}

void channel_report_data(uint8_t out[64], const struct channel_hello *h, const struct channel_attest *a,
                         const uint8_t exporter[32])
{
    uint8_t key[32], binding[32];
    attest_channel_key(key, a->deploy_key, a->exchange_key, exporter);
    attest_binding(binding, ATTEST_PURPOSE_CHANNEL, &h->subject, key, h->nonce.b);
    attest_report_data(out, binding);
}

void channel_config_aad(uint8_t out[CHANNEL_AAD_LEN], const struct attest_subject *s)
{
    struct writer w = writer_fixed(out, CHANNEL_AAD_LEN);
    put_text(&w, "wetee/config/v1");
    put_mem(&w, s->genesis.b, 32);
    put_u8(&w, s->work_type);
    put_u64(&w, s->work_id);
    put_u64(&w, s->cluster);
    put_u64(&w, s->version);
    ASSERT(writer_ok(&w) && w.len == CHANNEL_AAD_LEN);
}

static void write_pairs(struct writer *w, const struct channel_pair *v, uint16_t count)
{
    put_u16(w, count);
    for (uint16_t i = 0; i < count; i++) {
        put_vec(w, v[i].key);
        put_vec(w, v[i].value);
    }
}

void channel_config_write(struct writer *w, const struct channel_config *c)
{
    write_pairs(w, c->env, c->env_count);
    write_pairs(w, c->files, c->file_count);
    put_u16(w, c->arg_count);
    for (uint16_t i = 0; i < c->arg_count; i++)
        put_vec(w, c->args[i]);
}

static bool has_byte(struct bytes b, uint8_t what)
{
    for (size_t i = 0; i < b.len; i++) {
        if (b.p[i] == what)
            return true;
    }
    return false;
}

static bool env_name_ok(struct bytes b)
{
    return b.len > 0 && !has_byte(b, 0) && !has_byte(b, '=');
}

/* "/a/b": absolute, no empty, "." or ".." part, not "/" itself. */
static bool path_ok(struct bytes b)
{
    size_t start = 1;

    if (b.len < 2 || b.len > 1023 || b.p[0] != '/' || has_byte(b, 0))
        return false;
    for (size_t i = 1; i <= b.len; i++) {
        if (i < b.len && b.p[i] != '/')
            continue;
        struct bytes part = bytes_of(b.p + start, i - start);
        if (part.len == 0 || bytes_eq(part, BYTES_LIT(".")) || bytes_eq(part, BYTES_LIT("..")))
            return false;
        start = i + 1;
    }
    return true;
}

/* A count that the remaining bytes can hold. */
static uint16_t take_small_count(struct reader *r, size_t min_each)
{
    uint16_t n = take_u16(r);
    if (n > CHANNEL_LIST_MAX || (size_t)n * min_each > r->left) {
        reader_fail(r, "count is too large");
        return 0;
    }
    return n;
}

static const struct channel_pair *take_pairs(struct arena *a, struct reader *r, uint16_t *count, bool files)
{
    uint16_t n = take_small_count(r, 8);
    struct channel_pair *v = arena_new_n(a, struct channel_pair, n);

    for (uint16_t i = 0; i < n; i++) {
        v[i].key = take_vec(r, CHANNEL_CONFIG_MAX);
        v[i].value = take_vec(r, CHANNEL_CONFIG_MAX);
        if (!reader_ok(r))
            break;
        if (files ? !path_ok(v[i].key) : !env_name_ok(v[i].key) || has_byte(v[i].value, 0))
            reader_fail(r, files ? "bad path of a file" : "bad environment variable");
    }
    *count = n;
    return v;
}

enum err_code channel_config_read(struct arena *a, struct channel_config *out, struct bytes plain,
                                  struct err *e)
{
    struct reader r = reader_of(plain);
    struct channel_config c = {0};

    c.env = take_pairs(a, &r, &c.env_count, false);
    c.files = take_pairs(a, &r, &c.file_count, true);
    c.arg_count = take_small_count(&r, 4);
    struct bytes *args = arena_new_n(a, struct bytes, c.arg_count);
    for (uint16_t i = 0; i < c.arg_count; i++) {
        args[i] = take_vec(&r, CHANNEL_CONFIG_MAX);
        if (has_byte(args[i], 0) || (i == 0 && args[i].len == 0))
            reader_fail(&r, "bad argument");
    }
    c.args = args;
    TRY(reader_end(&r, "configuration", e));
    *out = c;
    return ERR_OK;
}

void channel_proof_write(struct writer *w, const struct channel_proof *p)
{
    put_mem(w, p->log_hash, 32);
    put_mem(w, p->cr_hash, 32);
    put_u32(w, p->cr.cpu);
    put_u32(w, p->cr.mem);
    put_u32(w, p->cr.cvm_cpu);
    put_u32(w, p->cr.cvm_mem);
    put_u32(w, p->cr.disk);
    put_u32(w, p->cr.gpu);
    put_u32(w, p->up_blocks);
    put_mem(w, p->signature, 64);
}

enum err_code channel_proof_read(struct channel_proof *out, struct bytes in, struct err *e)
{
    struct reader r = reader_of(in);
    struct channel_proof p = {0};

    take_into(&r, p.log_hash, 32);
    take_into(&r, p.cr_hash, 32);
    p.cr.cpu = take_u32(&r);
    p.cr.mem = take_u32(&r);
    p.cr.cvm_cpu = take_u32(&r);
    p.cr.cvm_mem = take_u32(&r);
    p.cr.disk = take_u32(&r);
    p.cr.gpu = take_u32(&r);
    p.up_blocks = take_u32(&r);
    take_into(&r, p.signature, 64);
    TRY(reader_end(&r, "proof", e));
    *out = p;
    return ERR_OK;
}

struct attest_pow channel_proof_pow(const struct channel_proof *p, const struct attest_subject *s,
                                    uint64_t first_block, struct bytes address)
{
    return (struct attest_pow){
        .genesis = s->genesis,
        .work_type = s->work_type,
        .work_id = s->work_id,
        .cluster = s->cluster,
        .first_block = first_block,
        .log_hash = bytes_of(p->log_hash, sizeof p->log_hash),
        .cr = p->cr,
        .cr_hash = bytes_of(p->cr_hash, sizeof p->cr_hash),
        .address = address,
        .up_blocks = p->up_blocks,
    };
}
