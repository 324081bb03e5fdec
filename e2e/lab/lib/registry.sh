# shellcheck shell=bash
# The registry on the LAN that every node asks for every image: an image that is only loaded into a node would not do,
# since `imagePullPolicy: Always` (the default for tag latest) asks a registry all the same.

REGISTRY=$HOST_ADDRESS:5000

start_registry() {
  mkdir -p "$STATE/registry"
  # it never writes into a blob it has, so the cache's can be shared
  cp -al "$IMAGES_CACHE/blobs/sha256" "$STATE/registry/sha256" 2>/dev/null ||
    cp -a "$IMAGES_CACHE/blobs/sha256" "$STATE/registry/sha256"
  start registry "$BIN/crane" registry serve --disk="$STATE/registry" --address="$REGISTRY"
  ready_or_dead 10 registry to_registry GET "" || { tail_of "$LOGS/registry.log"; fail "the image registry did not come up"; }
  local name digest
  while read -r name digest; do
    to_registry PUT "$(in_registry "$name" | tr : ' ' | awk '{ print $1 "/manifests/" $2 }')" \
      -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary "@$IMAGES_CACHE/blobs/sha256/$digest"
  done <"$(image_list)"
}

to_registry() { # METHOD PATH CURL-OPTION…
  local method=$1 path=$2
  shift 2
  curl -fsS -o /dev/null --noproxy '*' -m 20 -X "$method" "$@" "http://$REGISTRY/v2/$path"
}

# docker.io/library/nginx:1.25 → library/nginx:1.25; names are short for Docker's registry as with docker itself
in_registry() {
  local name=$1 first=${1%%/*}
  if [ "$first" = "$name" ]; then name=library/$name; fi
  if [[ $first != "$1" && ($first == *.* || $first == *:* || $first == localhost) ]]; then name=${name#*/}; fi
  if [[ ${name##*/} != *:* ]]; then name=$name:latest; fi
  echo "$name"
}

full_name() {
  local first=${1%%/*} name
  name=$(in_registry "$1")
  if [[ $first != "$1" && ($first == *.* || $first == *:* || $first == localhost) ]]; then echo "$first/$name"; else echo "docker.io/$name"; fi
}

# preload IMAGE…: on all nodes that are on, side by side.
preload() {
  local node image pulls=() pull
  for node in $(nodes); do
    alive "$node" || continue
    (
      eventually 30 node_shell "$node" ctr version
      for image in "$@"; do
        logged "$LOGS/$node-pull.log" node_shell "$node" \
          ctr -n k8s.io images pull --hosts-dir /run/node/certs.d "$image"
      done
    ) &
    pulls+=($!)
  done
  for pull in "${pulls[@]}"; do wait "$pull" || fail "an image could not be put on a node" "see the lines above, or $LOGS"; done
}

# load_images TAR…: each written by `docker save`, Jib and the like, holding one image.
load_images() {
  need_root load
  need_cluster
  local tar name names=()
  for tar in "$@"; do
    mapfile -t names < <(tar -xOf "$tar" manifest.json | jq -r '.[0].RepoTags[]')
    [ ${#names[@]} -gt 0 ] || fail "$tar holds no image with a name" "its manifest.json has no RepoTags"
    for name in "${names[@]}"; do
      logged "$LOGS/push.log" "$BIN/crane" push --insecure "$tar" "$REGISTRY/$(in_registry "$name")" || fail "could not read $tar"
      name=$(full_name "$name")
      preload "$name"
      say "$name is on the nodes"
    done
  done
}
