#!/bin/bash
# tests/system/production.sh — real programs on a production chain refuse simulated evidence: the node's genesis, the
# chain's calls, the worker, the verifier. The same on a development chain that names the root shows that nothing else
# is the reason. TAP on standard output. WETEE_BUILD names the build directory.
set -u
build=$(realpath "${WETEE_BUILD:-build}")
wetee=$build/bin/wetee
client=$build/tests/simulated_client
dir=$(mktemp -d /tmp/wetee-production-XXXXXX)
node_pid=
n=0
failed=0

stop_node() {
    [ -n "$node_pid" ] && kill "$node_pid" 2>/dev/null && wait "$node_pid" 2>/dev/null
    node_pid=
}
cleanup() {
    stop_node
    rm -rf "$dir"
}
trap cleanup EXIT

for program in "$wetee" "$build/bin/wetee-node" "$build/bin/wetee-worker" "$client" "$(command -v jq)"; do
    [ -x "$program" ] || { echo "1..0 # SKIP ${program:-jq} is not there"; exit 0; }
done
export WETEE_KEYS=$dir/keys WETEE_OUTPUT= HOME=$dir

result() { # code name
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $n - $2"
    else
        failed=$((failed + 1))
        echo "not ok $n - $2"
        cat "$dir/out" "$dir/err" 2>/dev/null | tail -8 | sed 's/^/# /'
    fi
}

# run NAME EXIT PROGRAM ARGS...: ends with EXIT; its output is in $dir/out and $dir/err
run() {
    local name=$1 want=$2
    shift 2
    timeout 60 "$@" >"$dir/out" 2>"$dir/err" </dev/null
    local got=$?
    [ $got -eq "$want" ] || echo "# $*: exit $got, expected $want"
    [ $got -eq "$want" ]
    result $? "$name"
}

# says NAME PATTERN: output or error text of the last program has it; silent NAME PATTERN: has it not
says() {
    cat "$dir/out" "$dir/err" | grep -q -- "$2"
    result $? "$1"
}
silent() {
    ! cat "$dir/out" "$dir/err" | grep -q -- "$2"
    result $? "$1"
}

start_node() { # genesis document
    port=$((20000 + RANDOM % 20000))
    url=ws://127.0.0.1:$port
    export WETEE_NODE=$url
    "$build/bin/wetee-node" --tmp --chain "$1" --rpc-port "$port" --log-level info 2>"$dir/node.log" &
    node_pid=$!
    for _ in $(seq 100); do
        "$wetee" chain head >/dev/null 2>&1 && return
        sleep 0.1
    done
}

mkdir "$dir/sim" "$dir/sim/root" "$dir/sim/platform"
run "a simulated platform is made" 0 "$client" make "$dir/sim"
root=0x$(od -An -v -tx1 "$dir/sim/root/root.der" | tr -d ' \n')
bob=5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty
genesis() { # members of dev_mode
    echo "{\"name\":\"Test\",\"id\":\"test\",$1\"balances\":[[\"$bob\",\"1152921504606846976\"]],\"wetee\":{}}"
}
genesis '"chainType":"Live","dev_mode":false,' >"$dir/production.json"
# a node may call itself what it likes: the runtime's own flag is what counts
genesis '"chainType":"Development","dev_mode":false,' >"$dir/disguised.json"
genesis "\"chainType\":\"Development\",\"dev_mode\":true,\"sim_root\":\"$root\"," >"$dir/development.json"
genesis "\"dev_mode\":false,\"sim_root\":\"$root\"," >"$dir/bad.json"

# --- genesis ---

run "a production genesis cannot name a simulated root" 1 \
    "$build/bin/wetee-node" --tmp --chain "$dir/bad.json" --rpc-port 0
says "and the refusal names the member" "dev_mode"
run "nor can the command line add one" 2 \
    "$build/bin/wetee-node" --tmp --chain "$dir/production.json" --rpc-port 0 --sim-root "$dir/sim/root/root.der"

# --- a chain that takes it, to know that what follows is well made ---

