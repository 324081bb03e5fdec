# shellcheck shell=bash
#: demo [--once] [--keep]   run Ballast on a cluster until Ctrl-C; --once ends after the demo, --keep keeps the cluster
#: demo --local [--once]    run it without root or containers: plain processes, addresses on loopback

# shellcheck source=tools/dev/lib/install.sh
. "$ROOT/tools/dev/lib/install.sh"
# shellcheck source=tools/dev/lib/show.sh
. "$ROOT/tools/dev/lib/show.sh"
# shellcheck source=tools/dev/lib/local.sh
. "$ROOT/tools/dev/lib/local.sh"

dev_demo() {
  local option once='' where=cluster
  KEEP=
  for option; do
    case $option in
      --once) once=yes ;;
      --keep) KEEP=yes ;;
      --local) where=local ;;
      *) fail "Unknown option '$option'." "'demo' takes --once, --keep and --local." "./dev help" ;;
    esac
  done
  "demo_$where"
  [ -z "$once" ] || { say "Done in $(elapsed)."; return; }
  say "Press Ctrl-C to end the demo and remove all of it."
  trap 'exit 0' INT TERM
  background /dev/null sleep infinity
  wait $!
}

demo_cluster() {
  local tars manifest
  cd "$ROOT" || exit
  find_cluster
  tars=$(images_build)
  await_cluster
  # shellcheck disable=SC2086 # one word each
  install_ballast $tars
  DEMO_NAMESPACE=default
  [ $CLUSTER != own ] || demo_namespace
  undo quietly kubectl delete addresspool demo
  shown kubectl apply -f - <<END
apiVersion: ballast.dev/v1alpha1
kind: AddressPool
metadata: {name: demo}
spec: {addresses: ["$BALLAST_POOL"]}
END
  undo quietly kubectl delete -n "$DEMO_NAMESPACE" -f "$ROOT/e2e/manifests"
  shown kubectl apply -n "$DEMO_NAMESPACE" -f e2e/manifests/web-app.yaml
  kubectl rollout status -n "$DEMO_NAMESPACE" deployment web-app --timeout=120s >/dev/null
  show_address web-lb -f e2e/manifests/web-lb.yaml
  show_answers "http://$ADDRESS/" pods_by_access_log
  for manifest in web-clusterip web-sticky external-example; do
    shown kubectl apply -n "$DEMO_NAMESPACE" -f e2e/manifests/$manifest.yaml
  done
  show_backends web-lb
  demo_next
}

# In a cluster of the user, names may clash: the demo has a namespace of its own.
demo_namespace() {
  DEMO_NAMESPACE=ballast-demo
  undo quietly kubectl delete namespace $DEMO_NAMESPACE
  kubectl create namespace $DEMO_NAMESPACE >/dev/null
}

# pods_by_access_log TOKEN: the page is the same in each Pod, its access log is not.
pods_by_access_log() {
  kubectl logs -n "$DEMO_NAMESPACE" -l app=web --prefix --tail=-1 | grep -F "$1" | sed -E 's,^\[pod/([^/]*)/.*,\1,'
}

demo_next() {
  local in=
  [ "$DEMO_NAMESPACE" = default ] || in=" -n $DEMO_NAMESPACE"
  say
  say "Use it from another terminal:"
  if [ "$CLUSTER" = own ]; then say "  export KUBECONFIG=$KUBECONFIG"; else say "  eval \"\$($LAB env)\"     # KUBECONFIG=$KUBECONFIG"; fi
  say "For example:"
  say "  curl http://$ADDRESS/"
  say "  kubectl get svc,loadbalancers,addresses,addresspools$in"
  say "  kubectl scale deployment web-app --replicas=1$in; kubectl describe loadbalancer web-lb$in"
  say "  kubectl logs -n $RELEASE_NAMESPACE -l app.kubernetes.io/name=$RELEASE --prefix -f"
  say "  kubectl delete svc web-lb$in; kubectl get addresses"
}
