# shellcheck shell=bash
# MetalLB on the lab's cluster, as the peer of a benchmark: its own manifest, and images of its own programs, from its Go module.

METALLB_IMAGES=quay.io/metallb
METALLB_VERSION=v0.15.2

# metallb_build: its programs, before the cluster has anything else to do.
metallb_build() {
  [ "$CLUSTER" != own ] || fail "MetalLB is measured only on the lab's cluster." "The benchmark measures processes of this machine." "Unset KUBECONFIG."
  "$LAB" build metallb-controller metallb-speaker
}

# metallb_install ADDRESSES: in the place of Ballast, since neither works beside the other.
metallb_install() {
  local dir program
  say "Uninstalling Ballast: only one of the two runs on the cluster at a time."
  logged "$ROOT/target/helm.log" helm uninstall "$RELEASE" -n "$RELEASE_NAMESPACE" --wait
  dir=$(mktemp -d)
  on_exit rm -rf "$dir"
  METALLB_MANIFEST=$(env -C "$ROOT/tools/lab/tools/metallb" GOFLAGS=-mod=readonly GOWORK=off \
    go list -m -f '{{.Dir}}' go.universe.tf/metallb)/config/manifests/metallb-native.yaml
  for program in controller speaker; do
    metallb_image "$dir" $program
    "$LAB" load "$dir/$program.tar"
  done
  undo metallb_remove
  logged "$ROOT/target/metallb.log" kubectl apply --server-side -f "$METALLB_MANIFEST"
  kubectl rollout status -n metallb-system deployment/controller daemonset/speaker --timeout=180s >/dev/null
  # the webhook answers a while after the Pod is ready
  eventually 90 metallb_pool "$1" || fail "MetalLB does not accept a pool." "Its webhook does not answer." "kubectl logs -n metallb-system deployment/controller"
}

metallb_image() { # folder, program; writes a docker-archive there
  local work=$1/$2
  mkdir -p "$work/root"
  install -m 755 "$BALLAST_CACHE/bin/metallb-$2" "$work/root/$2"
  tar -cf "$work/layer.tar" --owner=0 --group=0 --mode=go+rX -C "$work/root" .
  jq -n --arg program "/$2" --arg layer "sha256:$(sha256sum "$work/layer.tar" | cut -d' ' -f1)" --arg arch "$(go env GOARCH)" \
    '{architecture: $arch, os: "linux", config: {Entrypoint: [$program]}, rootfs: {type: "layers", diff_ids: [$layer]}}' >"$work/config.json"
  jq -n --arg name "$METALLB_IMAGES/$2:$METALLB_VERSION" \
    '[{Config: "config.json", RepoTags: [$name], Layers: ["layer.tar"]}]' >"$work/manifest.json"
  tar -cf "$1/$2.tar" -C "$work" manifest.json config.json layer.tar
}

metallb_pool() { # addresses
  kubectl apply -f - <<END
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: bench, namespace: metallb-system}
spec: {addresses: ["$1"]}
---
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: {name: bench, namespace: metallb-system}
spec: {ipAddressPools: [bench]}
END
}

metallb_remove() { quietly kubectl delete --ignore-not-found --timeout=120s -f "$METALLB_MANIFEST"; }
