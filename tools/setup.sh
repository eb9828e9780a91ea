#!/usr/bin/env bash
# tools/setup.sh build|demo|test|all — installs from Debian what is missing; installs nothing that is there; idempotent.
#   build  compilers and libraries       demo  also the container engine and image tools
#   test   also the test tools           all   everything
set -euo pipefail

build_packages=(
  build-essential cmake ninja-build pkg-config git
  clang-14 lld-14 libclang-rt-14-dev libclang-rt-14-dev-wasm32
  libssl-dev libsodium-dev libsecp256k1-dev librocksdb-dev libwebsockets-dev libcurl4-openssl-dev
  libjansson-dev libsqlite3-dev libzstd-dev libcmocka-dev zlib1g-dev
)
demo_packages=(podman buildah runc netavark aardvark-dns iptables busybox-static uidmap ca-certificates curl jq)
test_packages=(clang-format-14 procps)

want=${1:-all}
case $want in
  build) packages=("${build_packages[@]}") ;;
  demo)  packages=("${build_packages[@]}" "${demo_packages[@]}") ;;
  test|all) packages=("${build_packages[@]}" "${demo_packages[@]}" "${test_packages[@]}") ;;
  *) echo "usage: tools/setup.sh build|demo|test|all" >&2; exit 2 ;;
esac

missing=()
for p in "${packages[@]}"; do
  state=$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$p")
done

# The clients that the tests drive come from npm; Node.js 18 or newer, from Debian unless one is there already.
if [ "$want" = test ] || [ "$want" = all ]; then
  node_major=$(node --version 2>/dev/null | sed 's/^v//; s/\..*//' || true)
  if [ -z "$node_major" ] || [ "$node_major" -lt 18 ]; then missing+=(nodejs npm); fi
fi

if [ ${#missing[@]} -gt 0 ]; then
  sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "missing packages: ${missing[*]}"; echo "run as root: apt-get install ${missing[*]}" >&2; exit 1; }
    sudo=(sudo)
  fi
  echo "installing from Debian: ${missing[*]}"
  log=$(mktemp)
  "${sudo[@]}" apt-get update >"$log" 2>&1 &&
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1 || {
      tail -n 20 "$log"; echo "installing packages failed (whole log: $log)" >&2; exit 1; }
  rm -f "$log"
fi

if [ "$want" = test ] || [ "$want" = all ]; then
  cd "$(dirname "$0")/../tests/clients"
  if [ -f package-lock.json ] && ! cmp -s package-lock.json node_modules/.wetee-lock; then
    echo "installing the client libraries the tests drive (npm)"
    npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
    cp package-lock.json node_modules/.wetee-lock
  fi
fi
