/* attest/pow.h — period proofs: the bytes a deploy key signs, and the Merkle tree over a proof's files.
 *
 * One home for the entry that signs, the chain that checks and the tools that verify.
 * Source: docs/formats/entry-channel.md "Period proof". Pure. */
#ifndef ATTEST_POW_H
#define ATTEST_POW_H

#include "base/err.h"
#include "base/writer.h"

/* Resources used, in the order of the chain's ComCr. */
struct attest_usage {
    uint32_t cpu, mem, cvm_cpu, cvm_mem, disk, gpu;
};

struct attest_pow {
    struct hash32 genesis;
    uint8_t work_type;
    uint64_t work_id;
    uint64_t cluster;
    uint64_t first_block; /* of the period: an index can never be replayed */
    struct bytes log_hash;
    struct attest_usage cr;
    struct bytes cr_hash;
    struct bytes address;
    uint32_t up_blocks;
};

enum { ATTEST_POW_MAX = 1024, ATTEST_CHUNK_LEN = 1024, ATTEST_PATH_MAX = 32 };

/* Writes the signed bytes; at most ATTEST_POW_MAX when the hashes are at most 64 and the address at most 512
 * bytes. */
void attest_pow_write(struct writer *w, const struct attest_pow *p);

/* Merkle root of a file cut into 1,024-byte chunks (the last may be shorter; an empty file is one empty
 * chunk). Leaf = blake2_256(00 ‖ chunk), node = blake2_256(01 ‖ left ‖ right), an odd node is promoted. */
struct hash32 attest_merkle_root(struct arena *scratch, struct bytes file);

/* Siblings from leaf to root for chunk `index`: what a reader needs to check one chunk. */
struct attest_path {
    uint32_t count;
    struct hash32 sibling[ATTEST_PATH_MAX];
};

/* ERR_NOT_FOUND when the file has no such chunk. */
FALLIBLE attest_merkle_path(struct arena *scratch, struct attest_path *out, struct bytes file, uint32_t index,
                            struct err *e);

/* Is `chunk` the one at `index` of a file of `file_len` bytes with this root? */
bool attest_merkle_check(const struct hash32 *root, uint64_t file_len, uint32_t index, struct bytes chunk,
                         const struct attest_path *path);

#endif /* ATTEST_POW_H */
