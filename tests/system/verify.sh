#!/bin/bash
# tests/system/verify.sh — `wetee verify` on real evidence: every evaluation of the vectors' manifest under both
# of its policies, recipes that must be refused, the forms of evidence, wrong usage and hostile files.
# TAP on standard output. WETEE_BUILD names the build directory.
set -u
build=${WETEE_BUILD:-build}
wetee=$build/bin/wetee
vectors=$(cd "$(dirname "$0")/../vectors/attestation" && pwd)
manifest=$vectors/manifest.json
dir=$(mktemp -d /tmp/wetee-verify-XXXXXX)
server_pid=
n=0
failed=0

cleanup() {
    [ -n "$server_pid" ] && kill "$server_pid" 2>/dev/null && wait "$server_pid" 2>/dev/null
    rm -rf "$dir"
}
trap cleanup EXIT

for program in "$wetee" "$(command -v jq)"; do
    [ -x "$program" ] || { echo "1..0 # SKIP $program is not there"; exit 0; }
done
export WETEE_OUTPUT= HOME=$dir

result() { # code name
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $n - $2"
    else
        failed=$((failed + 1))
        echo "not ok $n - $2"
        head -c 1500 "$dir/err" 2>/dev/null | sed 's/^/# /'
    fi
}

# verify ARGS...: runs it without asking any service; exit code in $code, output in $dir/out and $dir/err
verify() {
    timeout 60 "$wetee" verify "$@" --offline >"$dir/out" 2>"$dir/err" </dev/null
    code=$?
}

# run NAME EXIT ARGS...
run() {
    local name=$1 want=$2
    shift 2
    verify "$@"
    [ "$code" -eq "$want" ] || echo "# wetee verify $*: exit $code, expected $want"
    [ "$code" -eq "$want" ]
    result $? "$name"
}

# json NAME FILTER: holds for the last output
json() {
    [ -s "$dir/out" ] && jq -e "$2" "$dir/out" >/dev/null 2>"$dir/err"
    result $? "$1"
}

# says NAME PATTERN: the last output or error text has it
says() {
    cat "$dir/out" "$dir/err" | grep -q -- "$2"
    result $? "$1"
}

# --- the classes: their exit codes as the program itself explains them ---

declare -A exit_of
run "all checks are explained" 0 --explain --output json
while IFS=$'\t' read -r class exit; do exit_of[$class]=$exit; done \
    < <(jq -r '.[].classes[] | [.class, .exit] | @tsv' "$dir/out")
exit_of[VERIFIED]=0
# a guest that may be debugged is DEBUG_NOT_ALLOWED, as an enclave is
jq -r '.failure_classes[] | select(. != "SNP_DEBUG_POLICY")' "$manifest" | while read -r class; do
    jq -e --arg c "$class" 'any(.[].classes[]; .class == $c)' "$dir/out" >/dev/null || echo "$class"
done >"$dir/err"
[ ! -s "$dir/err" ]
result $? "every failure class of the vectors is explained"
run "one class is explained for people" 0 --explain QUOTE_SIGNATURE
says "its remedy is told" "what to do"
run "a class that does not exist is wrong usage" 2 --explain NO_SUCH_CLASS
says "it is named" 'no class "NO_SUCH_CLASS"'
run "explaining for people needs no evidence" 0 --explain
says "every check is numbered" "^1\. "

# --- every evaluation ---

roots_of() { # trust root of the manifest -> options
    jq -r --arg r "$1" '.trust_roots[$r] | .file // .ark' "$manifest"
}

# The outcome in one line: authentic result class tcb advisories debug policy policy-class
outcome='[.authentic, .result, .class, (.tcb_status // "-"), ((.advisory_ids // []) | join(",")),
          (if .authentic then .debug else "-" end), (.policy.result // "-"), (.policy.class // "-")] | map(tostring) |
          map(if . == "" then "-" else . end) | @tsv'

listed() { # word, list with commas
    case ",$2," in *,"$1",*) return 0 ;; esac
    return 1
}

