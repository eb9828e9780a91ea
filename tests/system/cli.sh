#!/bin/bash
# tests/system/cli.sh — the program `wetee` against a real node, from keys to a refund, and every exit code.
# TAP on standard output. WETEE_BUILD names the build directory.
set -u
build=${WETEE_BUILD:-build}
wetee=$build/bin/wetee
dir=$(mktemp -d /tmp/wetee-cli-XXXXXX)
node_pid= up_pid=
n=0
failed=0

cleanup() {
    [ -n "$up_pid" ] && kill -INT "$up_pid" 2>/dev/null && wait "$up_pid" 2>/dev/null
    [ -n "$node_pid" ] && kill "$node_pid" 2>/dev/null && wait "$node_pid" 2>/dev/null
    rm -rf "$dir"
}
trap cleanup EXIT

result() { # code name
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $n - $2"
    else
        failed=$((failed + 1))
        echo "not ok $n - $2"
        sed 's/^/# /' "$dir/err" 2>/dev/null | tail -5
    fi
}

# run NAME EXIT ARGS...: the program ends with EXIT; its output is in $dir/out and $dir/err
run() {
    local name=$1 want=$2
    shift 2
    timeout 60 "$wetee" "$@" >"$dir/out" 2>"$dir/err" </dev/null
    local got=$?
    [ $got -eq "$want" ] || echo "# wetee $*: exit $got, expected $want"
    [ $got -eq "$want" ]
    result $? "$name"
}

# json NAME FILTER: jq -e FILTER holds for the last output; some versions of jq are content with none
json() {
    [ -s "$dir/out" ] && jq -e "$2" "$dir/out" >/dev/null 2>"$dir/err"
    result $? "$1"
}

# said NAME PATTERN: the last error text matches
said() {
    grep -q -- "$2" "$dir/err"
    result $? "$1"
}

for program in "$wetee" "$build/bin/wetee-node" "$(command -v jq)"; do
    [ -x "$program" ] || { echo "1..0 # SKIP $program is not there"; exit 0; }
done

export WETEE_KEYS=$dir/keys WETEE_OUTPUT= WETEE_SIGNER= HOME=$dir
unset WETEE_PASSWORD
port=$((20000 + RANDOM % 20000))
export WETEE_NODE=ws://127.0.0.1:$port

run "without a node the program says so with 4" 4 chain head
said "and what to do about it" "wetee up"

"$build/bin/wetee-node" --tmp --rpc-port "$port" --log-level error 2>"$dir/node.log" &
node_pid=$!
for _ in $(seq 100); do
    "$wetee" chain head >/dev/null 2>&1 && break
    sleep 0.1
done
run "the node answers" 0 chain head --output json
json "a head has its stable fields" '.chain and .genesis and .best_number >= 0 and .finalized_hash'

# Keys
run "a key needs a password" 7 key new anna
WETEE_PASSWORD="correct horse" run "a key is made" 0 key new anna --output json
json "its phrase has twelve words" '(.phrase | split(" ") | length) == 12 and .kind == "sr25519" and .encrypted'
phrase=$(jq -r .phrase "$dir/out")
anna=$(jq -r .address "$dir/out")
run "its file is not replaced" 1 key new anna --no-password
[ "$(stat -c %a "$dir/keys/anna.json")" = 600 ]
result $? "its file is for its user alone"
run "it is shown without a password" 0 key show anna --output json
json "with the same address" ".address == \"$anna\""
run "it is exported as it lies" 0 key export anna
json "in the form of polkadot.js" '.encoding.content == ["pkcs8", "sr25519"] and .encoding.version == "3"'
cp "$dir/out" "$dir/anna.json"
WETEE_PASSWORD="correct horse" run "the file is imported" 0 key import anna2 --file "$dir/anna.json" --output json
json "as the same account" ".address == \"$anna\""
WETEE_PASSWORD=wrong run "not with another password" 7 key import anna3 --file "$dir/anna.json"
echo "$phrase" | WETEE_PASSWORD=x "$wetee" key import anna4 --output json >"$dir/out" 2>"$dir/err"
result $? "the phrase is imported"
json "as the same account too" ".address == \"$anna\""
echo "not a phrase" | "$wetee" key import anna5 --no-password >"$dir/out" 2>"$dir/err"
[ $? -eq 2 ] && ! grep -q "not a phrase" "$dir/err"
result $? "a wrong phrase is refused and not repeated"
for kind in ed25519 ecdsa; do
    run "a $kind key is made" 0 key new "$kind" --kind "$kind" --no-password --quiet
