/* cli/verify_explain.c — the checks in their order, and the classes each can end in. What a class means and
 * what to do is said in attest/verdict.h alone. */
#include "cli/verify.h"
#include <stdio.h>

enum { STEP_CLASSES_MAX = 12 };

static const struct step {
    const char *title, *meaning;
    enum attest_class ends[STEP_CLASSES_MAX]; /* ATTEST_VERIFIED ends the list */
} steps[] = {
    {"Certificate (RA-TLS)",
     "A certificate must be signed with its own key and carry exactly one piece of evidence, whose report "
     "data is "
     "the hash of claims that name this key: then nobody can put another's evidence into a certificate.",
     {ATTEST_RATLS_NO_EVIDENCE, ATTEST_RATLS_EVIDENCE_FORMAT, ATTEST_RATLS_CERT_SIGNATURE,
      ATTEST_RATLS_KEY_BINDING, ATTEST_RATLS_CLAIMS_BINDING}},
    {"Form of a quote (SGX, TDX)",
     "Every length is checked before it is used, and what is not understood is refused rather than skipped.",
     {ATTEST_FORMAT, ATTEST_UNSUPPORTED_VERSION, ATTEST_UNSUPPORTED_TEE_TYPE, ATTEST_UNSUPPORTED_KEY_TYPE,
      ATTEST_UNKNOWN_QE_VENDOR, ATTEST_UNSUPPORTED_CERT_DATA}},
    {"Certificate chain of the platform",
     "The PCK certificate names a processor and its firmware. It must lead to the pinned root of the vendor; "
     "the "
     "root inside the evidence is never believed.",
     {ATTEST_PCK_CHAIN_UNTRUSTED, ATTEST_PCK_CHAIN_SIGNATURE, ATTEST_CERT_EXPIRED,
      ATTEST_CERT_NOT_YET_VALID}},
    {"Revocation",
     "Lists of the root and of the issuing authority must be there, signed, in force, and not name a "
     "certificate "
     "that was used.",
     {ATTEST_CRL_MISSING, ATTEST_CRL_FORMAT, ATTEST_CRL_SIGNATURE, ATTEST_CRL_EXPIRED,
      ATTEST_CRL_NOT_YET_VALID, ATTEST_CERT_REVOKED}},
    {"TCB information",
     "The vendor's signed document that says which firmware versions of this platform are current. It must "
     "be "
     "signed by the vendor's TCB signer, in force, and about this very platform.",
     {ATTEST_COLLATERAL_MISSING, ATTEST_TCB_INFO_CHAIN, ATTEST_TCB_INFO_SIGNATURE, ATTEST_TCB_INFO_FORMAT,
      ATTEST_TCB_INFO_EXPIRED, ATTEST_TCB_INFO_NOT_YET_VALID, ATTEST_TCB_INFO_MISMATCH}},
    {"Identity of the quoting enclave",
     "The vendor's signed description of the enclave that signs quotes. The enclave in the evidence must fit "
     "it.",
     {ATTEST_QE_IDENTITY_CHAIN, ATTEST_QE_IDENTITY_SIGNATURE, ATTEST_QE_IDENTITY_FORMAT,
      ATTEST_QE_IDENTITY_EXPIRED, ATTEST_QE_IDENTITY_NOT_YET_VALID, ATTEST_QE_IDENTITY_MISMATCH}},
    {"Signatures of the quote",
     "The platform's certificate signs the quoting enclave's report, the report names the attestation key, "
     "and that "
     "key signs what is said about the workload.",
     {ATTEST_QE_REPORT_SIGNATURE, ATTEST_QE_REPORT_DATA, ATTEST_QUOTE_SIGNATURE}},
    {"Level of the platform",
     "The first level of the TCB information that the platform reaches gives its status; quoting enclave and "
     "TDX "
     "module are looked up likewise, and the worst counts.",
     {ATTEST_TDX_MODULE_MISMATCH, ATTEST_TCB_NOT_SUPPORTED}},
    {"Form of a report (SEV-SNP)",
     "1,184 bytes of a known version, signed at all, with every unused byte zero.",
     {ATTEST_SNP_FORMAT, ATTEST_SNP_UNSUPPORTED_VERSION, ATTEST_SNP_SIG_ALGO, ATTEST_SNP_NOT_SIGNED}},
    {"Certificate chain of the chip (SEV-SNP)",
     "The key of the chip (VCEK) or of the cloud provider (VLEK) must lead to the pinned root of the product "
     "line.",
     {ATTEST_SNP_CHAIN_UNTRUSTED, ATTEST_SNP_CHAIN_SIGNATURE, ATTEST_SNP_CERT_EXPIRED,
      ATTEST_SNP_CERT_NOT_YET_VALID, ATTEST_SNP_SIGNING_KEY_MISMATCH}},
    {"Signature of the report (SEV-SNP)",
     "The key signs the report, and is the one of the chip and of the firmware versions that the report "
     "names.",
     {ATTEST_SNP_REPORT_SIGNATURE, ATTEST_SNP_TCB_MISMATCH, ATTEST_SNP_CHIP_ID_MISMATCH}},
    {"Event log (TDX)",
     "Extending the registers with the log's digests must give the registers of the quote.",
     {ATTEST_RTMR_REPLAY_MISMATCH}},
    {"Policy: root and debug",
     "From here the evidence is authentic, and the question is whether it is good enough. Development roots "
     "and "
     "debug prove nothing to anybody but their owner.",
     {ATTEST_TRUST_ROOT_NOT_ALLOWED, ATTEST_DEBUG_NOT_ALLOWED, ATTEST_SNP_DEBUG_POLICY}},
    {"Policy: freshness and TCB",
     "The status, the open advisories and the age of the collateral must be allowed.",
     {ATTEST_TCB_STATUS_NOT_ALLOWED, ATTEST_ADVISORY_NOT_ALLOWED, ATTEST_COLLATERAL_TOO_OLD}},
    {"Policy: the machine and the guest",
     "Machines by their ids, attributes with which a TD or guest was launched, and product lines that are no "
     "longer "
     "believed.",
     {ATTEST_PLATFORM_NOT_ALLOWED, ATTEST_TD_ATTRIBUTES_NOT_ALLOWED, ATTEST_SERVICE_TD_NOT_ALLOWED,
      ATTEST_SNP_POLICY_NOT_ALLOWED, ATTEST_SNP_PRODUCT_NOT_ALLOWED}},
    {"Policy: which code, for whom",
     "The measurement must be on the list that was given, and the report data what was expected.",
     {ATTEST_MEASUREMENT_MISMATCH, ATTEST_REPORT_DATA_MISMATCH}},
};

