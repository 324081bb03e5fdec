# shellcheck shell=bash
# `demo --local`: an API server, the operator and the data plane as processes of one user on loopback.
# No controllers and no kubelet run, so Services have no endpoints but those that are written by hand.

# shellcheck source=tools/dev/lib/apionly.sh
. "$ROOT/tools/dev/lib/apionly.sh"

LOCAL_POOL=127.77.0.0/28

demo_local() {
  # the JDK's own web server needs one; an endpoint on loopback is refused by the API server, as it would be on any cluster
  local here
  here=$(own_address)
  [ -n "$here" ] || fail "This machine has only a loopback address." "Kubernetes rejects a loopback address as an endpoint." "Connect it to a network."
  use_jdk
  maven package -DskipTests -Dspotless.check.skip=true -pl operator,lb-dataplane/server -am
  local dir
  dir=$(mktemp -d)
  start_api_server "$dir" "$RELEASE_NAMESPACE"

  say "Starting the operator, the data plane and three web servers as processes. Their logs are in $dir."
  BALLAST_LEADER_ELECTION=false BALLAST_ADMIN_PORT=0 BALLAST_NAMESPACE=$RELEASE_NAMESPACE \
    background "$dir/operator.log" ballast_java operator dev.ballast.operator.OperatorMain
  BALLAST_MEMBERS=static:local BALLAST_NODE_NAME=local BALLAST_ANNOUNCE=none BALLAST_ADMIN_PORT=0 BALLAST_NAMESPACE=$RELEASE_NAMESPACE \
    background "$dir/lb-dataplane.log" ballast_java lb-dataplane/server dev.ballast.dataplane.server.DataPlaneMain
  local i port slices=()
  for i in 1 2 3; do
    mkdir "$dir/web-$i"
    echo "<html><title>web-$i</title></html>" >"$dir/web-$i/index.html"
    port=$(local_port "$here")
    background "$dir/web-$i.log" jwebserver -b "$here" -p "$port" -d "$dir/web-$i"
    slices+=("$(local_slice web-local $i "$here" "$port")")
  done
  LOCAL_DIR=$dir DEMO_NAMESPACE=default
  shown kubectl apply -f - <<END
apiVersion: ballast.dev/v1alpha1
kind: AddressPool
metadata: {name: local}
spec: {addresses: ["$LOCAL_POOL"]}
END
  printf '%s\n' "${slices[@]}" | shown kubectl apply -f -
  cat >"$dir/web-local.yaml" <<'END'
apiVersion: v1
kind: Service
metadata: {name: web-local}
spec:
  type: LoadBalancer
  allocateLoadBalancerNodePorts: false
  ports: [{name: http, port: 8080}]
END
  show_address web-local -f "$dir/web-local.yaml"
  show_answers "http://$ADDRESS:8080/" servers_by_log
  show_backends web-local
  local_next
}

ballast_java() { # module, class
  exec java -XX:+UseSerialGC --sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED \
    -cp "$ROOT/$1/target/classes:$ROOT/$1/target/lib/*" "$2"
}

# This machine's address on its network; nothing where there is none.
own_address() { ip -4 -o route get 192.0.2.1 2>/dev/null | sed -nE 's/.* src ([0-9.]+).*/\1/p'; }

local_port() { # address
  local port
  for _ in {1..200}; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/$1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  fail "No free port was found on $1."
}

local_slice() { # Service, number, address, port
  cat <<END
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: $1-$2, labels: {kubernetes.io/service-name: $1}}
addressType: IPv4
endpoints: [{addresses: ["$3"], conditions: {ready: true}}]
ports: [{name: http, port: $4, protocol: TCP}]
END
}

servers_by_log() { (cd "$LOCAL_DIR" && grep -oF -- "$1-" web-*.log | sed 's/\.log:.*//'); }

local_next() {
  say
  say "Use it from another terminal:"
  say "  export KUBECONFIG=$KUBECONFIG PATH=$BALLAST_CACHE/bin:\$PATH"
  say "For example:"
  say "  curl http://$ADDRESS:8080/"
  say "  kubectl get svc,loadbalancers,addresses,addresspools"
  say "  kubectl delete endpointslice web-local-1; kubectl describe loadbalancer web-local"
  say "  tail -f $LOCAL_DIR/operator.log $LOCAL_DIR/lb-dataplane.log"
}
