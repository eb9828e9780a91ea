/* chain/evidence.c — see evidence.h. */
#include "chain/evidence.h"

struct bytes evidence_bytes(const struct worker_evidence *v)
{
    switch (v->tag) {
    case WORKER_EVIDENCE_NONE:
        break;
    case WORKER_EVIDENCE_SGX_DCAP:
        return v->u.sgx_dcap;
    case WORKER_EVIDENCE_TDX:
        return v->u.tdx;
    case WORKER_EVIDENCE_SEV_SNP:
        return v->u.sev_snp;
    }
    return BYTES_EMPTY;
}
