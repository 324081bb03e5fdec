# shellcheck shell=bash
#: prose [PATH]             check the words of docs, chart, CRDs and messages; --suggest reports long and passive sentences
#: prose check              test the linter with a sample of bad prose

PROSE=tools/prose

dev_prose() {
  use_jdk
  case ${1:-} in
    check) prose_check ;;
    *) prose_lint "$@" ;;
  esac
}

# Java compiles the linter in memory, within two seconds. Vale is not used: its builds need a C compiler, and it does not
# see a message that Java joins from several strings.
prose_lint() { env -C "$ROOT" java $PROSE/Prose.java "$@"; }

prose_check() {
  local found=$ROOT/target/prose-sample
  mkdir -p "$ROOT/target"
  ! prose_lint --pending=$PROSE/sample/pending $PROSE/sample >"$found" ||
    fail "the linter accepts bad prose" "$PROSE/sample is wrong on purpose"
  diff "$ROOT/$PROSE/sample/expected" "$found" >&2 ||
    fail "the linter does not find what it should" "'<' is expected, '>' is found" \
      "correct the linter, or copy target/prose-sample to $PROSE/sample/expected"
  say "The linter finds all that is wrong in its sample."
}
