# shellcheck shell=bash
#: test                     run all checks, from sources to scenarios on a cluster, as CI does
#: test long                run what is too long for CI: twenty updates in a row under load
#: test scenarios           run the scenarios only, on the cluster of KUBECONFIG or on a new one; SCENARIO=FaultIT: one class

# shellcheck source=tools/dev/lib/install.sh
. "$ROOT/tools/dev/lib/install.sh"
# shellcheck source=tools/lab/lib/deps.sh
. "$ROOT/tools/lab/lib/deps.sh"

SCENARIOS=$ROOT/e2e/target/e2e-results.txt
SCENARIO_LOGS=$ROOT/e2e/target/scenario-logs

dev_test() {
  SUMMARY=() CHECK=starting
  on_exit test_ended
  case ${1:-all} in
    all)
      check "programs of the tests: API server, kubectl, helm, nft" test_programs
      check "words: docs, chart, CRDs and messages" test_prose
      check "the documentation: the site builds, and no link is dead" "$ROOT/dev" docs build
      check "the parser of the reports of Kubernetes' specs" "$ROOT/dev" conformance check
      check "all modules: compiler, format, unit and integration tests, the chart" test_modules
      check "chaos, a short run: no address is allocated twice, leaked or moved" "$ROOT/dev" chaos quick
      ;;
    scenarios) ;;
    long) SCENARIO='UpdateIT#a_restart_is_not_noticed' UPDATES=20 ;;
    *) fail "Unknown part '$1'." "'test' takes nothing, scenarios, or long." "./dev help" ;;
  esac
  check "the images" test_images
  check "a cluster with Ballast, under the RBAC of the chart" test_cluster
  check "scenarios on the cluster, with the LAB steps" test_scenarios
  [ "${1:-all}" != all ] || check "Kubernetes' own LoadBalancer specs" "$ROOT/dev" conformance verify
  check "cleanup: nothing is left on this machine" test_end
  CHECK=
}

check() { # what, command…
  local since=$SECONDS
  CHECK=$1
  shift
  say
  say "== [$(elapsed)] $CHECK"
  "$@"
  SUMMARY+=("ok    $(printf '%5d s' $((SECONDS - since)))  $CHECK")
}

# The summary, also after a failure.
test_ended() {
  say
  [ ${#SUMMARY[@]} = 0 ] || printf '%s\n' "${SUMMARY[@]}" >&2
  if [ -n "$CHECK" ]; then
    say "FAILED  $CHECK"
    say "./dev test failed after $(elapsed) min."
  else
    say "./dev test passed every check in $(elapsed) min."
  fi
}

test_programs() {
  "$LAB" build etcd kube-apiserver kubectl helm
  # The tests that use nft and iptables need root too.
  [ "$(id -u)" != 0 ] || install_missing 'nft nftables' 'iptables iptables'
}

test_modules() {
  BALLAST_BIN=$BALLAST_CACHE/bin maven verify
  summarize surefire
}

test_prose() {
  "$ROOT/dev" prose check
  "$ROOT/dev" prose
}

# summarize NAME: sums up Maven's last run, from lines that only a whole module's summary has.
summarize() {
  SUMMARY+=("$(sed -nE 's/^\[[A-Z]+\] Tests run: ([0-9]+), Failures: ([0-9]+), Errors: ([0-9]+), Skipped: ([0-9]+)$/\1 \2 \3 \4/p' \
    "$ROOT/target/dev-maven.log" |
    awk -v name="$1" '{ r += $1; f += $2; e += $3; s += $4 }
      END { printf "      %s: Tests run: %d, Failures: %d, Errors: %d, Skipped: %d", name, r, f, e, s }')")
}

test_images() {
  "$ROOT/dev" images check
  IMAGES=$(images_tars)
}

test_cluster() {
  find_cluster
  await_cluster
  on_exit keep_logs
  # shellcheck disable=SC2086 # one word each
  install_ballast $IMAGES
}

keep_logs() {
  [ -n "$CHECK" ] || return 0
  collect_logs "$ROOT/target/e2e-logs"
  say "The logs, events and objects of Ballast are in $ROOT/target/e2e-logs."
}

test_scenarios() {
  local failed=
  rm -rf "$SCENARIOS" "$SCENARIO_LOGS"
  tail -n +1 --retry -f "$SCENARIOS" 2>/dev/null &
  local progress=$!
  on_exit end_process $progress
  (BALLAST_E2E_POOL=$BALLAST_POOL BALLAST_BIN=$BALLAST_CACHE/bin maven verify -Pe2e -pl e2e ${SCENARIO:+-Dit.test="$SCENARIO"} ${UPDATES:+-Dballast.e2e.updates="$UPDATES"}) || failed=yes
  sleep 1
  end_process $progress
  summarize failsafe
  [ -z "$failed" ] || {
    say "Failed scenarios:"
    grep '^FAIL' "$SCENARIOS" >&2 || true
    fail "Not all scenarios passed." "See the lines above." "Read every command and its output in $ROOT/target/dev-maven.log, and the logs of Ballast in $SCENARIO_LOGS."
  }
  [ "$CLUSTER" = own ] || no_scenario_is_skipped
  mapfile -t -O ${#SUMMARY[@]} SUMMARY < <(sed -n '/LAB step/s/^/      /p' "$SCENARIOS")
}

# The lab's cluster has all that the scenarios need. A scenario that is skipped there tests nothing, and nobody notices.
no_scenario_is_skipped() {
  ! grep '^SKIP' "$SCENARIOS" >&2 || fail "Scenarios were skipped on the lab's cluster." "The lines above name their assumptions." \
    "Check that the scenarios find the lab: Cluster.isLab()."
}

test_end() {
  [ "$CLUSTER" = ours ] || { say "The cluster was up before this run, so it stays. Ballast is removed if this run installed it."; return; }
  cluster_end
  "$LAB" leftovers
}
