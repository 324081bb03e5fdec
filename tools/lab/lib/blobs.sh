# shellcheck shell=bash
# Images as a registry keeps them: files named by their SHA-256, in the folder BLOBS. Layers are not compressed: here
# they travel over loopback only, and what the nodes have already they recognise.

# blob FILE: moves it there and prints its digest.
blob() {
  local digest
  digest=$(sha256sum "$1" | cut -d' ' -f1)
  mv "$1" "$BLOBS/$digest"
  echo "$digest"
}

# layer FOLDER TAR-OPTION…: prints the digest.
layer() {
  local folder=$1
  shift
  tar -cf "$BLOBS/.layer" --numeric-owner --sort=name --mtime=@0 "$@" -C "$folder" .
  blob "$BLOBS/.layer"
}

architecture() { case $(uname -m) in aarch64) echo arm64 ;; *) echo amd64 ;; esac; }

# image NAME CONFIG LAYER-DIGEST…: prints a line of a list of names.
image() {
  local name=$1 config=$2
  shift 2
  jq -nc --argjson config "$config" --arg arch "$(architecture)" \
    '{architecture: $arch, os: "linux", config: $config, rootfs: {type: "layers", diff_ids: ($ARGS.positional | map("sha256:" + .))}}' \
    --args "$@" >"$BLOBS/.config"
  echo "$name $(manifest "$(blob "$BLOBS/.config")")"
}

MANIFEST=application/vnd.oci.image.manifest.v1+json

# manifest CONFIG-DIGEST: for that configuration and the layers it names; prints the digest.
manifest() {
  local digest
  {
    described application/vnd.oci.image.config.v1+json "$1"
    for digest in $(layers_of "$BLOBS/$1"); do described application/vnd.oci.image.layer.v1.tar "$digest"; done
  } | jq -sc "{schemaVersion: 2, mediaType: \"$MANIFEST\", config: .[0], layers: .[1:]}" >"$BLOBS/.manifest"
  blob "$BLOBS/.manifest"
}

layers_of() { jq -r '.rootfs.diff_ids[] | ltrimstr("sha256:")' "$1"; }

described() { # media type, digest
  echo "{\"mediaType\":\"$1\",\"digest\":\"sha256:$2\",\"size\":$(stat -c %s "$BLOBS/$2")}"
}

# unpack_image TAR: from what `docker save`, Jib and the like write, with one image in it; prints its manifest's digest.
unpack_image() {
  local contents config paths digests i
  contents=$(tar -xOf "$1" manifest.json 2>/dev/null | jq -c '.[0]') || contents=
  [ -n "$contents" ] ||
    fail "$1 is not an image." "It has no manifest.json." "Use a tar that 'docker save' or Jib wrote."
  tar -xOf "$1" "$(jq -r .Config <<<"$contents")" >"$BLOBS/.config"
  mapfile -t paths < <(jq -r '.Layers[]' <<<"$contents")
  mapfile -t digests < <(layers_of "$BLOBS/.config")
  config=$(blob "$BLOBS/.config")
  for i in "${!paths[@]}"; do
    [ ! -e "$BLOBS/${digests[i]}" ] || continue
    # gzip passes through what it did not compress
    tar -xOf "$1" "${paths[i]}" | gzip -dcf >"$BLOBS/.layer"
    [ "$(blob "$BLOBS/.layer")" = "${digests[i]}" ] || fail "$1 is damaged." "The digest of its layer ${paths[i]} does not match its configuration."
  done
  manifest "$config"
}
