#!/bin/bash
# tests/system/tutorial.sh — the commands of docs/tutorial.md, in order; one TAP line per block. The conventions are in a comment at
# the page's top. WETEE_BUILD names the build directory. Home, ports and image name are this run's own.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${WETEE_BUILD:-build}")
page=docs/tutorial.md
for program in "$build"/bin/{wetee,wetee-node,wetee-worker,wetee-entry,hello} "$(command -v buildah)" "$(command -v curl)"; do
    [ -x "$program" ] || { echo "1..0 # SKIP ${program:-buildah or curl} is not there"; exit 0; }
done

dir=$(mktemp -d /tmp/wetee-tutorial-XXXXXX)
image=localhost/wetee-hello:tutorial
mine=$image-$$
up= n=0 failed=0

cleanup() {
    [ -n "$up" ] && kill -INT "$up" 2>/dev/null && wait "$up" 2>/dev/null
    # A run that failed may leave its container: those of this run's chain, and no other.
    chain=$(sed -n 's/^genesis *0x\(.\{16\}\).*/\1/p' "$dir/up.out")
    [ -n "$chain" ] && command -v podman >/dev/null &&
        podman ps -aq --filter "label=wetee.io/genesis=$chain" | xargs -r podman rm -f -t 0 >/dev/null 2>&1
    buildah rmi "$mine" >/dev/null 2>&1
    rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

result() { # code name
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $n - $2"
        return
    fi
    failed=$((failed + 1))
    echo "not ok $n - $2"
    sed 's/^/# /' "$dir/out" | tail -n 12
    grep -vE ' info node: block ' "$dir/home/.local/share/wetee/up/"*.log 2>/dev/null | tail -n 6 | sed 's/^/# /'
}

free_port() { # one that nobody listens on now
    local port
    while port=$((20000 + RANDOM % 10000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    echo "$port"
}

# run FILE: the block in a shell of its own that stops at the first failure and hands its exported variables on
run() {
    timeout 90 bash -c 'set -eo pipefail; . "$1"; . "$2"; export -p >"$1"' - "$dir/env" "$1" >"$dir/out" 2>&1 </dev/null
}

# The reason why the output is not as expected, or nothing.
missing() { # file of expectations
    local pattern
    while IFS= read -r pattern; do
        grep -qE -- "$pattern" "$dir/out" || { echo "$pattern"; return; }
    done < <(sed -n 's/^~ //p' "$1")
}

check() { # kind name block expectations
    local until=$((SECONDS + 75)) code lacks
    while :; do
        if [ "$1" = background ]; then
            if [ -z "$up" ]; then
                (. "$dir/env"; exec bash -c "exec $(cat "$3") --rpc-port $rpc --api-port $api") >"$dir/up.out" 2>&1 </dev/null &
                up=$!
            fi
            kill -0 "$up" 2>/dev/null; code=$?
            cp "$dir/up.out" "$dir/out"
        else
            run "$3"; code=$?
        fi
        lacks=$(missing "$4")
        [ $code -eq 0 ] && [ -z "$lacks" ] && break
        [ "$1" = plain ] || [ $SECONDS -ge $until ] && break
        [ "$1" = background ] && [ $code -ne 0 ] && break
        sleep 0.5
    done
    [ $code -eq 0 ] || echo "# exit code $code"
    [ -z "$lacks" ] || echo "# no line of the output matches: $lacks"
    [ $code -eq 0 ] && [ -z "$lacks" ]
    result $? "$2"
}

mkdir -p "$dir/home"
: >"$dir/up.out"
rpc=$(free_port) api=$(free_port)
while [ "$api" = "$rpc" ]; do api=$(free_port); done
unset WETEE_PASSWORD WETEE_SIGNER WETEE_OUTPUT WETEE_WORKER WETEE_KEYS WETEE_UP XDG_CONFIG_HOME
export HOME=$dir/home WETEE_BUILD=$build WETEE_NODE=ws://127.0.0.1:$rpc PATH=$build/bin:$PATH
export -p >"$dir/env"

# blocks.tsv: number, kind, heading and first command; the block itself in N.sh, what is expected in N.text
awk -v dir="$dir" '
    /^## / { heading = substr($0, 4) }
    /^```sh/ && !inside { inside = 1; n++; kind = $2 == "" ? "plain" : $2; first = ""; file = dir "/" n ".sh"
                          printf "" >file; printf "" >(dir "/" n ".text"); next }
    /^```text/ && !inside { inside = 1; file = dir "/" n ".text"; kind = ""; next }
    /^```$/ && inside { if (kind != "") print n "\t" kind "\t" heading ": " first >(dir "/blocks.tsv"); inside = 0; close(file); next }
    inside { if (first == "") first = $0; print >file }
' "$page"
sed -i "s|$image|$mine|g" "$dir"/*.sh

while IFS=$'\t' read -r i kind name <&4; do
    case $kind in
    no-test) ;;
    plain | until | background) check "$kind" "$name" "$dir/$i.sh" "$dir/$i.text" ;;
    *) result 1 "$page: unknown kind of block \"$kind\"" ;;
    esac
    if [ $failed -gt 0 ]; then echo "# the rest builds on this block and was not run"; break; fi
done 4<"$dir/blocks.tsv"

if [ -n "$up" ]; then
    kill -INT "$up"
    wait "$up"
    code=$? up=
    cp "$dir/up.out" "$dir/out"
    result $code "an interrupt ends wetee up with 0"
    ! (exec 3<>"/dev/tcp/127.0.0.1/$rpc") 2>/dev/null && ! (exec 3<>"/dev/tcp/127.0.0.1/$api") 2>/dev/null
    result $? "and nothing that it started listens any more"
fi
echo "1..$n"
[ $failed -eq 0 ]
