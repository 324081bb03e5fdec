# shellcheck shell=bash
#: conformance              run Kubernetes' LoadBalancer specs on a cluster, and write docs/contributing/conformance.md
#: conformance verify       run them, and fail if the page does not list their results
#: conformance quick        verify without the two rolling-update specs, which take ten minutes
#: conformance check        test the parser of the reports, without a cluster

# shellcheck source=tools/dev/lib/install.sh
. "$ROOT/tools/dev/lib/install.sh"

SUITE=$ROOT/tools/conformance
SUITE_OUT=$ROOT/target/conformance
SUITE_PAGE=$ROOT/docs/contributing/conformance.md
SUITE_SLOW='rolling update'

dev_conformance() {
  local part=${1:-all} tars
  [[ $part =~ ^(all|verify|quick|check)$ ]] || fail "Unknown part '$part'." "'conformance' takes verify, quick or check." "./dev help"
  command -v jq >/dev/null || fail "jq is missing." "It parses the reports of the suite." "Install jq."
  suite_check
  [ "$part" != check ] || return 0
  "$LAB" build e2e.test
  suite_specs "$part"
  find_cluster
  tars=$(images_build)
  await_cluster
  # shellcheck disable=SC2086 # one word each
  install_ballast $tars
  undo quietly kubectl delete addresspool conformance
  address_pool conformance "$BALLAST_POOL"
  suite_run
  suite_verdict "$part"
}

# suite_specs PART: the full names of the specs to run, one to a line in target/conformance/specs, the slow ones first.
suite_specs() {
  local pattern all=$SUITE_OUT/all chosen=$SUITE_OUT/chosen
  rm -rf "$SUITE_OUT"
  mkdir -p "$SUITE_OUT"
  logged "$SUITE_OUT/dry-run.log" "$BALLAST_CACHE/bin/e2e.test" --ginkgo.dry-run --ginkgo.no-color \
    --ginkgo.focus='\[sig-network\]' --ginkgo.json-report="$SUITE_OUT/dry-run.json" || fail "The suite does not list its specs." "See the lines above."
  jq -r '.[].SpecReports[] | select(.LeafNodeType == "It" and .State == "passed")
    | .ContainerHierarchyTexts + [.LeafNodeText] | join(" ")' "$SUITE_OUT/dry-run.json" | sort >"$all"
  while IFS= read -r pattern; do
    [[ $pattern != '#'* ]] || continue
    grep -E -- "$pattern" "$all" >>"$chosen" || fail "No spec of the suite matches '$pattern'." "The pattern is in $SUITE/specs."
  done <"$SUITE/specs"
  {
    [ "$1" = quick ] || grep "$SUITE_SLOW" "$chosen"
    grep -v "$SUITE_SLOW" "$chosen"
  } >"$SUITE_OUT/specs"
  rm "$SUITE_OUT/dry-run.json"
}

