#include "entry/period.h"
#include "base/int.h"
#include "codec/json.h"
#include "crypto/ed25519.h"

#include <stdlib.h>

enum {
    HEADER_MAX = 512, /* of a file: header line and the line of dropped records */
    LINES_MAX = CHANNEL_FILE_MAX - HEADER_MAX,
    SCRATCH_MAX = 4 << 20,
    MIB = 1 << 20,
};

/* Finished lines of one file. */
struct lines {
    uint8_t *mem;
    struct writer w;
    uint64_t count, dropped;
};

struct period {
    struct lines log, usage;
    uint64_t seq, sample;
    uint64_t elapsed_usec, cpu_usec; /* sums over the samples in the file */
    u128 mem_sum;
    bool was_up;
    uint64_t up_after, up_until; /* the program ran during the blocks (up_after, up_until] */
    uint64_t last_block;
    struct arena scratch;
    /* the last answer, for a worker that lost it */
    bool closed;
    uint64_t closed_first;
    uint32_t closed_length;
    uint8_t closed_address[CHANNEL_ADDRESS_MAX];
    size_t closed_address_len;
    uint8_t *answer;
    size_t answer_len;
};

static void lines_reset(struct lines *l)
{
    l->w = writer_fixed(l->mem, LINES_MAX);
    l->count = 0;
    l->dropped = 0;
}

struct period *period_new(void)
{
    struct period *p = calloc(1, sizeof *p);
    ASSERT(p != NULL);
    p->log.mem = malloc(LINES_MAX);
    p->usage.mem = malloc(LINES_MAX);
    p->answer = malloc(CHANNEL_FRAME_MAX);
    ASSERT(p->log.mem != NULL && p->usage.mem != NULL && p->answer != NULL);
    arena_init(&p->scratch, &arena_heap, SCRATCH_MAX);
    lines_reset(&p->log);
    lines_reset(&p->usage);
    return p;
}

void period_free(struct period *p)
{
    if (p == NULL)
        return;
    free(p->log.mem);
    free(p->usage.mem);
    free(p->answer);
    arena_fini(&p->scratch);
    free(p);
}

/* Keeps the line written since `start`, or forgets and counts it. True when it was kept. */
static bool line_end(struct lines *l, size_t start)
{
    put_u8(&l->w, '\n');
    if (writer_ok(&l->w)) {
        l->count++;
        return true;
    }
    l->w = writer_fixed(l->mem, LINES_MAX);
    l->w.len = start;
    l->dropped++;
    return false;
}

uint64_t period_log(struct period *p, uint8_t stream, struct bytes text)
{
    struct lines *l = &p->log;
    size_t start = l->w.len;

    put_text(&l->w, "{\"seq\":");
    json_put_u64(&l->w, p->seq);
    put_fmt(&l->w, ",\"stream\":%u,\"text\":", stream);
    json_put_string(&l->w, text);
    put_text(&l->w, "}");
    (void)line_end(l, start);
    return p->seq++;
}

void period_usage(struct period *p, uint64_t elapsed_usec, uint64_t cpu_usec, uint64_t mem_bytes)
{
    struct lines *l = &p->usage;
    size_t start = l->w.len;

    put_text(&l->w, "{\"sample\":");
    json_put_u64(&l->w, p->sample++);
    put_text(&l->w, ",\"usec\":");
    json_put_u64(&l->w, elapsed_usec);
    put_text(&l->w, ",\"cpu_usec\":");
    json_put_u64(&l->w, cpu_usec);
    put_text(&l->w, ",\"mem_bytes\":");
    json_put_u64(&l->w, mem_bytes);
    put_text(&l->w, "}");
    if (!line_end(l, start))
        return;
    p->elapsed_usec = sat_add_u64(p->elapsed_usec, elapsed_usec);
    p->cpu_usec = sat_add_u64(p->cpu_usec, cpu_usec);
    p->mem_sum += mem_bytes;
}

void period_started(struct period *p, uint64_t block)
{
    p->was_up = true;
    p->last_block = max_u64(p->last_block, block);
    p->up_after = p->up_until = p->last_block;
}

void period_tick(struct period *p, uint64_t block, bool running)
{
    p->last_block = max_u64(p->last_block, block);
    if (p->was_up && running)
        p->up_until = p->last_block;
}

/* Blocks of [first, first + length) among (up_after, up_until]. */
static uint32_t up_blocks(const struct period *p, uint64_t first, uint32_t length)
{
    if (!p->was_up)
        return 0;
    uint64_t from = max_u64(first, p->up_after + 1);
    uint64_t end = min_u64(sat_add_u64(first, length), p->up_until + 1);
    return end > from ? (uint32_t)(end - from) : 0;
}

