#include "worker/journal.h"

#include "base/int.h"
#include "crypto/hash.h"

#include <sqlite3.h>
#include <stdlib.h>

struct journal {
    sqlite3 *db;
};

static const char *const schema =
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE port (type INTEGER, work INTEGER, inside INTEGER, udp INTEGER, host INTEGER NOT NULL "
    "UNIQUE,"
    " PRIMARY KEY (type, work, inside, udp)) WITHOUT ROWID;"
    "CREATE TABLE port_rest (host INTEGER PRIMARY KEY, until INTEGER NOT NULL);"
    "CREATE TABLE session (type INTEGER, work INTEGER, deploy_key BLOB NOT NULL, version INTEGER NOT NULL,"
    " seen_block INTEGER NOT NULL, evidence BLOB NOT NULL, PRIMARY KEY (type, work)) WITHOUT ROWID;"
    "CREATE TABLE call (kind INTEGER, type INTEGER, work INTEGER, period INTEGER, until INTEGER NOT NULL,"
    " accepted INTEGER NOT NULL, PRIMARY KEY (kind, type, work, period)) WITHOUT ROWID;"
    "CREATE TABLE proof (type INTEGER, work INTEGER, first INTEGER, version INTEGER NOT NULL, length INTEGER "
    "NOT NULL,"
    " state INTEGER NOT NULL, deploy_key BLOB NOT NULL, proof BLOB NOT NULL, address BLOB NOT NULL,"
    " PRIMARY KEY (type, work, first)) WITHOUT ROWID;"
    "CREATE TABLE file (type INTEGER, work INTEGER, first INTEGER, kind TEXT, root BLOB NOT NULL, content "
    "BLOB NOT NULL,"
    " PRIMARY KEY (type, work, first, kind)) WITHOUT ROWID;"
    "CREATE INDEX file_root ON file (root);";

/* What schema 2 adds to 1. */
static const char *const schema2 =
    "CREATE TABLE evidence (type INTEGER, work INTEGER, purpose INTEGER, kind INTEGER NOT NULL,"
    " deploy_key BLOB NOT NULL, nonce BLOB NOT NULL, block INTEGER NOT NULL, evidence BLOB NOT NULL,"
    " PRIMARY KEY (type, work, purpose)) WITHOUT ROWID;"
    "PRAGMA user_version = 2;";

/* --- statements --- */

static FALLIBLE db_fail(const struct journal *j, int rc, struct err *e)
{
    enum err_code code = rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB ? ERR_CORRUPT : ERR_IO;
    return FAIL_SYS(e, code, rc, "journal: %s", sqlite3_errmsg(j->db));
}

struct query {
    struct journal *j;
    sqlite3_stmt *s;
    int at; /* parameters bound so far */
    int rc; /* the first failure, or SQLITE_OK */
};

/* Holds the database's own mutex until query_end: one statement at a time. */
static struct query query(struct journal *j, const char *sql)
{
    struct query q = {.j = j};

    sqlite3_mutex_enter(sqlite3_db_mutex(j->db));
    q.rc = sqlite3_prepare_v2(j->db, sql, -1, &q.s, NULL);
    return q;
}

static void bind_u64(struct query *q, uint64_t v)
{
    if (q->rc == SQLITE_OK)
        q->rc = sqlite3_bind_int64(q->s, ++q->at, (sqlite3_int64)v);
}

static void bind_work(struct query *q, struct work_key k)
{
    bind_u64(q, k.type);
    bind_u64(q, k.id);
}

static void bind_blob(struct query *q, struct bytes b)
{
    if (q->rc == SQLITE_OK)
        q->rc = sqlite3_bind_blob64(q->s, ++q->at, b.len > 0 ? (const void *)b.p : "", b.len, SQLITE_STATIC);
}

static void bind_text(struct query *q, const char *text)
{
    if (q->rc == SQLITE_OK)
        q->rc = sqlite3_bind_text(q->s, ++q->at, text, -1, SQLITE_STATIC);
}

/* True while there is a row. */
static bool query_row(struct query *q)
{
    if (q->rc != SQLITE_OK)
        return false;
    int rc = sqlite3_step(q->s);
    if (rc == SQLITE_ROW)
        return true;
    q->rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
    return false;
}

static FALLIBLE query_end(struct query *q, struct err *e)
{
    enum err_code code = q->rc == SQLITE_OK ? ERR_OK : db_fail(q->j, q->rc, e);

    (void)sqlite3_finalize(q->s);
    sqlite3_mutex_leave(sqlite3_db_mutex(q->j->db));
    return code;
}

/* A statement without rows. */
static FALLIBLE query_run(struct query *q, struct err *e)
{
    (void)query_row(q);
    return query_end(q, e);
}

static uint64_t column_u64(const struct query *q, int i)
{
    return (uint64_t)sqlite3_column_int64(q->s, i);
}

static struct bytes column_blob(const struct query *q, struct arena *a, int i)
{
    int len = sqlite3_column_bytes(q->s, i);
    return arena_dup(a, bytes_of(sqlite3_column_blob(q->s, i), len > 0 ? (size_t)len : 0));
}

static bool column_into(const struct query *q, uint8_t *out, size_t len, int i)
{
    if (sqlite3_column_bytes(q->s, i) != (int)len)
        return false;
    memcpy(out, sqlite3_column_blob(q->s, i), len);
    return true;
}

static FALLIBLE run(struct journal *j, const char *sql, struct err *e)
{
    int rc = sqlite3_exec(j->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? ERR_OK : db_fail(j, rc, e);
}

/* --- transactions: the mutex is recursive, so the statements inside take it again --- */

static FALLIBLE begin(struct journal *j, struct err *e)
{
    sqlite3_mutex_enter(sqlite3_db_mutex(j->db));
    enum err_code code = run(j, "BEGIN IMMEDIATE", e);
    if (code != ERR_OK)
        sqlite3_mutex_leave(sqlite3_db_mutex(j->db));
    return code;
}

static FALLIBLE end(struct journal *j, enum err_code code, struct err *e)
{
    struct err ignored;

    if (code == ERR_OK)
        code = run(j, "COMMIT", e);
    if (code != ERR_OK && run(j, "ROLLBACK", &ignored) != ERR_OK)
        ASSERT(sqlite3_get_autocommit(j->db)); /* SQLite rolled back already */
    sqlite3_mutex_leave(sqlite3_db_mutex(j->db));
    return code;
}

/* --- life --- */

static FALLIBLE check_genesis(struct journal *j, const struct hash32 *genesis, struct err *e)
{
    struct hash32 stored;
    struct query q = query(j, "SELECT value FROM meta WHERE key = 'genesis'");
    bool some = query_row(&q), whole = some && column_into(&q, stored.b, sizeof stored.b, 0);

    TRY(query_end(&q, e));
    if (some && (!whole || !hash32_eq(&stored, genesis)))
        return FAIL(e, ERR_EXISTS,
                    "the journal is of another chain: use another state folder, or move it away");
    if (some)
        return ERR_OK;
    q = query(j, "INSERT INTO meta VALUES ('genesis', ?)");
    bind_blob(&q, bytes_of(genesis->b, sizeof genesis->b));
    return query_run(&q, e);
}

static FALLIBLE prepare(struct journal *j, const struct hash32 *genesis, struct err *e)
{
    TRY(run(j, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;", e));
    TRY(begin(j, e));
    struct query q = query(j, "PRAGMA user_version");
    uint64_t version = query_row(&q) ? column_u64(&q, 0) : 0;
    enum err_code code = query_end(&q, e);
    if (code == ERR_OK && version > JOURNAL_SCHEMA)
        code = FAIL(e, ERR_UNSUPPORTED, "the journal has schema %llu, this program knows %d",
                    (unsigned long long)version, JOURNAL_SCHEMA);
    if (code == ERR_OK && version == 0)
        code = run(j, schema, e);
    if (code == ERR_OK && version < 2)
        code = run(j, schema2, e);
    if (code == ERR_OK)
        code = check_genesis(j, genesis, e);
    return end(j, code, e);
}

FALLIBLE journal_open(struct journal **out, const char *path, const struct hash32 *genesis, struct err *e)
{
    CLEANUP(journal_free) struct journal *j = calloc(1, sizeof *j);

    ASSERT(j != NULL);
    int rc = sqlite3_open_v2(path, &j->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX,
                             NULL);
    if (rc != SQLITE_OK)
        return FAIL_SYS(e, ERR_IO, rc, "journal %s cannot be opened: %s", path, sqlite3_errmsg(j->db));
    (void)sqlite3_busy_timeout(j->db, 5000);
    if (prepare(j, genesis, e) != ERR_OK)
        return err_wrap(e, "%s", path);
    *out = MOVE(j);
    return ERR_OK;
}

void journal_free(struct journal *j)
{
    if (j == NULL)
        return;
    (void)sqlite3_close_v2(j->db);
    free(j);
}

/* --- ports --- */

static FALLIBLE port_find(struct journal *j, uint16_t *host, struct work_key work, uint16_t inside, bool udp,
                          struct err *e)
{
    struct query q = query(j, "SELECT host FROM port WHERE type = ? AND work = ? AND inside = ? AND udp = ?");

    bind_work(&q, work);
    bind_u64(&q, inside);
    bind_u64(&q, udp);
    *host = query_row(&q) ? (uint16_t)column_u64(&q, 0) : 0;
    return query_end(&q, e);
}

static FALLIBLE port_free(struct journal *j, bool *is_free, uint16_t host, uint64_t now_s, struct err *e)
{
    struct query q = query(j, "SELECT 1 FROM port WHERE host = ?1 UNION ALL "
                              "SELECT 1 FROM port_rest WHERE host = ?1 AND until > ?2");

    bind_u64(&q, host);
    bind_u64(&q, now_s);
    *is_free = !query_row(&q);
    return query_end(&q, e);
}

static FALLIBLE port_take(struct journal *j, uint16_t *host, struct work_key work, uint16_t inside, bool udp,
                          uint64_t now_s, struct err *e)
{
    enum { RANGE = JOURNAL_PORT_MAX - JOURNAL_PORT_MIN + 1 };
    uint64_t seed[4] = {work.type, work.id, inside, udp};
    uint64_t from = xxhash64(0, bytes_of(seed, sizeof seed)) % RANGE;

    for (uint32_t i = 0; i < RANGE; i++) {
        uint16_t port = (uint16_t)(JOURNAL_PORT_MIN + (from + i) % RANGE);
        bool is_free;
        TRY(port_free(j, &is_free, port, now_s, e));
        if (!is_free)
            continue;
        struct query q = query(j, "INSERT INTO port VALUES (?, ?, ?, ?, ?)");
        bind_work(&q, work);
        bind_u64(&q, inside);
        bind_u64(&q, udp);
        bind_u64(&q, port);
        TRY(query_run(&q, e));
        *host = port;
        return ERR_OK;
    }
    return FAIL(e, ERR_LIMIT, "all ports from %d to %d are leased", JOURNAL_PORT_MIN, JOURNAL_PORT_MAX);
}

FALLIBLE journal_port_lease(struct journal *j, uint16_t *host, struct work_key work, uint16_t inside,
                            bool udp, uint64_t now_s, struct err *e)
{
    uint16_t port = 0;

    TRY(begin(j, e));
    enum err_code code = port_find(j, &port, work, inside, udp, e);
    if (code == ERR_OK && port == 0)
        code = port_take(j, &port, work, inside, udp, now_s, e);
    TRY(end(j, code, e));
    *host = port;
    return ERR_OK;
}

/* host 0: all ports of the work. */
static FALLIBLE port_give_back(struct journal *j, struct work_key work, uint16_t host, uint64_t now_s,
                               struct err *e)
{
    struct query q = query(j, "INSERT OR REPLACE INTO port_rest SELECT host, ? FROM port"
                              " WHERE type = ? AND work = ? AND (?4 = 0 OR host = ?4)");
    bind_u64(&q, now_s + JOURNAL_PORT_REST_S);
    bind_work(&q, work);
    bind_u64(&q, host);
    TRY(query_run(&q, e));
    q = query(j, "DELETE FROM port WHERE type = ? AND work = ? AND (?3 = 0 OR host = ?3)");
    bind_work(&q, work);
    bind_u64(&q, host);
    TRY(query_run(&q, e));
    q = query(j, "DELETE FROM port_rest WHERE until <= ?");
    bind_u64(&q, now_s);
    return query_run(&q, e);
}

FALLIBLE journal_port_blocked(struct journal *j, struct work_key work, uint16_t host, uint64_t now_s,
                              struct err *e)
{
    TRY(begin(j, e));
    return end(j, port_give_back(j, work, host, now_s, e), e);
}

FALLIBLE journal_port_release(struct journal *j, struct work_key work, uint64_t now_s, struct err *e)
{
    return journal_port_blocked(j, work, 0, now_s, e);
}

/* --- fresh evidence --- */

FALLIBLE journal_evidence_put(struct journal *j, struct work_key work, const struct journal_evidence *row,
                              struct bytes evidence, struct err *e)
{
    struct query q = query(j, "INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?, ?)");

    bind_work(&q, work);
    bind_u64(&q, (uint64_t)row->purpose);
    bind_u64(&q, (uint64_t)row->kind);
    bind_blob(&q, bytes_of(row->deploy_key, sizeof row->deploy_key));
    bind_blob(&q, bytes_of(row->nonce.b, sizeof row->nonce.b));
    bind_u64(&q, row->block);
    bind_blob(&q, evidence);
    return query_run(&q, e);
}

FALLIBLE journal_evidence_get(struct journal *j, struct arena *a, struct journal_evidence *out,
                              struct bytes *evidence, struct work_key work, enum attest_purpose purpose,
                              struct err *e)
{
    struct journal_evidence row = {.purpose = purpose};
    struct bytes got = BYTES_EMPTY;
    struct query q = query(j, "SELECT deploy_key, nonce, block, evidence, kind FROM evidence"
                              " WHERE type = ? AND work = ? AND purpose = ?");

    bind_work(&q, work);
    bind_u64(&q, (uint64_t)purpose);
    bool some = query_row(&q), whole = false;
    if (some) {
        whole = column_into(&q, row.deploy_key, sizeof row.deploy_key, 0) &&
                column_into(&q, row.nonce.b, sizeof row.nonce.b, 1);
        row.block = column_u64(&q, 2);
        got = column_blob(&q, a, 3);
        row.kind = (enum attest_kind)column_u64(&q, 4);
    }
    TRY(query_end(&q, e));
    if (!some)
        return FAIL(e, ERR_NOT_FOUND, "no fresh evidence of this work");
    if (!whole)
        return FAIL(e, ERR_CORRUPT, "journal: evidence row of another shape");
    *out = row;
    *evidence = got;
    return ERR_OK;
}

/* --- sessions --- */

FALLIBLE journal_session_put(struct journal *j, struct work_key work, const struct journal_session *s,
                             struct bytes evidence, struct err *e)
{
    struct query q = query(j, "INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?, ?, ?)");

    bind_work(&q, work);
    bind_blob(&q, bytes_of(s->deploy_key, sizeof s->deploy_key));
    bind_u64(&q, s->version);
    bind_u64(&q, s->seen_block);
    bind_blob(&q, evidence);
    return query_run(&q, e);
}

FALLIBLE journal_session_get(struct journal *j, struct arena *a, struct journal_session *out,
                             struct bytes *evidence, struct work_key work, struct err *e)
{
    struct journal_session s = {0};
    struct bytes proof = BYTES_EMPTY;
    struct query q =
        query(j, "SELECT deploy_key, version, seen_block, evidence FROM session WHERE type = ? AND work = ?");

    bind_work(&q, work);
    bool some = query_row(&q) && column_into(&q, s.deploy_key, sizeof s.deploy_key, 0);
    if (some) {
        s.version = column_u64(&q, 1);
        s.seen_block = column_u64(&q, 2);
        proof = column_blob(&q, a, 3);
    }
    TRY(query_end(&q, e));
    if (!some)
        return FAIL(e, ERR_NOT_FOUND, "no session of this work");
    *out = s;
    *evidence = proof;
    return ERR_OK;
}

/* --- extrinsics --- */

static void bind_call(struct query *q, enum journal_call kind, struct work_key work, uint64_t period_key)
{
    bind_u64(q, kind);
    bind_work(q, work);
    bind_u64(q, period_key);
}

FALLIBLE journal_call_begin(struct journal *j, enum journal_call kind, struct work_key work,
                            uint64_t period_key, uint64_t block, uint64_t until_block, struct err *e)
{
    TRY(begin(j, e));
    struct query q =
        query(j, "SELECT until, accepted FROM call WHERE kind = ? AND type = ? AND work = ? AND period = ?");
    bind_call(&q, kind, work, period_key);
    bool some = query_row(&q);
    bool held = some && (column_u64(&q, 1) != 0 || column_u64(&q, 0) > block);
    enum err_code code = query_end(&q, e);
    if (code == ERR_OK && held)
        code = FAIL(e, ERR_EXISTS, "this call is under way or was accepted");
    if (code == ERR_OK) {
        q = query(j, "INSERT OR REPLACE INTO call VALUES (?, ?, ?, ?, ?, 0)");
        bind_call(&q, kind, work, period_key);
        bind_u64(&q, until_block);
        code = query_run(&q, e);
    }
    return end(j, code, e);
}

FALLIBLE journal_call_end(struct journal *j, enum journal_call kind, struct work_key work,
                          uint64_t period_key, bool accepted, struct err *e)
{
    struct query q = query(j, "UPDATE call SET accepted = ?5, until = CASE WHEN ?5 THEN until ELSE 0 END"
                              " WHERE kind = ?1 AND type = ?2 AND work = ?3 AND period = ?4");
    bind_call(&q, kind, work, period_key);
    bind_u64(&q, accepted);
    return query_run(&q, e);
}

/* --- proofs --- */

static FALLIBLE file_put(struct journal *j, struct work_key work, uint64_t first, const char *kind,
                         const struct hash32 *root, struct bytes content, struct err *e)
{
    struct query q = query(j, "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?)");

    bind_work(&q, work);
    bind_u64(&q, first);
    bind_text(&q, kind);
    bind_blob(&q, bytes_of(root->b, sizeof root->b));
    bind_blob(&q, content);
    return query_run(&q, e);
}

static FALLIBLE proof_put(struct journal *j, const struct journal_proof *p, bool *stored, struct err *e)
{
    /* A proof by a key the chain does not know any more gives way to one of the key it knows; the chain's
     * other half of "at most once" is Rule P itself. */
    struct query q =
        query(j, "INSERT INTO proof VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                 " version = excluded.version, length = excluded.length, state = excluded.state,"
                 " deploy_key = excluded.deploy_key, proof = excluded.proof, address = excluded.address"
                 " WHERE deploy_key <> excluded.deploy_key OR length <> excluded.length");
    bind_work(&q, p->work);
    bind_u64(&q, p->first_block);
    bind_u64(&q, p->version);
    bind_u64(&q, p->length);
    bind_u64(&q, p->state);
    bind_blob(&q, bytes_of(p->deploy_key, sizeof p->deploy_key));
    bind_blob(&q, p->proof);
    bind_blob(&q, p->address);
    (void)query_row(&q);
    *stored = q.rc == SQLITE_OK && sqlite3_changes(j->db) > 0;
    return query_end(&q, e);
}

FALLIBLE journal_proof_put(struct journal *j, const struct journal_proof *p, const struct hash32 *log_root,
                           struct bytes log_file, const struct hash32 *usage_root, struct bytes usage_file,
                           struct err *e)
{
    bool stored = false;

    if (log_file.len > JOURNAL_FILE_MAX || usage_file.len > JOURNAL_FILE_MAX)
        return FAIL(e, ERR_LIMIT, "a proof's file is over %d bytes", JOURNAL_FILE_MAX);
    TRY(begin(j, e));
    enum err_code code = proof_put(j, p, &stored, e);
    if (code == ERR_OK && stored)
        code = file_put(j, p->work, p->first_block, "log", log_root, log_file, e);
    if (code == ERR_OK && stored)
        code = file_put(j, p->work, p->first_block, "usage", usage_root, usage_file, e);
    return end(j, code, e);
}

FALLIBLE journal_proof_get(struct journal *j, struct arena *a, struct journal_proof *out,
                           struct work_key work, uint64_t first_block, struct err *e)
{
    struct journal_proof p = {.work = work, .first_block = first_block};
    struct query q = query(j, "SELECT version, length, state, deploy_key, proof, address FROM proof"
                              " WHERE type = ? AND work = ? AND first = ?");
    bind_work(&q, work);
    bind_u64(&q, first_block);
    bool some = query_row(&q) && column_into(&q, p.deploy_key, sizeof p.deploy_key, 3);
    if (some) {
        p.version = column_u64(&q, 0);
        p.length = (uint32_t)column_u64(&q, 1);
        p.state = (enum journal_proof_state)column_u64(&q, 2);
        p.proof = column_blob(&q, a, 4);
        p.address = column_blob(&q, a, 5);
    }
    TRY(query_end(&q, e));
    if (!some)
        return FAIL(e, ERR_NOT_FOUND, "no proof of this period");
    *out = p;
    return ERR_OK;
}

FALLIBLE journal_proof_mark(struct journal *j, struct work_key work, uint64_t first_block,
                            enum journal_proof_state state, struct err *e)
{
    struct query q = query(j, "UPDATE proof SET state = ? WHERE type = ? AND work = ? AND first = ?");

    bind_u64(&q, state);
    bind_work(&q, work);
    bind_u64(&q, first_block);
    return query_run(&q, e);
}

static FALLIBLE take_file(struct query *q, struct arena *a, struct bytes *out, struct err *e)
{
    bool some = query_row(q);
    struct bytes content = some ? column_blob(q, a, 0) : BYTES_EMPTY;

    TRY(query_end(q, e));
    if (!some)
        return FAIL(e, ERR_NOT_FOUND, "no such file here");
    *out = content;
    return ERR_OK;
}

FALLIBLE journal_file_get(struct journal *j, struct arena *a, struct bytes *out, struct work_key work,
                          uint64_t first_block, const char *kind, struct err *e)
{
    struct query q =
        query(j, "SELECT content FROM file WHERE type = ? AND work = ? AND first = ? AND kind = ?");
    bind_work(&q, work);
    bind_u64(&q, first_block);
    bind_text(&q, kind);
    return take_file(&q, a, out, e);
}

FALLIBLE journal_trim(struct journal *j, struct err *e)
{
    static const char *const statements[] = {
        "DELETE FROM proof WHERE (SELECT count(*) FROM proof AS p WHERE p.type = proof.type AND p.work = "
        "proof.work"
        " AND p.first > proof.first) >= ?",
        "DELETE FROM file WHERE (SELECT count(*) FROM proof AS p WHERE p.type = file.type AND p.work = "
        "file.work"
        " AND p.first > file.first) >= ?",
        "DELETE FROM call WHERE kind = 2 AND (SELECT count(*) FROM call AS c WHERE c.kind = 2 AND c.type = "
        "call.type"
        " AND c.work = call.work AND c.period > call.period) >= ?",
    };

    TRY(begin(j, e));
    enum err_code code = ERR_OK;
    for (size_t i = 0; i < ARRAY_LEN(statements) && code == ERR_OK; i++) {
        struct query q = query(j, statements[i]);
        bind_u64(&q, JOURNAL_KEEP_PERIODS);
        code = query_run(&q, e);
    }
    return end(j, code, e);
}
