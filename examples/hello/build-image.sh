#!/usr/bin/env bash
# examples/hello/build-image.sh [name] — an OCI image of two static files: the entry and the app. No registry, no base image.
# The entry is the first process: it attests itself to the worker before it starts the app.
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=${WETEE_BUILD:-build}/bin
name=${1:-localhost/wetee-hello:latest}
for program in wetee-entry hello; do
  [ -x "$bin/$program" ] || { echo "$bin/$program is missing: run 'make' first" >&2; exit 1; }
done
container=$(buildah from --isolation chroot scratch)
trap 'buildah rm "$container" >/dev/null 2>&1 || true' EXIT
buildah copy --quiet "$container" "$bin/wetee-entry" /wetee/entry >/dev/null
buildah copy --quiet "$container" "$bin/hello" /app/hello >/dev/null
buildah config --entrypoint '["/wetee/entry", "--"]' --cmd '["/app/hello"]' --port 8080/tcp "$container"
buildah commit --quiet "$container" "$name" >/dev/null
echo "$name"
