/* trie/memory_db_test.h — a trie_db in memory for tests: a hash table of copies. Sinks apply at once. */
#ifndef TRIE_MEMORY_DB_TEST_H
#define TRIE_MEMORY_DB_TEST_H

#include "trie/db.h"

struct memory_db;

struct memory_db *memory_db_new(void);
void memory_db_free(struct memory_db *m);
struct trie_db memory_db_reader(struct memory_db *m);
struct trie_sink memory_db_sink(struct memory_db *m);
size_t memory_db_count(const struct memory_db *m);
/* Visits every key and value in no order. */
void memory_db_each(struct memory_db *m,
                    void (*visit)(void *ctx, struct bytes key, uint8_t *value, size_t len), void *ctx);
/* While true, every get fails with ERR_IO. */
void memory_db_break(struct memory_db *m, bool broken);

#endif /* TRIE_MEMORY_DB_TEST_H */
