# shellcheck shell=bash
# The AOT caches of the images (JEP 483, 514, 515). A training run at build time starts both programs on a real API server.
# Their JVMs record the classes that they load, parsed and linked. A cache is valid only for the Java runtime and the jars of
# its image. A JVM ignores a cache that does not fit, and starts as without one.

# shellcheck source=tools/images/archive.sh
. "$ROOT/tools/images/archive.sh"
# shellcheck source=tools/dev/lib/background.sh
. "$ROOT/tools/dev/lib/background.sh"
# shellcheck source=tools/dev/lib/local.sh
. "$ROOT/tools/dev/lib/local.sh"

REHEARSAL_NAMESPACE=ballast-system
REHEARSED_SERVICES=8

# add_caches OPERATOR-TAR DATAPLANE-TAR: adds the layer with its AOT cache to each.
add_caches() {
  local cache=$BALLAST_CACHE/images key tar
  "$LAB" build image
  key=$(cat "$@" "${BASH_SOURCE[0]}" | sha256sum | cut -c1-16)
  if [ ! -e "$cache/aot-$key" ]; then
    say "Training run of both programs, for the AOT caches that halve their start."
    rm -rf "$cache"/aot-*
    (rehearsal "$cache/.aot" "$@" >&2) || fail "The training run of the programs failed." "See the lines above. It creates the AOT caches." "./dev images"
    mv "$cache/.aot" "$cache/aot-$key"
  fi
  for tar; do
    image append "$tar" "$cache/aot-$key/$(image_name "$tar").tar.gz" -XX:AOTCache=/app/ballast.aot ||
      fail "The AOT cache could not be added to $tar." "See the line above."
  done
}

image() { "$BALLAST_CACHE/bin/image" "$@"; }

# image_name TAR: the last part of its name, without the tag.
image_name() {
  local name
  name=$(image name "$1")
  name=${name##*/}
  echo "${name%%:*}"
}

# Runs in a subshell, because its processes end with it.
rehearsal() { # folder for the caches, tars
  UNDO=()
  trap undo_all EXIT
  local out=$1 work tar here port i
  shift
  rm -rf "$out"
  mkdir -p "$out"
  work=$(mktemp -d)
  start_api_server "$work" "$REHEARSAL_NAMESPACE" || fail "The API server of the training run did not start." "See the lines above."
  for tar; do unpack_image "$tar" "$work/$(image_name "$tar")"; done
  BALLAST_ADMIN_PORT=0 BALLAST_NAMESPACE=$REHEARSAL_NAMESPACE BALLAST_POD_NAME=rehearsal \
    background "$work/operator.log" as_in_image "$work/operator" "$out/operator.aot"
  BALLAST_MEMBERS=static:local BALLAST_NODE_NAME=local BALLAST_ANNOUNCE=none BALLAST_ADMIN_PORT=0 BALLAST_NAMESPACE=$REHEARSAL_NAMESPACE \
    BALLAST_DRAIN_SECONDS=1 background "$work/dataplane.log" as_in_image "$work/dataplane" "$out/dataplane.aot"
  kubectl apply -f - <<END >/dev/null
apiVersion: ballast.dev/v1alpha1
kind: AddressPool
metadata: {name: rehearsal}
spec: {addresses: ["$LOCAL_POOL"]}
END
  # Kubernetes rejects a loopback address as an endpoint: without another one, nothing is relayed
  here=$(own_address)
  if [ -n "$here" ]; then
    port=$(local_port "$here")
    background "$work/web.log" jwebserver -b "$here" -p "$port" -d "$work/dataplane/etc"
  fi
  for ((i = 0; i < REHEARSED_SERVICES; i++)); do
    rehearse_service rehearsal-$i "$here" "${port:-}" ||
      { tail_of "$work/operator.log"; tail_of "$work/dataplane.log"; fail "A Service got no address." "See the logs above."; }
  done
  kubectl delete services --all --timeout=60s >/dev/null
  local pid
  for pid in $(jobs -rp); do
    kill "$pid"
    eventually 180 not_there "$pid" || fail "Process $pid did not end within three minutes." "The JVM writes its AOT cache when it ends."
  done
  for tar; do
    [ -s "$out/$(image_name "$tar").aot" ] ||
      { tail_of "$work/$(image_name "$tar").log"; fail "The AOT cache of $tar is missing." "The JVM writes it when it ends. See its log above."; }
    pack_layer "$out/$(image_name "$tar")"
  done
}

rehearse_service() { # name, address and port of the backend
  kubectl apply -f - <<END >/dev/null
$([ -z "$2" ] || local_slice "$1" 1 "$2" "$3")
---
apiVersion: v1
kind: Service
metadata: {name: $1}
spec:
  type: LoadBalancer
  allocateLoadBalancerNodePorts: false
  ports: [{name: http, port: 8080}]
END
  eventually 120 has_address "$1" || return 1
  [ -z "$2" ] || eventually 60 curl -fsS -m 2 "http://$(external_ip "$1"):8080/"
}

has_address() { [ -n "$(external_ip "$1")" ]; }
external_ip() { kubectl get service "$1" -o jsonpath='{.status.loadBalancer.ingress[0].ip}'; }

# unpack_image TAR FOLDER: the files, with their times, which the JVM compares; and the entrypoint in FOLDER.entrypoint.
unpack_image() {
  mkdir -p "$2"
  image export "$1" | tar -x -C "$2" --no-same-owner --warning=no-unknown-keyword
  image entrypoint "$1" >"$2.entrypoint"
}

# as_in_image FOLDER CACHE: the command of the unpacked image, in a heap of a container's size, which the cache records.
as_in_image() {
  local command
  mapfile -t command <"$1.entrypoint"
  sed "s,/app/,$1/app/,g" "$1/app/jib-classpath-file" >"$1.classpath"
  command=("${command[@]/#@*classpath-file/@$1.classpath}")
  exec "$1/opt/java/bin/java" -Xmx256m -XX:AOTCacheOutput="$2" "${command[@]:1}"
}

# pack_layer NAME: of NAME.aot, the layer NAME.tar.gz.
pack_layer() {
  mkdir -p "$1/app"
  mv "$1.aot" "$1/app/ballast.aot"
  sorted_tar "$1.tar" -C "$1" .
  gzip -n "$1.tar"
  rm -rf "$1"
}
