# shellcheck shell=bash
# The registry on the LAN that every node asks for every image: an image that is only loaded into a node would not do,
# since `imagePullPolicy: Always` (the default for tag latest) asks a registry all the same.

REGISTRY=$HOST_ADDRESS:5000

start_registry() {
  mkdir -p "$STATE/registry"
  # a blob is replaced, never written into, so the cache's can be shared
  cp -al "$IMAGES_CACHE/blobs" "$STATE/registry/sha256" 2>/dev/null || cp -a "$IMAGES_CACHE/blobs" "$STATE/registry/sha256"
  start registry "$BIN/crane" registry serve --disk="$STATE/registry" --address="$REGISTRY"
  ready_or_dead 10 registry to_registry GET "" || { tail_of "$LOGS/registry.log"; fail "The image registry did not start." "See the lines above."; }
  local name digest
  while read -r name digest; do publish "$name" "$digest"; done <"$(image_list)"
}

publish() { # image, its manifest's digest
  local name
  name=$(in_registry "$1")
  to_registry PUT "${name%:*}/manifests/${name##*:}" -H "Content-Type: $MANIFEST" --data-binary "@$STATE/registry/sha256/$2"
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
      inside "$node"
      eventually 30 "${INSIDE[@]}" ctr version
      for image in "$@"; do
        logged "$LOGS/$node-pull.log" "${INSIDE[@]}" \
          ctr -n k8s.io images pull --hosts-dir /run/node/certs.d "$image"
      done
    ) &
    pulls+=($!)
  done
  for pull in "${pulls[@]}"; do wait "$pull" || fail "An image could not be loaded on a node." "See the lines above, or $LOGS."; done
}

# load_images TAR…
load_images() {
  need_root load
  need_cluster
  lock_cluster 60
  BLOBS=$STATE/registry/sha256
  local tar name names digest
  for tar in "$@"; do
    digest=$(unpack_image "$tar")
    mapfile -t names < <(tar -xOf "$tar" manifest.json | jq -r '.[0].RepoTags // [] | .[]')
    [ ${#names[@]} -gt 0 ] || fail "The image in $tar has no name." "Its manifest.json has no RepoTags." "Set a name when you write the tar."
    for name in "${names[@]}"; do
      name=$(full_name "$name")
      publish "$name" "$digest"
      preload "$name"
      say "The nodes have the image $name."
    done
  done
}
