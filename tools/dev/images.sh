# shellcheck shell=bash
#: images                   build the images of the operator and the data plane; print the paths of their tars
#: images check             build them, and check that their Java runtime has every module that the code needs

dev_images() {
  case ${1:-} in
    '') images_build ;;
    check) images_check ;;
    *) fail "Unknown command 'images $1'." "'images' takes nothing, or check." "./dev help" ;;
  esac
}

BALLAST_CACHE=${BALLAST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ballast}

# shellcheck source=tools/dev/lib/rehearsal.sh
. "$ROOT/tools/dev/lib/rehearsal.sh"

# The applications' folders: Maven modules, jars below target/, the image in target/jib-image.tar.
IMAGE_MODULES=(operator lb-dataplane/server)

images_tars() { printf "$ROOT/%s/target/jib-image.tar\n" "${IMAGE_MODULES[@]}"; }

# images_build: compiles what is in the images, and prints the tars' paths.
images_build() {
  local base cache=$BALLAST_CACHE/jib
  base=$("$ROOT/tools/images/base")
  # By default, Jib keeps its cache and settings in the caller's home, and looks for updates of itself.
  maven package -Dmaven.test.skip=true -Dspotless.check.skip=true -Pimage -Dballast.image.base="$base" -pl "$(IFS=, && echo "${IMAGE_MODULES[*]}")" -am \
    -Djib.baseImageCache="$cache" -Djib.configDirectory="$cache" -Djib.disableUpdateChecks=true
  local tar
  if [ "${CLUSTER:-}" = own ] && [ ! -x "$BALLAST_CACHE/bin/kube-apiserver" ]; then
    say "The images have no AOT caches, so they start in two seconds instead of one."
    say "'./dev images' compiles the API server that the caches need."
  else
    # shellcheck disable=SC2046 # one word each
    add_caches $(images_tars)
  fi
  for tar in $(images_tars); do
    say "${tar#"$ROOT/"} has $(($(stat -c %s "$tar") / 1000000)) MB"
  done
  images_tars
}

images_check() {
  images_build >/dev/null
  local module missing
  for module in "${IMAGE_MODULES[@]}"; do
    missing=$("$ROOT/tools/images/base" missing-modules "$ROOT/$module"/target/classes "$ROOT/$module"/target/lib/*.jar)
    [ -z "$missing" ] ||
      fail "The image of $module lacks ${missing//$'\n'/, }." "The code needs these modules of the JDK." \
        "Add them to MODULES in tools/images/base, or to UNUSED_MODULES if that code never runs."
  done
  say "The Java runtime of the images has every module that the code needs."
}
