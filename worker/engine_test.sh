#!/usr/bin/env bash
# worker/engine_test.sh BUILD_DIR — the engine driver against a real Podman: builds an image of busybox alone, runs
# engine_live_test, removes what it made.
set -euo pipefail
build=$1
for tool in podman buildah busybox; do
  command -v "$tool" >/dev/null || { echo "1..0 # SKIP $tool is not installed"; exit 0; }
done
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP containers need root here"; exit 0; }
state=$(mktemp -d)
image=localhost/wetee-engine-test:$$
container=$(buildah from --isolation chroot scratch)
cleanup() {
  buildah rm "$container" >/dev/null 2>&1 || true
  buildah rmi "$image" >/dev/null 2>&1 || true
  rm -rf "$state"
}
trap cleanup EXIT
cat >"$state/report" <<'REPORT'
#!/bin/sh
touch /x 2>/dev/null && echo "root: writable" || echo "root: read-only"
touch /tmp/x && echo "tmp: writable"
busybox grep -E 'CapEff|NoNewPrivs' /proc/self/status
echo "nproc: $(busybox grep 'Max processes' /proc/self/limits | busybox awk '{print $3}')"
echo "WETEE_TEST=$WETEE_TEST"
echo "end of report"
trap 'exit 0' TERM
while :; do busybox sleep 0.2; done
REPORT
chmod 755 "$state/report"
buildah copy --quiet "$container" "$(command -v busybox)" /bin/busybox >/dev/null
buildah copy --quiet "$container" "$(command -v busybox)" /bin/sh >/dev/null
buildah copy --quiet "$container" "$(command -v busybox)" /bin/touch >/dev/null
buildah copy --quiet "$container" "$state/report" /bin/report >/dev/null
buildah config --entrypoint '["/bin/report"]' "$container"
buildah commit --quiet "$container" "$image" >/dev/null
WETEE_TEST_STATE=$state WETEE_TEST_IMAGE=$image CMOCKA_MESSAGE_OUTPUT=TAP "$build/tests/worker_engine_live"
