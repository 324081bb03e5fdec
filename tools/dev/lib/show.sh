# shellcheck shell=bash
# What a user would type, and see.

# shown COMMAND…: types it. A manifest on standard input is not repeated.
shown() {
  printf '\n$ %s\n' "$*"
  "$@"
}

# show_address SERVICE KUBECTL-APPLY-OPTION…: applies it, and its line in `kubectl get svc -w` as it changes. Sets ADDRESS.
show_address() {
  local service=$1 start line lines watch
  shift
  lines=$(mktemp)
  on_exit rm -f "$lines"
  kubectl get svc -n "$DEMO_NAMESPACE" --field-selector "metadata.name=$service" -w >"$lines" &
  watch=$!
  on_exit end_process $watch
  # the watch must be there before the Service: from <pending> to the address takes less than starting kubectl
  sleep 1
  start=${EPOCHREALTIME/./}
  printf '\n$ kubectl get svc %s -w &\n$ kubectl apply %s\n' "$service" "$*"
  kubectl apply -n "$DEMO_NAMESPACE" "$@" >/dev/null
  ADDRESS=
  while [ -z "$ADDRESS" ]; do
    IFS= read -r -t 60 line || fail "$service got no address within a minute." "kubectl describe svc $service shows the reason." \
      "$(kubectl describe svc "$service" -n "$DEMO_NAMESPACE" | tail -n 8)"
    printf '%8s  %s\n' "$(((${EPOCHREALTIME/./} - start) / 1000)) ms" "$line"
    [[ $line =~ ^$service\ +LoadBalancer\ +[^\ ]+\ +([0-9a-f.:]+)\  ]] && ADDRESS=${BASH_REMATCH[1]}
  done < <(tail -n +1 -f "$lines" --pid=$watch)
  end_process $watch
}

# show_answers URL NAMES: sends a dozen requests. The command NAMES lists the servers that answered, by a token in the requests.
show_answers() {
  local url=$1 names=$2 token i answered
  token=try-$EPOCHSECONDS
  printf '\n$ curl %s     # 12 times\n' "$url"
  # the first may come a moment before the first Pod has passed its check
  eventually 20 outside curl -fsS --noproxy '*' -m 2 -o /dev/null "$url" || fail "$url does not answer."
  for i in {1..12}; do
    outside curl -fsS --noproxy '*' -m 5 "$url?$token-$i-" || fail "Request $i of 12 to $url failed."
  done | sed -n 's,.*<title>\(.*\)</title>.*,\1,p' | sort | uniq -c
  for _ in {1..50}; do
    answered=$("$names" "$token" || true)
    [ "$(wc -l <<<"$answered")" -lt 12 ] || break
    sleep 0.2
  done
  echo "answered by:"
  sort <<<"$answered" | uniq -c
}

outside() { ${BALLAST_E2E_OUTSIDE:-} "$@"; }

# show_backends SERVICE: once its health checks have spoken.
show_backends() {
  eventually 20 backends_healthy "$1" || true
  printf '\n$ kubectl describe loadbalancer %s     # its status\n' "$1"
  kubectl describe loadbalancer "$1" -n "$DEMO_NAMESPACE" | sed -n '/^Status:/,/^Events:/p' | sed '$d'
  printf '\n'
  shown kubectl get svc,loadbalancers,addresses -n "$DEMO_NAMESPACE"
}

backends_healthy() { kubectl get loadbalancer "$1" -n "$DEMO_NAMESPACE" -o jsonpath='{.status.nodes[0].healthyBackends}' | grep -x '3/3'; }