# check NAME POLICY WANT ACCEPT CLASSES TCB ADVISORIES DEBUG: compares the last run
check() {
    local name=$1 policy=$2 want=$3 accept=$4 classes=$5 tcb=$6 advisories=$7 debug=$8 ok=0
    local got authentic res class got_tcb got_advisories got_debug verdict policy_class
    got=$(jq -r "$outcome" "$dir/out" 2>/dev/null)
    read -r authentic res class got_tcb got_advisories got_debug verdict policy_class <<<"$got"
    if [ "$want" = rejected ]; then
        [ "$authentic" = false ] && [ "$res" = rejected ] && listed "$class" "$classes" && [ "$verdict" = - ] || ok=1
    else
        [ "$authentic" = true ] || ok=1
        [ "$debug" = - ] || [ "$got_debug" = "$debug" ] || ok=1
        [ "$tcb" = - ] || [ "$got_tcb" = "$tcb" ] || ok=1
        [ "$tcb" = - ] || [ "$got_advisories" = "$advisories" ] || ok=1
        if [ "$accept" = accept ]; then
            [ "$res" = verified ] && [ "$class" = VERIFIED ] && [ "$verdict" = accept ] && [ "$policy_class" = - ] || ok=1
        else
            [ "$res" = rejected ] && listed "$class" "$accept" && [ "$verdict" = refuse ] &&
                [ "$policy_class" = "$class" ] || ok=1
        fi
    fi
    [ "$code" = "${exit_of[$class]:-none}" ] || ok=1
    [ $ok -eq 0 ] || echo "# got exit $code: $got; expected $want $accept $classes $tcb $advisories $debug"
    result $ok "$name, policy $policy"
}