done
run "keys are listed" 0 key list --output json
json "by name" '[.[].name] == ["anna", "anna2", "anna4", "ecdsa", "ed25519"]'
run "an unknown key is not found" 5 key show nobody
run "a key's name cannot leave the directory" 2 key new ../x --no-password

# Accounts
run "a transfer from //Alice" 0 account transfer anna 1000.5 --signer //Alice --output json
block=$(jq -r .block_number "$dir/out")
json "has the fields of a transaction" \
    '.success and .finalized and .block_number > 0 and .index > 0 and (.fee | tonumber) > 0 and .amount == "1000500000000000"'
json "and its events" '[.events[] | select(.pallet == "Balances" and .event == "Transfer")] | length == 1'
run "the balance has it" 0 account balance anna --output json
json "in planck" '.free == "1000500000000000" and .nonce == 0'
run "and in UNIT for people" 0 account balance anna
grep -q "1000.5 UNIT" "$dir/out"
result $? "exactly"
for kind in ed25519 ecdsa; do
    run "$kind gets funds" 0 account transfer "$kind" 10 --signer //Alice --quiet --wait block
    run "$kind signs" 0 account transfer //Alice "500 planck" --signer "$kind"
done
WETEE_PASSWORD=wrong run "a locked key refuses a wrong password" 7 account transfer //Bob 1 --signer anna
echo "correct horse" >"$dir/password"
run "a password file unlocks it" 0 account transfer //Bob 1 --signer anna --password-file "$dir/password"
run "more than there is is refused by the chain" 3 account transfer //Bob 5000 --signer ed25519 --output json
jq -e '.error.exit == 3 and (.error.message | length) > 0' "$dir/err" >/dev/null
result $? "with an error object on standard error"
run "an account without funds cannot pay fees" 3 account transfer //Bob 1 --signer //Nobody
said "in the pool's own words" "Inability to pay"
run "an amount is checked before anything is sent" 2 account transfer //Bob 1.5x --signer //Alice
run "an unknown receiver too" 2 account transfer nobody 1 --signer //Alice

# A cluster
run "a cluster without a stake price level is refused" 3 worker register c --ip 127.0.0.1 --level 99 --signer //Bob
said "by name" "WeteeWorker.LevelNotExists"
run "a cluster is registered" 0 worker register farm --ip 127.0.0.1 --ip example.org --port 8880 --signer //Bob --output json
json "and has a number" '.cluster_id >= 1'
cluster=$(jq -r .cluster_id "$dir/out")
run "once for an account" 3 worker register farm --ip 127.0.0.1 --signer //Bob
said "by name" "WeteeWorker.ClusterIsExists: "
run "capacity is mortgaged" 0 worker mortgage --cpu 4000 --memory 4096 --disk 10000 --deposit 1000 --signer //Bob --output json
json "in a block" '.deposit_block > 0'
deposit=$(jq -r .deposit_block "$dir/out")
run "clusters are listed" 0 worker list --output json
json "with address and stake" '.[0].addresses == ["127.0.0.1", "example.org"] and .[0].stake == "1000000000000000"'
run "a cluster is shown" 0 worker show "$cluster" --output json
json "with its capacity" '.capacity.cpu == 4000 and .status == "active" and .deposit_blocks == ['"$deposit"']'
run "another is not there" 5 worker show 999
run "an account without a cluster has none" 5 worker show --signer //Ferdie
run "its worker is asked and not reached" 4 worker info "$cluster" --worker ws://127.0.0.1:1

# An app
cat >"$dir/wetee.json" <<'JSON'
{"name": "hello", "image": "localhost/hello:1", "ports": [8080, "udp:53"], "env": {"A": "1"},
 "cpu": 200, "memory": 128, "disk": {"/data": 10}, "level": 1, "deposit": "10 UNIT"}
JSON
run "an app is ordered from a file" 0 app create --file "$dir/wetee.json" --name hello2 --signer //Alice --output json
json "and has a number" '.app_id >= 0'
app=$(jq -r .app_id "$dir/out")
run "an app is shown" 0 app show "$app" --output json
json "as ordered, options before the file" \
    '.name == "hello2" and .image == "localhost/hello:1" and .resources.cpu == 200 and .ports == [{"Tcp": 8080}, {"Udp": 53}]'
