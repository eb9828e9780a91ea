/* cli/verify_chain.c — what there is to say about evidence that was read from a chain. */
#include "cli/attestation.h"
#include "cli/session.h"
#include "cli/verify.h"
#include "sdk/attested.h"

static const char *purpose_text(enum attest_purpose p)
{
    switch (p) {
    case ATTEST_PURPOSE_WORKER:
        return "worker";
    case ATTEST_PURPOSE_START:
        return "start";
    case ATTEST_PURPOSE_CHALLENGE:
        return "challenge";
    case ATTEST_PURPOSE_CHANNEL:
        break;
    }
    return "unknown";
}

static const char *number(struct verify *v, const char *before, uint64_t n)
{
    return arena_fmt(&v->cli->arena, "%s%llu", before, (unsigned long long)n);
}

static const char *hash_text(struct verify *v, const struct hash32 *h)
{
    return verify_hex(&v->cli->arena, BYTES_OF(*h));
}

static const char *until_text(struct verify *v, const struct sdk_attested *t)
{
    if (t->said.until == UINT64_MAX)
        return "it does not run out on this chain";
    return number(v, t->lapsed ? "RAN OUT at block " : "block ", t->said.until);
}

void verify_chain_text(struct verify *v)
{
    const struct sdk_attested *t = v->chain_opt;
    struct arena *a = &v->cli->arena;

    verify_heading("On the chain");
    if (t->is_work)
        verify_row("whose", arena_fmt(a, "app %llu on cluster %llu", (unsigned long long)t->work.id,
                                      (unsigned long long)t->cluster));
    else
        verify_row("whose", number(v, "the worker of cluster ", t->cluster));
    verify_row("accepted in", number(v, "block ", t->said.at));
    verify_row("accepted until", until_text(v, t));
    verify_row("TCB as accepted", attestation_tcb(t->said.kind, t->said.tcb));
    verify_row(t->is_work ? "deploy key" : "controller", cli_ss58(v->cli, &t->key));
    verify_row("made for", t->bound ? arena_fmt(a, "%s, with the hash of block %u", purpose_text(t->purpose),
                                                t->nonce_block)
                                    : "NOT this key, subject and a block of its time");
    if (t->is_work && t->bound)
        verify_row("version", arena_fmt(a, "%llu of the app, which is at %llu",
                                        (unsigned long long)t->version, (unsigned long long)t->version_now));
    if (t->challenged)
        verify_row("challenge", number(v, "OPEN, answer due by block ", t->challenge.deadline));
    verify_row("read from", out_printable(a, bytes_of_str(sdk_client_url(v->cli->client))));
    verify_row("  proven for block", arena_fmt(a, "%u 0x%s", t->at.number, hash_text(v, &t->at.hash)));
    verify_row("  of the chain",
               arena_fmt(a, "0x%s", hash_text(v, &sdk_client_chain(v->cli->client)->genesis)));
}

json_t *verify_chain_json(struct verify *v)
{
    const struct sdk_attested *t = v->chain_opt;
    json_t *j = attestation_json(v->cli, &t->said, t->challenged ? &t->challenge : NULL, &t->cluster);
    json_t *more = json_pack(
        "{s:o,s:o,s:b,s:o,s:b,s:o,s:o,s:o,s:o,s:s,s:I,s:o,s:o}", "app_id",
        t->is_work ? json_integer((json_int_t)t->work.id) : json_null(), "key", out_account(v->cli, &t->key),
        "bound", t->bound, "purpose", t->bound ? json_string(purpose_text(t->purpose)) : json_null(),
        "lapsed", t->lapsed, "nonce_block", t->bound ? json_integer((json_int_t)t->nonce_block) : json_null(),
        "version", t->is_work && t->bound ? json_integer((json_int_t)t->version) : json_null(), "version_now",
        t->is_work ? json_integer((json_int_t)t->version_now) : json_null(), "extrinsic",
        t->extrinsic_opt == UINT32_MAX ? json_null() : json_integer((json_int_t)t->extrinsic_opt), "node",
        sdk_client_url(v->cli->client), "block", (json_int_t)t->at.number, "block_hash",
        out_hash(&t->at.hash), "genesis", out_hash(&sdk_client_chain(v->cli->client)->genesis));

    out_merge(j, more);
    return j;
}

void verify_chain_notes(struct verify *v)
{
    const struct sdk_attested *t = v->chain_opt;

    verify_note(
        v, "that this block is final and of the chain you mean is the node's word: compare the hashes with "
           "those of another node");
    if (t->lapsed)
        verify_note(v, "the attestation has run out: the chain wants it anew before it pays on");
    if (t->is_work && t->bound && t->version != t->version_now)
        verify_note(
            v, "the evidence is of an earlier version of the app: the present one has not been attested");
    if (t->challenged)
        verify_note(v, "somebody has challenged this replica, and it has not answered yet");
}
