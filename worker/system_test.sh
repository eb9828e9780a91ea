#!/usr/bin/env bash
# worker/system_test.sh BUILD_DIR [TEE] — node, worker and containers together: builds the example's image, runs
# worker_system with that simulated TEE, removes what it made. The logs stay when it fails.
set -euo pipefail
build=$1
tee=${2:-simulated}
here=$(cd "$(dirname "$0")" && pwd)
for tool in podman buildah; do
  command -v "$tool" >/dev/null || { echo "1..0 # SKIP $tool is not installed"; exit 0; }
done
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP containers need root here"; exit 0; }
state=$(mktemp -d /tmp/wetee-system.XXXXXX)
image=localhost/wetee-worker-test:$$
cleanup() {
  status=$?
  podman ps -aq --filter "ancestor=$image" 2>/dev/null | xargs -r podman rm -f >/dev/null 2>&1 || true
  buildah rmi "$image" >/dev/null 2>&1 || true
  if [ "$status" = 0 ]; then rm -rf "$state"; else echo "# logs: $state"; fi
}
trap cleanup EXIT
WETEE_BUILD=$build "$here/../examples/hello/build-image.sh" "$image" >/dev/null
WETEE_TEST_BIN=$build/bin WETEE_TEST_STATE=$state WETEE_TEST_IMAGE=$image WETEE_TEST_TEE=$tee \
  WETEE_TEST_KEYS=$here/../tests/vectors/attestation/made CMOCKA_MESSAGE_OUTPUT=TAP \
  "$build/tests/worker_system"