# suite_run: each spec in a process of its own, so that one that hangs, or dies, is one result and no more.
suite_run() {
  local spec number=0 ended nodes
  local -A running=()
  nodes=$(kubectl get nodes -o name | wc -l)
  steps "$(wc -l <"$SUITE_OUT/specs")"
  while IFS= read -r spec <&3; do
    number=$((number + 1))
    [ ${#running[@]} -lt "${CONFORMANCE_PROCESSES:-3}" ] || suite_await_one
    step "$spec"
    background "$SUITE_OUT/$number.log" suite_spec $number "$nodes" "$spec"
    running[$!]=$spec
  done 3<"$SUITE_OUT/specs"
  while [ ${#running[@]} -gt 0 ]; do suite_await_one; done
}

suite_await_one() {
  wait -n -p ended "${!running[@]}" || true
  unset "running[$ended]"
}

suite_spec() { # number, nodes, full name
  local minutes=15 since=$SECONDS out=$SUITE_OUT/$1 pid
  [[ $3 != *"$SUITE_SLOW"* ]] || minutes=30
  # The suite ends a spec that is late by itself, and tidies up after it, for which it has two minutes. It dials from
  # outside the cluster, as any client of the address does.
  # shellcheck disable=SC2086 # may be empty, or a command with arguments
  ${BALLAST_E2E_OUTSIDE:-} timeout --kill-after=120 $((minutes + 2))m "$BALLAST_CACHE/bin/e2e.test" \
    --provider=local --kubeconfig="$KUBECONFIG" --num-nodes="$2" --ginkgo.no-color --ginkgo.timeout=${minutes}m \
    --ginkgo.focus=" $(regexp_of "$3")\$" --ginkgo.json-report="$out.report" &
  pid=$!
  # when all is to end, so is this one, and not without tidying up
  trap 'kill $pid; wait $pid; exit 143' TERM
  wait $pid || true
  # the 7,000 specs that were not asked for are in there as well
  [ ! -s "$out.report" ] || jq '[.[].SpecReports[] | select(.State != "skipped" or .Failure)]' "$out.report" >"$out.json"
  rm -f "$out.report"
  printf '%s s  %s\n' $((SECONDS - since)) "$3" >>"$SUITE_OUT/times"
}

# shellcheck disable=SC2001
regexp_of() { sed 's/[][\.*^$+?(){}|]/\\&/g' <<<"$1"; }

suite_verdict() { # part
  local results=$ROOT/target/conformance.json failed=''
  suite_results results "$SUITE_OUT/specs" "$SUITE_OUT"/[0-9]*.json >"$results"
  jq -r 'to_entries[] | "\(.value)\t\(.key)"' "$results" | sort
  suite_results failures "$SUITE_OUT/specs" "$SUITE_OUT"/[0-9]*.json >"$SUITE_OUT/failures"
  if [ -s "$SUITE_OUT/failures" ]; then
    failed=yes
    cat "$SUITE_OUT/failures" >&2
    collect_logs "$SUITE_OUT/ballast"
  fi
  jq -r '[.[] | split(":")[0]] | "\(map(select(. == "passed")) | length) passed, \(map(select(. == "failed")) | length) failed, \(map(select(. == "skipped")) | length) skipped themselves"' "$results" >&2
  case $1 in
    all) suite_page "$results" >"$SUITE_PAGE"; say "The results are in $results and $SUITE_PAGE." ;;
    verify | quick) suite_drift "$results" ;;
  esac
  [ -z "$failed" ] || fail "Not every spec passed." "See the lines above." "Read the logs in $SUITE_OUT. Their numbers are the lines of $SUITE_OUT/specs."
}

# suite_results results|failures SPECS REPORT…
suite_results() {
  local why='' specs
  [ "$1" = results ] || why=yes
  specs=$(cat "$2")
  shift 2
  # without a single report there is still a verdict on every spec
  [ -e "$1" ] || set -- /dev/null
  jq -rs --arg specs "$specs" --arg why "$why" -f "$SUITE/results.jq" "$@"
}

suite_page() { # results
  cat <<END
# Kubernetes' own LoadBalancer specs

<!-- Written by ./dev conformance. Do not edit. -->

The specs are from \`k8s.io/kubernetes/test/e2e\` $("$BALLAST_CACHE/bin/e2e.test" --version): all LoadBalancer specs, and the Service specs that cover
load balancers. They run against the chart of this repository, from a client outside the cluster. A skipped spec skips itself and
gives the reason. In the rolling-update specs, at least 99.9 % of the requests must succeed. Upstream requires 95 %.

| spec | result |
|---|---|
END
  suite_rows "$1"
}

suite_rows() { jq -r 'to_entries[] | "| \(.key | gsub("\\|"; "\\|")) | \(.value) |"' "$1"; }

suite_drift() { # results
  local row drift=''
  while IFS= read -r row; do
    grep -Fxq -- "$row" "$SUITE_PAGE" 2>/dev/null || { drift=yes; say "$SUITE_PAGE lacks the row $row"; }
  done < <(suite_rows "$1")
  [ -z "$drift" ] || fail "docs/contributing/conformance.md does not list these results." "See the lines above." "Run ./dev conformance to write it again."
}

# suite_check: recorded reports, and what is to be read in them.
suite_check() {
  local sample=$SUITE/sample
  suite_results results "$sample/specs" "$sample"/*.json | diff "$sample/expected-results" - >&2 ||
    fail "The parser of the reports returns other results than expected." "'<' is expected for $sample, '>' is the result."
  suite_results failures "$sample/specs" "$sample"/*.json | diff "$sample/expected-failures" - >&2 ||
    fail "The parser of the reports returns other failures than expected." "'<' is expected for $sample, '>' is the result."
  say "The parser of the reports passes its tests."
}
