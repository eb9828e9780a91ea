/* tee/fake_test.h — a machine with a TEE, in memory: the files and devices behave as kernel and Gramine
 * document, and answer with real evidence into which the asked report data is patched. */
#ifndef TEE_FAKE_TEST_H
#define TEE_FAKE_TEST_H

#include "tee/io.h"

enum { FAKE_FDS = 8, FAKE_BLOB_MAX = 16384, FAKE_INJECTIONS = 4 };

struct fake_blob {
    uint8_t b[FAKE_BLOB_MAX];
    size_t len;
};

struct fake_fd {
    char path[160];
    enum tee_open_mode mode;
    bool used, filled;
    struct fake_blob content; /* of a read, taken at its first byte; or what was written */
    size_t at;
};

/* The next `times` operations on a path that ends in `suffix` answer with this errno. */
struct fake_injection {
    const char *suffix;
    int sys, times;
};

struct fake {
    struct tee_io io;
    struct fake_fd fds[FAKE_FDS];
    struct fake_injection inject[FAKE_INJECTIONS];
    size_t read_chunk; /* most bytes a read gives; 0: all */
    int short_writes;  /* so many writes take one byte less */
    int interruptions; /* so many reads and writes are interrupted first */
    uint64_t slept_ms; /* nobody waits: the clock is the fake's */
    int opened, closed;

    /* Gramine */
    const char *attestation_type; /* NULL: this is not Gramine */
    bool quote_file;
    uint8_t user_report_data[64];
    int quotes_made;

    /* configfs-tsm */
    const char *tsm_provider; /* NULL: no such folder */
    bool tsm_dir;             /* the one directory that exists */
    char tsm_name[96];
    int tsm_mkdirs, tsm_rmdirs;
    unsigned long write_generation, read_generation;
    struct fake_blob inblob, outblob;
    bool outblob_made;
    int privlevel, privlevel_floor;
    size_t zero_tail;
    bool with_auxblob;
    int disturb;       /* so many times another process writes other data after `generation` was read first */
    int disturb_early; /* ... right after our inblob, before `generation` is read */
    int outblobs_made;

    /* devices */
    bool tdx_device, snp_device;
    uint32_t snp_status, snp_size; /* of the response; size 0: the true one */
    int snp_throttled;
    uint32_t snp_certs_wanted;  /* bytes of the certificate table the host insists on; 0: its true length */
    bool snp_lies_about_length; /* INVALID_LEN again and again */
    int snp_calls;

    /* the quote service */
    bool qgs;
    uint32_t qgs_error, qgs_frame_extra, qgs_quote_extra, qgs_id_len;
    uint32_t qgs_frame_override; /* not 0: the frame says this length */
    size_t qgs_cut;              /* the connection ends so many bytes early */
    struct fake_blob qgs_in, qgs_out;

    /* EGo */
    bool ego;
    long ego_result;
    uint32_t ego_type;
    uint64_t ego_size_extra;
    int ego_reports; /* handed out and not given back */

    struct fake_blob sgx, tdx, snp, certs; /* real evidence, from the vectors */
};

void fake_init(struct fake *f);
void fake_load(struct fake_blob *out, const char *name); /* a file of the vectors */

#endif /* TEE_FAKE_TEST_H */