evaluations='.cases[] as $c | $c.evaluations[] | [$c.id, .name, .scope,
    ($c.files.quote // $c.files.report // $c.files.certificate), (.collateral // "-"), (.leaf // "-"),
    (.intermediate // "-"), .verify_at, .trust_root, .expected.result, (.expected.tcb_status // "-"),
    ((.expected.advisory_ids // []) | join(",")), (if .expected.debug == null then "-" else .expected.debug end),
    (.expected.policy.strict // "-" | if type == "array" then join(",") else . end),
    (.expected.policy.tolerant // "-" | if type == "array" then join(",") else . end),
    ((.expected.failure_classes // []) | join(","))] | map(tostring) | map(if . == "" then "-" else . end) | @tsv'

seen=0
while read -r id name scope file collateral leaf intermediate at root want tcb advisories debug strict tolerant classes; do
    seen=$((seen + 1))
    options=(--time "$at" --root "$vectors/$(roots_of "$root")" --output json)
    [ "$collateral" != - ] && options+=(--collateral "$vectors/$collateral")
    [ "$leaf" != - ] && options+=(--chain "$vectors/$leaf" --chain "$vectors/$intermediate")
    if [ "$scope" = signatures ]; then
        verify "$vectors/$file" "${options[@]}" --no-collateral --policy none
        check "$id $name" none "$want" accept "$classes" - - "$debug"
        continue
    fi
    verify "$vectors/$file" "${options[@]}"
    check "$id $name" strict "$want" "$strict" "$classes" "$tcb" "$advisories" "$debug"
    verify "$vectors/$file" "${options[@]}" --policy tolerant
    check "$id $name" tolerant "$want" "$tolerant" "$classes" "$tcb" "$advisories" "$debug"
    verify "$vectors/$file" "${options[@]}" --policy none
    check "$id $name" none "$want" accept "$classes" "$tcb" "$advisories" "$debug"
done < <(jq -r "$evaluations" "$manifest")
[ "$seen" -eq "$(jq '[.cases[].evaluations[]] | length' "$manifest")" ] && [ "$seen" -gt 80 ]
result $? "all $seen evaluations of the manifest were run"

# --- recipes: forgeries and damage, by edits of bytes and of the collateral ---

to_hex() { od -An -v -tx1 "$1" | tr -d ' \n'; }

edited= # what edit leaves
# edit HEX OP OFFSET VALUE LENGTH: offsets and lengths in bytes, a negative offset counts from the end
edit() {
    local hex=$1 op=$2 at=$3 value=$4 length=$5 i mixed=
    [ "$at" -lt 0 ] && at=$((${#hex} / 2 + at))
    case $op in
    xor)
        for ((i = 0; i < ${#value}; i += 2)); do
            mixed+=$(printf %02x $((16#${hex:2*at+i:2} ^ 16#${value:i:2})))
        done
        edited=${hex:0:2*at}$mixed${hex:2*at+${#value}}
        ;;
    set) edited=${hex:0:2*at}$value${hex:2*at+${#value}} ;;
    insert) edited=${hex:0:2*at}$value${hex:2*at} ;;
    truncate) edited=${hex:0:2*length} ;;
    append) edited=$hex$value ;;
    clear) edited= ;;
    *) return 1 ;;
    esac
}

# A member of the collateral changed as the recipe in $dir/recipe says, into $dir/collateral.json
edit_collateral() { # collateral file, member, op, offset, value, length
    local file=$1 member=$2 op=$3
    case $op in
    clear) jq --arg m "$member" '.[$m] = ""' "$file" ;;
    swap) jq --arg m "$member" --slurpfile r "$dir/recipe" \
        '.[$m] as $x | .[$m] = .[$r[0].with] | .[$r[0].with] = $x' "$file" ;;
    copy_field) jq --arg m "$member" --slurpfile r "$dir/recipe" '.[$m] = .[$r[0].from]' "$file" ;;
    replace_text) jq --arg m "$member" --slurpfile r "$dir/recipe" \
        '.[$m] |= (index($r[0].from) as $i | .[:$i] + $r[0].to + .[$i + ($r[0].from | length):])' "$file" ;;
    *)
        case $member in
        tcb_info | qe_identity) [ "$op" = xor ] || [ "$op" = insert ] || return 1
            edit "$(jq -rj --arg m "$member" '.[$m]' "$file" | od -An -v -tx1 | tr -d ' \n')" "$op" "$4" "$5" "$6"
            printf "$(sed 's/../\\x&/g' <<<"$edited")" >"$dir/member"
            jq --arg m "$member" --rawfile t "$dir/member" '.[$m] = $t' "$file"
            ;;
        *) edit "$(jq -r --arg m "$member" '.[$m]' "$file")" "$op" "$4" "$5" "$6" || return 1
            jq --arg m "$member" --arg h "$edited" '.[$m] = $h' "$file" ;;
        esac
        ;;
    esac >"$dir/collateral.json"
}

recipes='.cases[] | select(.id == $id) as $c | $c.mutations[] as $r | $c.evaluations[] | select(.name == $r.evaluation) |
    {r: $r, file: ($c.files.quote // $c.files.report), e: .}'

recipe_count=0
one_recipe() { # a line of JSON
    local id target op offset value length classes file collateral leaf intermediate at root got class ok=0
    jq -c .r <<<"$1" >"$dir/recipe"
    read -r id target op offset value length classes file collateral leaf intermediate at root < <(jq -r '[.r.id,
        .r.target, .r.op, (.r.offset // 0), (.r.value // "-"), (.r.length // 0), ((.r.expected_failure // []) | join(",")),
        .file, (.e.collateral // "-"), (.e.leaf // "-"), (.e.intermediate // "-"), .e.verify_at, .e.trust_root] |
        map(tostring) | map(if . == "" then "-" else . end) | @tsv' <<<"$1")
    local evidence=$vectors/$file bundle=$vectors/$collateral options=()
    case $target in
    quote | report)
        edit "$(to_hex "$vectors/$file")" "$op" "$offset" "$value" "$length" || return 0
        evidence=$dir/evidence.hex
        echo "$edited" >"$evidence"
        ;;
    collateral.*)
        edit_collateral "$vectors/$collateral" "${target#collateral.}" "$op" "$offset" "$value" "$length" || return 0
        bundle=$dir/collateral.json
        ;;
    verify_at) at=$value ;;
    trust_root) root=$value ;;
    leaf) leaf=$value ;;
    intermediate) intermediate=$value ;;
    *) return 0 ;;
    esac
    [ "$collateral" != - ] && options+=(--collateral "$bundle")
    [ "$leaf" != - ] && options+=(--chain "$vectors/$leaf" --chain "$vectors/$intermediate")
    recipe_count=$((recipe_count + 1))
    verify "$evidence" --time "$at" --root "$vectors/$(roots_of "$root")" "${options[@]}" --policy none --output json
    class=$(jq -r .class "$dir/out" 2>/dev/null)
    if [ "$classes" = - ]; then # a recipe that changes nothing that is signed
        [ "$code" -eq 0 ] || ok=1
    else
        [ "$code" -ne 0 ] && [ "$code" = "${exit_of[$class]:-none}" ] && jq -e '.result == "rejected"' "$dir/out" >/dev/null &&
            jq -e '.authentic == false and has("claims") and .claims == null and has("tcb_status") and .tcb_status == null' \
                "$dir/out" >/dev/null && listed "$class" "$classes" || ok=1
    fi
    [ $ok -eq 0 ] || echo "# exit $code, class $class, expected one of $classes"
    result $ok "$2 $id is refused as $classes"
}

for id in sgx-phala-a067-processor-ca tdx-google-v5-uptodate snp-trustee-milan-v2 snp-microsoft-turin-v5; do
    while read -r line; do one_recipe "$line" "$id"; done < <(jq -c --arg id "$id" "$recipes" "$manifest")
done
[ $recipe_count -gt 120 ]
result $? "$recipe_count recipes were run"

# --- forms of evidence ---

sgx=$vectors/sgx/sgx-oasis-00606a-uptodate
sgx_options=(--time 2023-07-05T00:00:00Z --collateral "$sgx/collateral-2023-06-21-e15-v3.json" --policy none --output json)
verify "$sgx/quote.bin" "${sgx_options[@]}"
jq -S 'del(.iat, .evidence)' "$dir/out" >"$dir/raw.json"
json "raw bytes verify" '.result == "verified"'

same() { # NAME FILE: judged as the raw bytes are
    verify "$2" "${sgx_options[@]}"
    jq -S 'del(.iat, .evidence)' "$dir/out" 2>/dev/null | cmp -s - "$dir/raw.json"
    result $? "$1"
}
od -An -v -tx1 "$sgx/quote.bin" >"$dir/spaced.hex"
same "hex with blanks and line ends is read" "$dir/spaced.hex"
echo "0x$(to_hex "$sgx/quote.bin" | tr a-f A-F)" >"$dir/upper.hex"
same "upper case hex with 0x is read" "$dir/upper.hex"
base64 "$sgx/quote.bin" >"$dir/quote.b64"
same "base64 in lines is read" "$dir/quote.b64"
base64 -w0 "$sgx/quote.bin" | tr '+/' '-_' | tr -d = >"$dir/quote.b64url"
same "base64 of the URL alphabet without padding is read" "$dir/quote.b64url"
jq -n --rawfile q "$dir/quote.b64" '{quote: $q}' >"$dir/quote.json"
same "a quote in a JSON object is read" "$dir/quote.json"
{ printf '\001\000\000\000\002\000\000\000'; printf "\\x$(printf %02x $(($(stat -c%s "$sgx/quote.bin") % 256)))"
  printf "\\x$(printf %02x $(($(stat -c%s "$sgx/quote.bin") / 256)))"; printf '\000\000\000\000\000\000'; cat "$sgx/quote.bin"; } >"$dir/oe.bin"
same "the header of an Open Enclave report is taken off" "$dir/oe.bin"
timeout 60 "$wetee" verify - "${sgx_options[@]}" <"$sgx/quote.bin" >"$dir/out" 2>"$dir/err"
jq -S 'del(.iat, .evidence)' "$dir/out" | cmp -s - "$dir/raw.json"
result $? "standard input is read"
jq --rawfile q "$dir/spaced.hex" '. + {quote: $q}' "$sgx/collateral-2023-06-21-e15-v3.json" >"$dir/flat.json"
run "evidence with collateral in one object verifies" 0 "$dir/flat.json" --time 2023-07-05T00:00:00Z --policy none --output json
json "its collateral came with it" '.collateral.source == "evidence" and .evidence.layers == ["JSON", "hex"]'
jq --rawfile q "$dir/quote.b64" '{quote: $q, collateral: .}' "$sgx/collateral-2023-06-21-e15-v3.json" >"$dir/nested.json"
run "collateral in an object of its own is read" 0 "$dir/nested.json" --time 2023-07-05T00:00:00Z --policy none --output json
snp=$vectors/snp
cat "$snp/snp-veraison-genoa-v3-tsm/outblob.bin" "$snp/snp-veraison-genoa-v3-tsm/auxblob.bin" >"$dir/snp.bin"
run "a report with its certificate table needs no other certificate" 0 "$dir/snp.bin" --time 2025-10-17T18:31:00Z
says "revocation that was not checked is told" "revocation: not checked (no list given)"
run "a report in the blob of a paravisor is unwrapped" 0 "$snp/snp-azure-milan-v2-hcl/hcl-report.bin" --time 2023-10-29T21:22:00Z \
    --chain "$snp/snp-azure-milan-v2-hcl/vcek.der" --chain "$vectors/roots/amd/milan/ask.der" --output json
json "its envelope is named" '.evidence.layers == ["paravisor report"]'
to_hex "$snp/snp-azure-milan-v2-hcl/hcl-report.bin" >"$dir/hcl.hex"
edit "$(cat "$dir/hcl.hex")" xor 1300 01 0
echo "$edited" >"$dir/hcl.hex"
run "runtime data that the report is not bound to is refused" 10 "$dir/hcl.hex" --time 2023-10-29T21:22:00Z \
    --chain "$snp/snp-azure-milan-v2-hcl/vcek.der" --chain "$vectors/roots/amd/milan/ask.der" --output json
json "as bound to something else" '.class == "REPORT_DATA_MISMATCH" and .result == "rejected"'

# --- policy, binding, measurements, event log ---

strict=(--time 2023-07-05T00:00:00Z --collateral "$sgx/collateral-2023-06-21-e15-v3.json" --output json)
report_data=$(jq -r .claims.report_data "$dir/raw.json")
measurement=$(jq -r .claims.sgx.mrenclave "$dir/raw.json")
run "the report data it carries is accepted" 0 "$sgx/quote.bin" "${strict[@]}" --policy none --report-data "$report_data"
run "other report data is refused" 10 "$sgx/quote.bin" "${strict[@]}" --policy none --report-data "${report_data%??}5a"
json "as bound to something else, and still authentic" '.class == "REPORT_DATA_MISMATCH" and .authentic and .result == "rejected"'
run "a prefix of the report data is not enough" 10 "$sgx/quote.bin" "${strict[@]}" --policy none --report-data "${report_data:0:16}"
run "the measurement it carries is accepted" 0 "$sgx/quote.bin" "${strict[@]}" --policy none \
    --measurement "$(printf '00%.0s' {1..32})" --measurement "$measurement"
run "another measurement is refused" 14 "$sgx/quote.bin" "${strict[@]}" --policy none --measurement "$(printf '00%.0s' {1..32})"
json "as not on the list" '.class == "MEASUREMENT_MISMATCH" and .policy.result == "refuse"'
echo '{"tcb_statuses": ["UpToDate", "OutOfDate"], "allow_debug": true}' >"$dir/policy.json"
run "a policy file that allows debug accepts a debug enclave" 0 "$sgx/quote.bin" "${strict[@]}" --policy "$dir/policy.json"
json "with a warning" '.submods.tee["ear.status"] == "warning" and .debug'
for bad in '{"allow_debugs": true}' '{"allow_debug": 1}' '{"allow_debug": true, "allow_debug": true}' '{"tcb_statuses": ["Revoked"]}' \
    '{"snp_vmpl_max": 4}' '{"td_bits_required": [64]}' '[]' '' '{"measurements": ["00"]}' '{"allow_debug": true} x'; do
    printf '%s' "$bad" >"$dir/bad.json"
    run "the policy $bad is refused" 2 "$sgx/quote.bin" "${strict[@]}" --policy "$dir/bad.json"
done
tdx=$vectors/tdx/tdx-google-cos113-ccel
tdx_options=(--time 2025-06-19T00:00:00Z --collateral "$tdx/collateral-2025-06-04-e17-v3.json" --policy none --output json)
run "an event log that leads to the registers is accepted" 0 "$tdx/quote.bin" "${tdx_options[@]}" --event-log "$tdx/ccel_data.dat"
json "and said to" '.event_log == true'
head -c 9392 "$tdx/ccel_data.dat" >"$dir/log.bin"
printf "\\x$(printf %02x $((0x$(od -An -tx1 -j9392 -N1 "$tdx/ccel_data.dat" | tr -d ' ') ^ 1)))" >>"$dir/log.bin"
tail -c +9394 "$tdx/ccel_data.dat" >>"$dir/log.bin"
run "an event log with another digest is refused" 10 "$tdx/quote.bin" "${tdx_options[@]}" --event-log "$dir/log.bin"
json "as leading elsewhere" '.class == "RTMR_REPLAY_MISMATCH" and .result == "rejected"'

# --- a root that is nobody's ---

run "a root that is no vendor's can be given" 0 "$vectors/tdx/tdx-preproduction-root/quote.bin" --no-collateral \
    --policy none --time 2024-06-01T00:00:00Z --root "$vectors/roots/untrusted_preproduction_root.der" --output json
json "and is not called a vendor's" '.trust_root.label == "other" and .trust_root.origin == "given"'
run "nor for people" 0 "$vectors/tdx/tdx-preproduction-root/quote.bin" --no-collateral \
    --policy none --time 2024-06-01T00:00:00Z --root "$vectors/roots/untrusted_preproduction_root.der"
says "who are told so" "none of the vendors' that are known here"

# --- simulated evidence ---

run "a production policy refuses evidence of another root" 12 "$vectors/tdx/tdx-preproduction-root/quote.bin" --no-collateral \
    --time 2024-01-01T00:00:00Z --policy none --output json

# --- people ---

run "strict refuses what is out of date" 14 "$vectors/sgx/sgx-azure-oe-old-root/quote.bin" --time 2025-06-11T19:18:00Z \
    --collateral "$vectors/sgx/sgx-azure-oe-old-root/collateral-2025-05-27-e17-v3.json"
says "the verdict comes first" "^REJECTED TCB_STATUS_NOT_ALLOWED: "
says "what to do is told" "what to do"
says "open advisories are listed" "INTEL-SA-00161"
says "the measurement is shown" "MRENCLAVE"
says "the root is named" "Intel SGX Root CA"
run "code that is not listed is told whatever refused first" 14 "$vectors/sgx/sgx-azure-oe-old-root/quote.bin" --time 2025-06-11T19:18:00Z \
    --collateral "$vectors/sgx/sgx-azure-oe-old-root/collateral-2025-05-27-e17-v3.json" --measurement "$(printf '00%.0s' {1..32})" --report-data 11
says "in words" "NOT on the allow-list"
says "and so is what it is bound to" "DIFFERENT"
run "without collateral there is a clear answer" 13 "$sgx/quote.bin"
says "which names the option" "--collateral"
run "signatures alone are checked on request" 0 "$sgx/quote.bin" --no-collateral --policy none --time 2023-07-05T00:00:00Z
says "and what was not checked is told" "signatures only"
quote=$vectors/sgx/sgx-azure-oe-old-root/quote.bin # not in debug mode
run "which strict does not accept" 14 "$quote" --no-collateral --time 2023-07-05T00:00:00Z
says "because of the status" "the policy does not allow"
echo '{"tcb_statuses": ["NotEvaluated"]}' >"$dir/policy.json"
run "and a policy that names the status does" 0 "$quote" --no-collateral --time 2023-07-05T00:00:00Z --policy "$dir/policy.json"

# --- the documentation: its command lines run as they stand and say what it shows ---

examples=0
shown= # the command under way; its lines must be in $dir/out
while IFS= read -r line; do
    case $line in
    '$ '*)
        shown=${line#\$ }
        examples=$((examples + 1))
        (cd "$vectors/../../.." && PATH=$(cd "$build" && pwd)/bin:$PATH timeout 60 bash -c "$shown") >"$dir/out" 2>"$dir/err" </dev/null
        ;;
    '```'*) shown= ;;
    *)
        [ -n "$shown" ] || continue
        grep -qxF -- "$line" "$dir/out"
        result $? "docs/verify.md, example $examples: ${line:0:60}"
        ;;
    esac
done <"$vectors/../../../docs/verify.md"
[ $examples -gt 4 ]
result $? "$examples examples of docs/verify.md were run"
sed -n '/^```json$/,/^```$/p' "$vectors/../../../docs/formats/verify-policy.md" | grep -v '^```' >"$dir/policy.json"
run "the policy of docs/formats/verify-policy.md is read" 14 "$sgx/quote.bin" "${strict[@]}" --policy "$dir/policy.json"

# --- wrong usage ---

run "no evidence is wrong usage" 2
run "a time that is none is wrong usage" 2 "$sgx/quote.bin" --time yesterday
milan=(--time 2023-09-30T19:23:00Z "$vectors/snp/snp-virtee-milan-v2/report.bin")
run "certificates may follow --chain in a row" 0 "${milan[@]}" --chain "$vectors/snp/snp-virtee-milan-v2/vcek.der" "$vectors/roots/amd/milan/ask.der"
run "without --chain a second file is a word too many" 2 "${milan[@]}" "$vectors/roots/amd/milan/ask.der"
run "also where no certificate is needed" 2 "$sgx/quote.bin" "${strict[@]}" "$vectors/roots/amd/milan/ask.der"
run "a policy that is no file is not found" 5 "$sgx/quote.bin" --policy lenient
run "report data that is no hex is wrong usage" 2 "$sgx/quote.bin" --report-data xyz
run "report data of 65 bytes is wrong usage" 2 "$sgx/quote.bin" --report-data "$(printf '00%.0s' {1..65})"
run "a measurement of 5 bytes is wrong usage" 2 "$sgx/quote.bin" --measurement 0102030405
run "collateral and none exclude each other" 2 "$sgx/quote.bin" --collateral x --no-collateral
run "an unknown option is wrong usage" 2 "$sgx/quote.bin" --lenient
run "a file that is not there is not found" 5 "$dir/nothing"
run "a folder is no evidence" 1 "$dir"
run "collateral that is not there is not found" 5 "$sgx/quote.bin" --collateral "$dir/nothing"
echo '{"tcb_info": 7}' >"$dir/bad.json"
run "collateral that cannot be read is told by its own code" 13 "$sgx/quote.bin" --collateral "$dir/bad.json"
run "a root that is no certificate is refused" 1 "$sgx/quote.bin" --root "$sgx/quote.bin"
run "nobody at an address is not reachable" 4 https://127.0.0.1:1
run "an address without a host is wrong usage" 2 https://:443

# --- hostile files ---

hostile() { # NAME FILE: malformed, and nothing worse
    verify "$2" --output json
    [ "$code" -eq 11 ] && jq -e '.result == "rejected" and .authentic == false' "$dir/out" >/dev/null 2>&1
    local ok=$?
    [ $ok -eq 0 ] || echo "# exit $code"
    result $ok "$1"
}
: >"$dir/h"
hostile "an empty file is malformed" "$dir/h"
truncate -s 100M "$dir/h"
hostile "a file of 100 MB is malformed" "$dir/h"
printf '{"quote":%s' "$(printf '[%.0s' {1..100000})" >"$dir/h"
hostile "deep JSON is malformed" "$dir/h"
printf '{"quote":"00","quote":"00"}' >"$dir/h"
hostile "evidence that is there twice is malformed" "$dir/h"
printf '{"quote":"AAAA"}' >"$dir/h"
hostile "too short evidence is malformed" "$dir/h"
printf '\377\000\001%.0s' {1..5000} >"$dir/h"
hostile "binary garbage is malformed" "$dir/h"
printf '\060\202\377\377' >"$dir/h"
hostile "a certificate that ends early is malformed" "$dir/h"
printf -- '-----BEGIN CERTIFICATE-----\n%s' "$(head -c 3000 /dev/zero | base64)" >"$dir/h"
hostile "PEM without an end is malformed" "$dir/h"
printf '\033[31mred' >"$dir/h"
hostile "commands of a terminal are malformed" "$dir/h"
base64 -w0 "$dir/quote.b64" >"$dir/h"
hostile "text inside text is malformed" "$dir/h"
timeout 60 "$wetee" verify /dev/zero >"$dir/out" 2>"$dir/err"
[ $? -eq 11 ]
result $? "an endless file is malformed"

echo "1..$n"
[ $failed -eq 0 ]