json "settings without their values" '.settings == [{"index": 0, "key": "A", "kind": "env"}]'
run "settings are changed and added" 0 app set "$app" A=2 B=x=y --set-file /etc/f=text --signer //Alice
run "and removed" 0 app set "$app" --unset B --signer //Alice
run "they are shown when asked for" 0 app show "$app" --values --output json
json "as set" '[.settings[] | [.key, .value]] | sort == [["/etc/f", "text"], ["A", "2"]]'
run "what is not set cannot be removed" 5 app set "$app" --unset C --signer //Alice
run "an app is changed" 0 app update "$app" --image localhost/hello:2 --port 9090 --signer //Alice
run "apps of an owner are listed" 0 app list --owner //Alice --output json
json "with the change" '.[0].image == "localhost/hello:2" and (length == 1)'
run "others have none" 0 app list --owner //Dave --output json
json "which is an empty list" '. == []'
run "an app is recharged" 0 app recharge "$app" 5 --signer //Bob
run "and partly withdrawn" 0 app withdraw "$app" 5 --signer //Alice --output json
json "to the owner" '.refund == "5000000000000"'

# Attestation: this node has neither development roots nor a worker; docs/tutorial.md has both
zeros=$(printf '%064d' 0)
run "an app that runs nowhere has no evidence" 5 app verify "$app"
said "which is said" "runs on no cluster\|accepted no evidence"
run "nor is a cluster attested that published none" 5 worker verify "$cluster"
said "which is said too" "accepted no evidence"
run "an unknown cluster has none" 5 worker verify 999
run "nothing can be challenged that does not run" 3 app challenge "$app" --cluster "$cluster" --signer //Alice
said "which the chain says" "WeteeWorker"
run "without a policy any genuine code may run" 0 app policy "$app" --signer //Alice --output json
json "on any TCB of its level" '(.set | not) and .measurements == [] and .max_status == 255'
run "the owner names the code" 0 app policy "$app" --measurement "$zeros" --tcb tolerant --signer //Alice
run "and sees it" 0 app policy "$app" --output json
json "as set" '.set and .measurements == [{"kind": "MRENCLAVE", "value": "'"$zeros"'"}] and .max_status == 2'
run "what is not named stays" 0 app policy "$app" --tcb strict --signer //Alice
run "with the code" 0 app policy "$app"
grep -q "^code *MRENCLAVE $zeros" "$dir/out" && grep -q "^TCB at least *UpToDate" "$dir/out"
result $? "on a better TCB"
run "nobody else sets it" 3 app policy "$app" --clear --signer //Bob
run "it is cleared" 0 app policy "$app" --clear --signer //Alice
run "a measurement of no known length is refused" 2 app policy "$app" --measurement abcd --signer //Alice
run "five are too many" 2 app policy "$app" --measurement "$zeros" --measurement "$zeros" --measurement "$zeros" \
    --measurement "$zeros" --measurement "$zeros" --signer //Alice
run "a TCB that is no rank is refused" 2 app policy "$app" --tcb 256 --signer //Alice
run "clearing and setting exclude each other" 2 app policy "$app" --clear --tcb strict --signer //Alice
run "no code of workers is named here" 0 worker measurements --output json
json "which is an empty list" '. == []'
run "this chain has no collateral yet" 0 chain collateral --output json
json "which is an empty list too" '. == []'
old=$(dirname "$0")/../vectors/attestation/tdx/tdx-google-v5-uptodate/collateral-2026-02-01-e18-v3.json
run "old collateral is not sent" 3 chain collateral-post "$old" --signer //Alice --output json
json "and each piece says why" 'length == 4 and all(.[]; .outcome == "bad" and (.why | test("EXPIRED")))'
run "a file that is no bundle is refused" 2 chain collateral-post "$dir/wetee.json" --signer //Alice

