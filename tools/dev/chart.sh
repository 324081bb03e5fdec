# shellcheck shell=bash
#: chart                    test the Helm chart: lint, schema, rendered objects, and what an API server does with them

dev_chart() {
  "$LAB" build etcd kube-apiserver kubectl helm
  maven test -pl charts -am
  say "The chart passes its tests."
}
