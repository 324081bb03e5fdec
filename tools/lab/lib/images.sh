# shellcheck shell=bash
# The images that the scenario names, made from Debian packages since no registry can be reached: same names, same
# entrypoints, same behaviour where the scenario can see it. Kept as blobs and a list of names in the cache.

IMAGES_CACHE=$BALLAST_CACHE/images
IMAGES=(
  registry.k8s.io/pause:3.10
  docker.io/library/nginx:1.25
  docker.io/curlimages/curl:latest
  docker.io/library/busybox:1.36
  registry.k8s.io/e2e-test-images/agnhost:2.56
)
SUITE=bookworm
ROOTFS_PACKAGES='nginx-light,curl,busybox-static,dnsutils,iproute2,netcat-openbsd,procps,ca-certificates'

image_key() {
  { cat "$LAB_HOME"/lib/{images,blobs}.sh "$BIN/.keys/agnhost" "$BIN/.keys/pause"; tar -c --mtime=@0 --sort=name -C "$LAB_HOME/images" .; } |
    sha256sum | cut -c1-16
}

image_list() { echo "$IMAGES_CACHE/names.$(image_key)"; }

build_images() {
  local list
  list=$(image_list)
  [ ! -e "$list" ] || return 0
  need_root images
  BLOBS=$IMAGES_CACHE/blobs
  mkdir -p "$BLOBS"
  exec 8>"$IMAGES_CACHE/.lock"
  flock 8
  local work=$IMAGES_CACHE/.work
  rm -rf "$work"
  mkdir "$work"
  steps 3
  step "Images: Debian $SUITE with $ROOTFS_PACKAGES"
  local rootfs busybox nginx curl agnhost pause
  rootfs=$(rootfs_layer "$work")
  step "Images: the layers above it"
  # the real busybox's file system is busybox and nothing else
  mkdir -p "$work/busybox"/{bin,etc,root,tmp,var/www}
  tar -xf "$BLOBS/$rootfs" -C "$work/busybox" ./usr/bin/busybox --transform 's,usr/bin,bin,'
  "$work/busybox/bin/busybox" --list | while read -r applet; do
    [ "$applet" = busybox ] || ln -s busybox "$work/busybox/bin/$applet"
  done
  echo 'root:x:0:0:root:/root:/bin/sh' >"$work/busybox/etc/passwd"
  chmod 1777 "$work/busybox/tmp"
  busybox=$(layer "$work/busybox" --owner=0 --group=0)
  nginx=$(nginx_layer "$work/nginx")
  curl=$(layer "$LAB_HOME/images/curl" --owner=0 --group=0)
  mkdir "$work/agnhost" "$work/pause"
  cp "$BIN/agnhost" "$work/agnhost/agnhost"
  install -D -m 755 "$LAB_HOME/images/agnhost/wget" "$work/agnhost/usr/bin/wget"
  cp "$BIN/pause" "$work/pause/pause"
  agnhost=$(layer "$work/agnhost")
  pause=$(layer "$work/pause")

  step "Images: their names"
  local path='"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]'
  {
    image "${IMAGES[0]}" '{"Entrypoint":["/pause"]}' "$pause"
    image "${IMAGES[1]}" "{$path,\"Entrypoint\":[\"/docker-entrypoint.sh\"],\"Cmd\":[\"nginx\",\"-g\",\"daemon off;\"],\"StopSignal\":\"SIGQUIT\",\"ExposedPorts\":{\"80/tcp\":{}}}" "$rootfs" "$nginx"
    image "${IMAGES[2]}" "{$path,\"Entrypoint\":[\"/entrypoint.sh\"],\"Cmd\":[\"--help\"],\"User\":\"100:101\"}" "$rootfs" "$curl"
    image "${IMAGES[3]}" "{$path,\"Cmd\":[\"sh\"]}" "$busybox"
    image "${IMAGES[4]}" "{$path,\"Entrypoint\":[\"/agnhost\"],\"Cmd\":[\"pause\"]}" "$rootfs" "$agnhost"
  } >"$work/names"
  rm -f "$IMAGES_CACHE"/names.*
  prune_blobs "$work/names" "$rootfs"
  mv "$work/names" "$list"
  rm -rf "$work"
  exec 8>&-
}

# The links are created here. If they were committed, a program that reads all files of the repository would hang.
nginx_layer() { # folder; prints the digest
  cp -a "$LAB_HOME/images/nginx" "$1"
  mkdir -p "$1/var/log/nginx"
  ln -s /dev/stdout "$1/var/log/nginx/access.log"
  ln -s /dev/stderr "$1/var/log/nginx/error.log"
  layer "$1" --owner=0 --group=0
}

prune_blobs() { # list of names, digest to keep as well
  local used blob
  used=$(awk '{ print $2 }' "$1"; echo "$2"; awk '{ print $2 }' "$1" | while read -r blob; do grep -o '[0-9a-f]\{64\}' "$BLOBS/$blob"; done)
  for blob in "$BLOBS"/*; do
    grep -q "${blob##*/}" <<<"$used" || rm "$blob"
  done
}

# This step is slow, so its result has a cache entry of its own. Another checkout may have pruned the blob that it names.
rootfs_layer() { # work folder; prints the digest
  local known
  known=$IMAGES_CACHE/rootfs.$(declare -f rootfs_layer debootstrap_rootfs | cat - <(echo "$SUITE $ROOTFS_PACKAGES") | sha256sum | cut -c1-16)
  if [ ! -e "$known" ] || [ ! -e "$BLOBS/$(<"$known")" ]; then
    debootstrap_rootfs "$1/rootfs" >&2
    layer "$1/rootfs" --exclude='./dev/*' --exclude='./proc/*' --exclude='./sys/*' >"$known.new"
    mv "$known.new" "$known"
  fi
  cat "$known"
}

debootstrap_rootfs() {
  logged "$IMAGES_CACHE/debootstrap.log" debootstrap --variant=minbase --include="$ROOTFS_PACKAGES" "$SUITE" "$1" ||
    fail "The base of the images could not be built." "See the lines above, or $IMAGES_CACHE/debootstrap.log." "Check that the mirror of Debian is reachable."
  rm -rf "$1"/usr/share/{doc,man,locale,info} "$1"/var/{cache/apt,log,lib/apt/lists}/*
  mkdir -p "$1/var/log/nginx"
}