bool verify_explained(enum attest_class c)
{
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        for (size_t k = 0; k < STEP_CLASSES_MAX; k++)
            if (steps[i].ends[k] == c)
                return true; /* ATTEST_VERIFIED ends every list */
    return false;
}

static json_t *class_json(enum attest_class c)
{
    const struct verify_kind *kind = verify_kind(c);

    return json_pack("{s:s,s:s,s:s,s:s,s:i}", "class", attest_class_name(c), "meaning", attest_class_text(c),
                     "remedy", attest_class_remedy(c), "kind", kind->name, "exit", (int)kind->exit);
}

static json_t *all_json(void)
{
    json_t *list = json_array();

    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        json_t *classes = json_array();
        for (size_t k = 0; k < STEP_CLASSES_MAX && steps[i].ends[k] != ATTEST_VERIFIED; k++)
            (void)json_array_append_new(classes, class_json(steps[i].ends[k]));
        (void)json_array_append_new(list, json_pack("{s:s,s:s,s:o}", "check", steps[i].title, "meaning",
                                                    steps[i].meaning, "classes", classes));
    }
    return list;
}

static void print_all(void)
{
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        (void)printf("%zu. %s\n   %s\n", i + 1, steps[i].title, steps[i].meaning);
        for (size_t k = 0; k < STEP_CLASSES_MAX && steps[i].ends[k] != ATTEST_VERIFIED; k++) {
            enum attest_class c = steps[i].ends[k];
            (void)printf("   %-26s %s (exit %d)\n   %-26s what to do: %s\n", attest_class_name(c),
                         attest_class_text(c), (int)verify_kind(c)->exit, "", attest_class_remedy(c));
        }
        (void)printf("\n");
    }
    (void)printf("VERIFIED (exit %d): all of them passed.\n", (int)EXIT_CODE_OK);
}

static const struct column class_columns[] = {
    {"class", "class", COLUMN_TEXT},       {"meaning", "meaning", COLUMN_TEXT},
    {"remedy", "what to do", COLUMN_TEXT}, {"kind", "kind", COLUMN_TEXT},
    {"exit", "exit code", COLUMN_TEXT},    {.field = NULL},
};

FALLIBLE verify_explain(struct cli *cli, const char *class_opt, struct err *e)
{
    if (class_opt == NULL) {
        if (cli->json)
            out_result(cli, all_json(), NULL);
        else
            print_all();
        return ERR_OK;
    }
    for (int c = 0; c < (int)ATTEST_CLASS_COUNT; c++) {
        if (strcmp(attest_class_name((enum attest_class)c), class_opt) == 0) {
            out_result(cli, class_json((enum attest_class)c), class_columns);
            return ERR_OK;
        }
    }
    return FAIL(e, ERR_USAGE, "there is no class \"%.60s\": wetee verify --explain lists them", class_opt);
}
