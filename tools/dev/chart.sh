# shellcheck shell=bash
#: chart                    test the Helm chart: lint, schema, rendered objects, and install, RBAC and uninstall on an API server

dev_chart() {
  "$LAB" build etcd kube-apiserver kubectl helm
  maven test -pl charts -am
  say "The chart passes its tests."
}
