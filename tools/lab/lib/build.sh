# shellcheck shell=bash
# The cluster's programs, compiled from the Go module proxy into the cache.

BALLAST_CACHE=${BALLAST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ballast}
BIN=$BALLAST_CACHE/bin
TOOLS=$LAB_HOME/tools
KUBERNETES_VERSION=v1.34.4

# program, module folder, package; in the order in which they become useful: the first two are an API server already.
PROGRAMS="
etcd                    kubernetes go.etcd.io/etcd/server/v3
kube-apiserver          kubernetes k8s.io/kubernetes/cmd/kube-apiserver
kubectl                 kubernetes k8s.io/kubernetes/cmd/kubectl
helm                    helm       helm.sh/helm/v3/cmd/helm
crane                   crane      github.com/google/go-containerregistry/cmd/crane
pause                   pause      .
kubelet                 kubernetes k8s.io/kubernetes/cmd/kubelet
kube-controller-manager kubernetes k8s.io/kubernetes/cmd/kube-controller-manager
kube-scheduler          kubernetes k8s.io/kubernetes/cmd/kube-scheduler
kube-proxy              kubernetes k8s.io/kubernetes/cmd/kube-proxy
agnhost                 kubernetes k8s.io/kubernetes/test/images/agnhost
coredns                 coredns    github.com/coredns/coredns
"
# compiled only when asked for by name: the cluster does not need them
MORE_PROGRAMS="
e2e.test                suite      k8s.io/kubernetes/test/e2e
image                   image      .
metallb-controller      metallb    go.universe.tf/metallb/controller
metallb-speaker         metallb    go.universe.tf/metallb/speaker
"

linker_flags() { # module folder
  local v=k8s.io/component-base/version helm=helm.sh/helm/v3
  case $1 in
    kubernetes | suite) echo "-s -w -X $v.gitVersion=$KUBERNETES_VERSION -X $v.gitMajor=1 -X $v.gitMinor=34" ;;
    # without these two, `helm template` judges a chart's kubeVersion against 1.20
    helm) echo "-s -w -X $helm/internal/version.version=v3.19.5" \
      "-X $helm/pkg/chartutil.k8sVersionMajor=1 -X $helm/pkg/chartutil.k8sVersionMinor=34" ;;
    *) echo "-s -w" ;;
  esac
}

build_key() { # module folder, package
  { linker_flags "$1"; echo "$2"; cat "$TOOLS/$1"/go.* "$TOOLS/$1"/*.go 2>/dev/null || true; } | sha256sum | cut -c1-64
}

is_built() { # program, module folder, package
  [ -x "$BIN/$1" ] && [ "$(cat "$BIN/.keys/$1" 2>/dev/null)" = "$(build_key "$2" "$3")" ]
}

# build_programs [PROGRAM…]: those, or all that a cluster needs; what is in the cache under its key already is left alone.
build_programs() {
  local name module package missing=() wanted=" $* " programs=$PROGRAMS
  [ $# = 0 ] || programs+=$MORE_PROGRAMS
  while read -r name module package; do
    [ -n "$name" ] || continue
    [ $# = 0 ] || [[ $wanted == *" $name "* ]] || continue
    is_built "$name" "$module" "$package" || missing+=("$name $module $package")
  done <<<"$programs"
  [ ${#missing[@]} -gt 0 ] || return 0

  command -v go >/dev/null ||
    fail "Go is not installed." "The lab compiles its programs from source." "Install Go 1.25 or newer, and add it to PATH."
  mkdir -p "$BIN/.keys"
  exec 8>"$BIN/.lock"
  flock -n 8 || { say "Another build writes to $BIN. Waiting for it."; flock 8; }
  steps ${#missing[@]}
  local entry
  for entry in "${missing[@]}"; do
    read -r name module package <<<"$entry"
    step "compiling $name"
    is_built "$name" "$module" "$package" || compile "$name" "$module" "$package"
  done
  exec 8>&-
}

compile() { # program, module folder, package
  local go=(go build)
  [[ $1 != *.test ]] || go=(go test -c -vet=off)
  # GOFLAGS and GOWORK of the caller must not change what is built; a half-written program must never be found.
  logged "$BIN/.$1.log" env -C "$TOOLS/$2" CGO_ENABLED=0 GOFLAGS=-mod=readonly GOWORK=off \
    "${go[@]}" -trimpath -buildvcs=false -ldflags "$(linker_flags "$2")" -o "$BIN/.$1.new" "$3" ||
    fail "$1 could not be compiled." "See the lines above, or the whole log in $BIN/.$1.log." "Check that the Go module proxy is reachable, and run it again."
  mv -f "$BIN/.$1.new" "$BIN/$1"
  build_key "$2" "$3" >"$BIN/.keys/$1"
  rm -f "$BIN/.$1.log"
}