start_node "$dir/development.json"
grep -q "SIMULATED" "$dir/node.log"
result $? "a development chain's node says SIMULATED"
run "a development chain answers" 0 "$client" post "$url" "$dir/sim"
[ "$(grep -c ': accepted$' "$dir/out")" -ge 4 ]
result $? "and takes simulated collateral"
run "and simulated evidence is sent to it" 0 "$client" prove "$url" "$dir/sim"
[ "$(grep -cE '^(register|sgx|tdx|none): accepted$' "$dir/out")" -eq 4 ]
result $? "which it takes, with none at all too"
stop_node

# --- production ---

for kind in production disguised; do
    start_node "$dir/$kind.json"
    if [ $kind = production ]; then
        grep -q "attestation=real" "$dir/node.log" && ! grep -q SIMULATED "$dir/node.log"
        result $? "$kind: the node does not speak of simulation"
        run "$kind: simulated collateral is sent" 0 "$client" post "$url" "$dir/sim"
        [ "$(grep -c 'BadCollateral' "$dir/out")" -ge 7 ] && ! grep -q accepted "$dir/out"
        result $? "$kind: every piece is refused as BadCollateral"
        run "$kind: simulated evidence is sent" 0 "$client" prove "$url" "$dir/sim"
        says "$kind: a cluster can register" '^register: accepted$'
        [ "$(grep -cE '^(sgx|tdx|none): .*BadEvidence' "$dir/out")" -eq 3 ]
        result $? "$kind: SGX, TDX and no evidence at all are refused as BadEvidence"
        run "$kind: the cluster is shown" 0 "$wetee" worker show 1 --output json
        jq -e '.status != "active"' "$dir/out" >/dev/null
        result $? "$kind: and is not active"
    fi
    run "$kind: a worker with a simulated platform does not start" 1 "$build/bin/wetee-worker" \
        --state-dir "$dir/worker-$kind" --node "$url" --sim-dir "$dir/sim/platform" --api-port 0 --auto-register
    says "$kind: and says why" "simulated evidence is for development chains only"
    run "$kind: a secret URI is no controller" 1 "$build/bin/wetee-worker" \
        --state-dir "$dir/worker2-$kind" --node "$url" --api-port 0 --controller //Bob
    run "$kind: without a TEE a worker does not fall back to simulation" 1 "$build/bin/wetee-worker" \
        --state-dir "$dir/worker3-$kind" --node "$url" --api-port 0 --allow "$(printf '00%.0s' {1..32})"
    silent "$kind: nor mentions that it would" "this machine attests"
    stop_node
done

# --- the verifier ---

run "simulated evidence is written" 0 "$client" evidence "$dir/sim" "$dir/evidence.bin"
jq -c --arg quote "$(base64 -w0 "$dir/evidence.bin")" '. + {quote: $quote}' \
    "$dir/sim/platform/collateral-sgx.json" >"$dir/evidence.json"
run "wetee verify trusts no simulated root by itself" 12 "$wetee" verify "$dir/evidence.json" --offline --output json
jq -e '.class == "PCK_CHAIN_UNTRUSTED"' "$dir/out" >/dev/null
result $? "the class is PCK_CHAIN_UNTRUSTED"
silent "nothing is called verified" '"verified"'
run "given the root it verifies" 0 "$wetee" verify "$dir/evidence.json" --offline --root "$dir/sim/root/root.der"
says "and says SIMULATED first" "^SIMULATED evidence, VERIFIED"
run "in JSON too" 0 "$wetee" verify "$dir/evidence.json" --offline --root "$dir/sim/root/root.der" --output json
says "the root's label is SIMULATED" '"label": *"SIMULATED"'
echo '{"allow_development_roots": false}' >"$dir/policy.json"
run "--root alone is what permits it, and shows it" 0 "$wetee" verify "$dir/evidence.json" --offline \
    --root "$dir/sim/root/root.der" --policy "$dir/policy.json" --output json
says "SIMULATED with a policy file too" SIMULATED

echo "1..$n"
[ $failed -eq 0 ]
