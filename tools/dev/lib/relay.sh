# shellcheck shell=bash
# `bench relay`: relays on one core each, client and backend on the other, in a network namespace of their own.

# shellcheck source=tools/lab/lib/deps.sh
. "$ROOT/tools/lab/lib/deps.sh"

# The flags of the image: the benchmark measures what is shipped.
image_jvm_flags() { sed -n 's|.*<jvmFlag>\(.*\)</jvmFlag>.*|\1|p' "$ROOT"/{pom.xml,lb-dataplane/server/pom.xml} | tr '\n' ' '; }

bench_relay() {
  local server=$ROOT/lb-dataplane/server/target bench=$ROOT/target/bench/relaybench part=run java
  [ "$(id -u)" = 0 ] || fail "'bench relay' must run as root." "It creates a network namespace and installs HAProxy and nginx." "Run it with sudo."
  [ "$(nproc)" -ge 2 ] || fail "One processor is not enough." "The relay needs one, and the client and the backend share another." "Use a machine with two processors."
  command -v go >/dev/null || fail "Go is missing." "The client and the backend are written in Go." "Install Go 1.24 or newer."
  install_missing 'haproxy haproxy' '/usr/lib/nginx/modules/ngx_stream_module.so nginx-light libnginx-mod-stream'
  java="java $(image_jvm_flags) -cp $server/classes:$server/test-classes:$server/lib/*"
  if [ "${1:-}" = profile ]; then
    part=profile
    shift
    java+=" -XX:+PreserveFramePointer -XX:+UnlockDiagnosticVMOptions -XX:+DumpPerfMapAtExit"
    install_missing 'perf linux-perf' 'strace strace'
  fi
  maven package -DskipTests -Dspotless.check.skip=true -pl lb-dataplane/server -am
  mkdir -p "${bench%/*}"
  env -C "$ROOT/bench/relay" CGO_ENABLED=0 go build -trimpath -o "$bench" . || fail "The bench does not compile." "See the lines above."
  say "The measurement starts. Run nothing else on this machine."
  # The namespace goes with its last process; each of them dies with the one that runs the bench, however that ends.
  unshare --net --kill-child --fork bash -c 'ip link set lo up && exec "$@"' bench "$bench" $part -out "$ROOT/target/bench" -java "$java" "$@"
  if [ $part = profile ]; then
    say "The tables are in target/bench/relay-profile.md, with the flame graphs beside it."
  else
    say "The figures are in target/bench/relay.json, and those of each round in relay-rounds.json."
    say "The chart is in relay.svg, and the tables are in relay.md."
  fi
}
