# From what each spec's process reported, and the names of the specs that were to run, one to a line in $specs:
# {"spec": "passed", "failed" or "skipped: reason"}; or with $why the failures, told. Each input is an array of Ginkgo's
# spec reports.

def name: (.ContainerHierarchyTexts // []) + [.LeafNodeText] | join(" ");
def message: .Failure.Message // "";
def failed: IN(.State; "passed", "skipped", "pending") | not;

# The rolling-update specs count what they send in each of their rounds. Upstream asks for 95 % of it, this project for 99.9 %.
def sum($what): [.CapturedGinkgoWriterOutput // "" | scan($what + ": ([0-9]+)")[] | tonumber] | add // 0;
def requests: sum("Load Balancer total HTTP requests");
def losses: sum("Network errors") + sum("HTTP errors");
def enough: if .LeafNodeText | test("rolling update") then requests > 0 and losses * 1000 <= requests else true end;

def verdict:
  if . == null then "failed"
  elif .State == "passed" and enough then "passed"
  elif .State == "skipped" and message != "" then "skipped: " + (message | split("\n")[0])
  else "failed" end;

def story:
  if . == null then "it ended without a report"
  elif failed then "\(.State): \(message | gsub("\\s+"; " ")[:300])"
  else "\(.State), but \(losses) of \(requests) requests were lost" end;

[.[][]] as $all
| ($all | map(select(.LeafNodeType == "It") | {key: name, value: .}) | from_entries) as $reports
| $specs | split("\n") | map(select(. != "")) | sort
| if $why == "" then map({key: ., value: ($reports[.] | verdict)}) | from_entries
  else
    (.[] | . as $spec | $reports[.] | select(verdict == "failed") | "FAIL  \($spec)\n      \(story)"),
    ($all[] | select(.LeafNodeType != "It" and failed) | "FAIL  before or after a spec, in \(.LeafNodeType)\n      \(story)")
  end
