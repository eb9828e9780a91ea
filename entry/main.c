/* entry/main.c — wetee-entry, the first process of a workload. */
#include "base/log.h"
#include "entry/entry.h"

#include <openssl/ssl.h>

int main(int argc, char **argv)
{
    static struct entry entry; /* large: line buffers; the only instance */
    struct err e;
    int code;

    (void)argc;
    /* OpenSSL's own configuration can load foreign code; neither the host nor the image may have a say in
     * that. */
    if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
        return ENTRY_EXIT_UNVERIFIED;
    if (entry_init(&entry, argv, &e) != ERR_OK) {
        LOG_ERROR("entry", "cannot begin", F_ERR(&e));
        code = ENTRY_EXIT_UNVERIFIED;
    } else {
        if (evidence_simulated(entry.evidence))
            LOG_WARN("entry", "SIMULATED evidence: it proves nothing about hardware");
        LOG_INFO("entry", "begins",
                 F_HEX("measurement", bytes_of(evidence_measurement(entry.evidence),
                                               evidence_measurement_len(entry.evidence))),
                 F_HEX("deploy_key", bytes_of(entry.deploy_key, 32)));
        code = entry_run(&entry);
    }
    entry_fini(&entry);
    return code;
}