static uint32_t clamp_u32(u128 v)
{
    return v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

/* Averages, rounded up: whoever has the file computes the same. */
static struct attest_usage usage_of(const struct period *p)
{
    struct attest_usage u = {0};
    u128 mem_den = (u128)p->usage.count * MIB;

    if (p->elapsed_usec > 0)
        u.cpu = clamp_u32(((u128)p->cpu_usec * 1000 + p->elapsed_usec - 1) / p->elapsed_usec);
    if (p->usage.count > 0)
        u.mem = clamp_u32((p->mem_sum + mem_den - 1) / mem_den);
    return u;
}

static struct bytes file_of(struct arena *a, const struct lines *l, const char *kind, uint64_t first,
                            const struct attest_subject *s)
{
    struct writer w = writer_in(a, CHANNEL_FILE_MAX);

    put_text(&w, "{\"genesis\":");
    json_put_hex(&w, bytes_of(s->genesis.b, 32));
    put_fmt(&w, ",\"work_type\":%u,\"work\":", s->work_type);
    json_put_u64(&w, s->work_id);
    put_text(&w, ",\"cluster\":");
    json_put_u64(&w, s->cluster);
    put_text(&w, ",\"first_block\":");
    json_put_u64(&w, first);
    put_fmt(&w, ",\"kind\":\"%s\",\"count\":", kind);
    json_put_u64(&w, l->count);
    put_text(&w, "}\n");
    put_bytes(&w, writer_bytes(&l->w));
    if (l->dropped > 0) {
        put_text(&w, "{\"dropped\":");
        json_put_u64(&w, l->dropped);
        put_text(&w, "}\n");
    }
    ASSERT(writer_ok(&w));
    return writer_bytes(&w);
}

static void sign_proof(struct channel_proof *proof, const struct attest_subject *s, uint64_t first,
                       struct bytes address, const uint8_t seed[32])
{
    uint8_t text[ATTEST_POW_MAX];
    struct writer w = writer_fixed(text, sizeof text);
    struct attest_pow pow = channel_proof_pow(proof, s, first, address);

    attest_pow_write(&w, &pow);
    ASSERT(writer_ok(&w));
    ed25519_sign(proof->signature, seed, writer_bytes(&w));
}

static void build_answer(struct period *p, const struct channel_close_period *ask,
                         const struct attest_subject *s, const uint8_t seed[32])
{
    struct channel_message m = {.type = CHANNEL_PERIOD};
    struct channel_proof proof = {.cr = usage_of(p),
                                  .up_blocks = up_blocks(p, ask->first_block, ask->length)};
    uint8_t proof_mem[CHANNEL_PROOF_LEN];
    struct writer pw = writer_fixed(proof_mem, sizeof proof_mem),
                  w = writer_fixed(p->answer, CHANNEL_FRAME_MAX);

    m.u.period.first_block = ask->first_block;
    m.u.period.log_file = file_of(&p->scratch, &p->log, "log", ask->first_block, s);
    m.u.period.usage_file = file_of(&p->scratch, &p->usage, "usage", ask->first_block, s);
    struct hash32 log_root = attest_merkle_root(&p->scratch, m.u.period.log_file);
    struct hash32 usage_root = attest_merkle_root(&p->scratch, m.u.period.usage_file);
    memcpy(proof.log_hash, log_root.b, 32);
    memcpy(proof.cr_hash, usage_root.b, 32);
    sign_proof(&proof, s, ask->first_block, ask->address, seed);
    channel_proof_write(&pw, &proof);
    m.u.period.proof = writer_bytes(&pw);
    channel_write(&w, &m);
    ASSERT(writer_ok(&w) && writer_ok(&pw));
    p->answer_len = w.len;
    arena_reset(&p->scratch);
}

enum err_code period_close(struct period *p, struct writer *w, const struct channel_close_period *ask,
                           const struct attest_subject *s, const uint8_t deploy_seed[32], struct err *e)
{
    struct bytes last_address = bytes_of(p->closed_address, p->closed_address_len);
    bool again = p->closed && ask->first_block == p->closed_first;

    ASSERT(ask->address.len <= sizeof p->closed_address);
    if (p->closed && ask->first_block < p->closed_first)
        return FAIL(e, ERR_REJECTED, "the period from block %llu was closed already",
                    (unsigned long long)ask->first_block);
    if (again && (ask->length != p->closed_length || !bytes_eq(ask->address, last_address)))
        return FAIL(e, ERR_REJECTED, "the period was closed with another length or address");
    if (!again) {
        build_answer(p, ask, s, deploy_seed);
        p->closed = true;
        p->closed_first = ask->first_block;
        p->closed_length = ask->length;
        p->closed_address_len = ask->address.len;
        if (ask->address.len > 0)
            memcpy(p->closed_address, ask->address.p, ask->address.len);
        lines_reset(&p->log);
        lines_reset(&p->usage);
        p->sample = 0;
        p->elapsed_usec = p->cpu_usec = 0;
        p->mem_sum = 0;
    }
    put_mem(w, p->answer, p->answer_len);
    return ERR_OK;
}
