# shellcheck shell=bash
# `bench relay`: relays on one core each, client and backend on the other, in a network namespace of their own.

# shellcheck source=tools/lab/lib/deps.sh
. "$ROOT/tools/lab/lib/deps.sh"

# The flags of the image: the benchmark measures what is shipped.
image_jvm_flags() { sed -n 's|.*<jvmFlag>\(.*\)</jvmFlag>.*|\1|p' "$ROOT"/{pom.xml,lb-dataplane/server/pom.xml} | tr '\n' ' '; }

RELAY_BENCH=$ROOT/target/bench/relaybench

relay_bench_java() {
  local server=$ROOT/lb-dataplane/server/target
  echo "java $(image_jvm_flags) -cp $server/classes:$server/test-classes:$server/lib/*"
}

need_bench_machine() { # bench, why it needs root
  [ "$(id -u)" = 0 ] || fail "'bench $1' must run as root." "$2" "Run it with sudo."
  [ "$(nproc)" -ge 2 ] || fail "One processor is not enough." "The relay needs one, and the client and the backend share another." "Use a machine with two processors."
  command -v go >/dev/null || fail "Go is missing." "The client and the backend are written in Go." "Install Go 1.24 or newer."
}

build_relay_bench() {
  maven package -DskipTests -Dspotless.check.skip=true -pl lb-dataplane/server -am
  mkdir -p "${RELAY_BENCH%/*}"
  env -C "$ROOT/bench/relay" CGO_ENABLED=0 go build -trimpath -o "$RELAY_BENCH" . || fail "The bench does not compile." "See the lines above."
}

bench_relay() {
  local part=run java
  need_bench_machine relay "It creates a network namespace and installs HAProxy and nginx."
  install_missing 'haproxy haproxy' '/usr/lib/nginx/modules/ngx_stream_module.so nginx-light libnginx-mod-stream'
  java=$(relay_bench_java)
  if [ "${1:-}" = profile ]; then
    part=profile
    shift
    java+=" -XX:+PreserveFramePointer -XX:+UnlockDiagnosticVMOptions -XX:+DumpPerfMapAtExit"
    install_missing 'perf linux-perf' 'strace strace'
  fi
  build_relay_bench
  say "The measurement starts. Run nothing else on this machine."
  # The namespace goes with its last process; each of them dies with the one that runs the bench, however that ends.
  unshare --net --kill-child --fork bash -c 'ip link set lo up && exec "$@"' bench "$RELAY_BENCH" $part -out "$ROOT/target/bench" -java "$java" "$@"
  if [ $part = profile ]; then
    say "The tables are in target/bench/relay-profile.md, with the flame graphs beside it."
  else
    say "The figures are in target/bench/relay.json, and those of each round in relay-rounds.json."
    say "The chart is in relay.svg, and the tables are in relay.md."
  fi
}