run "only the owner stops it" 3 app stop "$app" --signer //Bob
said "by name" "WeteeApp.App403"
run "logs say that no worker can be reached" 4 app logs "$app" --signer //Alice --worker ws://127.0.0.1:1
said "in clear words" "cannot be reached"
run "the owner stops it" 0 app stop "$app" --signer //Alice --output json
json "and is refunded" '(.refund | tonumber) > 0'
run "a stopped app is filled up" 0 app recharge "$app" 5 --signer //Alice
run "a stopped app is ordered again" 0 app restart "$app" --signer //Alice
run "and stopped again" 0 app stop "$app" --signer //Alice
run "an unknown app is not found" 5 app show 12345
run "nor changed" 5 app set 12345 A=1 --signer //Alice
run "nor stopped, says the chain" 3 app stop 12345 --signer //Alice
run "a broken file is refused" 2 app create --file "$dir/node.log" --signer //Alice
echo '{"name": "x", "colour": 1}' >"$dir/bad.json"
run "so is an unknown key in it" 2 app create --file "$dir/bad.json" --signer //Alice
said "which is named" "colour"
run "capacity in use cannot be taken back twice" 0 worker unmortgage --block "$deposit" --signer //Bob --output json
json "and says when it is free" '.until > 0 and .amount == "1000000000000000"'
run "it is gone" 3 worker unmortgage --block "$deposit" --signer //Bob

# The chain
run "a block is shown" 0 chain block "$block" --output json
json "with its transactions" ".number == $block"' and .extrinsics[0].call.pallet == "Timestamp" and (.extrinsics | length) == 2'
run "and its events" 0 chain events "$block" --output json
json "decoded" '[.[].event] | index("ExtrinsicSuccess") != null'
run "a future block is not found" 5 chain block 1000000
run "storage is read by name" 0 chain storage System.Account //Alice --output json
json "and decoded" '.found and (.value.nonce > 0)'
run "whole maps are read" 0 chain storage WeteeWorker.K8sClusters --output json
json "as lists" 'length == 1'
run "an unknown item is not found" 5 chain storage System.Nothing
run "metadata is printed" 0 chain metadata
grep -q '^0x6d657461' "$dir/out"
result $? "as it is"

# Usage
run "an unknown noun" 2 nothing
run "an unknown verb" 2 app nothing
run "an unknown option" 2 app list --nothing
run "a missing word" 2 account transfer
run "a word too many" 2 chain head now
run "an option twice" 2 app list --owner //Alice --owner //Bob
run "a value not on its list" 2 chain head --output yaml
run "help" 0 help
run "help of a verb" 0 app create --help
grep -q -- "--deposit" "$dir/out"
result $? "lists its options"
run "exit codes are documented" 0 help exit-codes
[ "$(wc -l <"$dir/out")" -eq 13 ]
result $? "all of them"
run "the version" 0 version --output json
json "as JSON" '.version and .spec_version >= 1'

# Completion
run "completion is printed" 0 completion bash
cp "$dir/out" "$dir/completion.bash"
complete_words() {
    PATH=$build/bin:$PATH bash -c '
        source "$1"; shift
        COMP_WORDS=(wetee "$@"); COMP_CWORD=$#
        _wetee; printf "%s\n" "${COMPREPLY[@]}"' - "$dir/completion.bash" "$@" >"$dir/words" 2>"$dir/err"
}
complete_words ap
grep -qx app "$dir/words"
result $? "nouns are completed"
complete_words app cre
grep -qx create "$dir/words"
result $? "verbs are completed"
complete_words app create --dep
grep -qx -- --deposit "$dir/words"
result $? "options are completed"
complete_words account transfer x 1 --signer an
grep -qx anna "$dir/words"
result $? "keys are completed"

# A timeout leaves the transaction unknown: a node that does not seal answers with 6.
kill "$node_pid" && wait "$node_pid" 2>/dev/null
"$build/bin/wetee-node" --tmp --rpc-port "$port" --seal 600000 --log-level error 2>"$dir/node.log" &
node_pid=$!
for _ in $(seq 100); do
    "$wetee" chain head >/dev/null 2>&1 && break
    sleep 0.1
done
run "a block that does not come is a timeout" 6 account transfer //Bob 1 --signer //Alice --timeout 1

# up: node alone; stopped by a signal, nothing left behind
up_port=$((port + 1))
network() { # FOLDER OPTIONS...: what it says is in up.json
    "$wetee" up --base-path "$dir/$1" --rpc-port "$up_port" --output json "${@:2}" >"$dir/up.json" 2>"$dir/err" &
    up_pid=$!
    for _ in $(seq 300); do
        grep -q node_pid "$dir/up.json" && break
        kill -0 "$up_pid" 2>/dev/null || break
        sleep 0.1
    done
}
network_ends() {
    kill -INT "$up_pid"
    wait "$up_pid"
    result $? "$1"
    up_pid=
}
network up --no-worker
jq -e '.simulated and .tee == "simulated" and .node_pid > 0' "$dir/up.json" >/dev/null
result $? "up starts a network and says that it is simulated"
child=$(jq -r .node_pid "$dir/up.json")
WETEE_NODE=ws://127.0.0.1:$up_port run "which works" 0 account transfer //Bob 1 --signer //Alice
node_url=$WETEE_NODE
WETEE_NODE=ws://127.0.0.1:$up_port
bundle=$dir/up/sim/platform/collateral-sgx.json
run "its chain takes the platform's collateral" 0 chain collateral-post "$bundle" --signer //Alice --output json
json "piece by piece" 'length == 4 and all(.[]; .outcome == "taken" and .root == "DEVELOPMENT" and .block > 0)'
run "once" 0 chain collateral-post "$bundle" --signer //Alice --output json
json "and knows it afterwards" 'length == 4 and all(.[]; .outcome == "known")'
run "it is listed" 0 chain collateral
grep -q "^TCB info, SGX, FMSPC [0-9a-f]\{12\} *DEVELOPMENT .* days$" "$dir/out"
result $? "with its root and the time that is left"
WETEE_NODE=$node_url
run "one network in a folder" 1 up --no-worker --base-path "$dir/up" --rpc-port "$((up_port + 1))"
run "a port that is taken is named" 1 up --no-worker --base-path "$dir/up2" --rpc-port "$up_port"
said "with what to do" "--rpc-port"
network_ends "Ctrl-C ends it with 0"
! kill -0 "$child" 2>/dev/null
result $? "and its node with it"
kill -0 "$node_pid" 2>/dev/null
result $? "and nothing else"

# up with other kinds of TEE; AMD's part from published keys, since making them takes seconds
mkdir -p "$dir/snp/sim/root" && chmod 700 "$dir/snp" "$dir/snp/sim" "$dir/snp/sim/root"
cp "$(dirname "$0")"/../vectors/attestation/made/a{rk,sk}.key "$dir/snp/sim/root/"
bundle_taken() { # FILE PIECES
    run "its chain takes the collateral of $1" 0 chain collateral-post "$dir/$1" --signer //Alice --output json
    json "under the roots of genesis" "length == $2"' and all(.[]; .outcome == "taken" and .root == "DEVELOPMENT")'
}
WETEE_NODE=ws://127.0.0.1:$up_port
network snp --no-worker --tee simulated-snp
jq -e '.simulated and .tee == "simulated-snp"' "$dir/up.json" >/dev/null
result $? "up starts a network of SEV-SNP"
bundle_taken snp/sim/platform/collateral-snp.json 2
bundle_taken snp/sim/platform/collateral-tdx.json 4
network_ends "it ends"
run "the folder keeps its kind" 1 up --no-worker --tee simulated-tdx --base-path "$dir/snp" --rpc-port "$up_port"
said "and says which, and what to do" "made with --tee simulated-snp.*--base-path.*remove"
run "there are no other kinds" 2 up --no-worker --tee gramine --base-path "$dir/tdx" --rpc-port "$up_port"
network up --no-worker
jq -e '.tee == "simulated"' "$dir/up.json" >/dev/null
result $? "a folder from before goes on"
timeout 20 "$build/bin/wetee-worker" --node "$WETEE_NODE" --tee simulated-snp --sim-dir "$dir/snp/sim/platform" \
    --state-dir "$dir/worker" --api-port 0 --controller //Charlie --auto-register >"$dir/out" 2>"$dir/err"
[ $? -eq 1 ] && grep -q "genesis names another simulated root" "$dir/err"
result $? "a worker of SEV-SNP finds out at once that the chain has no root for it"
network_ends "it ends"
for kind in tdx:TDX snp:SEV-SNP; do
    command -v podman >/dev/null && [ "$(id -u)" = 0 ] || continue
    network "${kind%:*}" --tee "simulated-${kind%:*}" --api-port "$((up_port + 1))"
    run "up starts a worker of ${kind#*:}, whose evidence the chain accepts" 0 worker verify 1 --output json
    json "and anyone verifies" '.result == "verified" and .trust_root.label == "SIMULATED" and .claims.tee == "'"${kind#*:}"'"'
    run "in words too" 0 worker verify 1
    grep -q "^SIMULATED evidence, VERIFIED" "$dir/out"
    result $? "in capitals"
    network_ends "it ends"
done
WETEE_NODE=$node_url

echo "1..$n"
[ $failed -eq 0 ]
