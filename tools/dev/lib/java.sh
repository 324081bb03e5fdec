# shellcheck shell=bash
# The JDK and Maven that this project is built with.

JDK=25

is_our_jdk() { [ -x "$1/bin/javac" ] && grep -q "^JAVA_VERSION=\"${JDK}[.\"]" "$1/release" 2>/dev/null; }

# use_jdk: sets JAVA_HOME and PATH for a JDK 25: the caller's if it is one, else one that the system has installed.
use_jdk() {
  local home found=()
  for home in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    is_our_jdk "$home" || continue
    export JAVA_HOME=$home PATH=$home/bin:$PATH
    return
  done
  found=(/usr/lib/jvm/*)
  fail "No JDK $JDK was found." "JAVA_HOME is '${JAVA_HOME:-}'. The installed JDKs are ${found[*]}." \
    "Install a JDK $JDK, for example temurin-$JDK-jdk of Adoptium, or set JAVA_HOME to one."
}

# maven ARGUMENT…: in the repository's root, quietly: a line for each module, all of it in target/dev-maven.log, whose end
# is shown when it fails.
maven() {
  local program=$ROOT/mvnw log=$ROOT/target/dev-maven.log status=0
  use_jdk
  [ -x "$program" ] || program=$(command -v mvn) ||
    fail "Maven was not found." "Neither ./mvnw nor mvn exists." "Clone the repository again, or install maven."
  mkdir -p "$ROOT/target"
  env -C "$ROOT" "$program" --batch-mode "$@" </dev/null 2>&1 | tee "$log" | maven_progress || status=$?
  [ $status = 0 ] || {
    what_failed "$log" | head -n 60 | sed 's/^/     | /' >&2
    fail "Maven failed." "See the lines above." "Read the whole log in $log."
  }
}

# Maven's own lines, and after that of a test the first ones of what it says was wrong.
what_failed() {
  awk '/^\[ERROR\]/ { print substr($0, 1, 300); left = / <<< (FAILURE|ERROR)!/ ? 8 : 0; next }
    /^\[/ { left = 0 }
    left > 0 && !/^[[:space:]]*(at .*)?$/ { print substr($0, 1, 300); left-- }' "$1"
}

maven_progress() {
  local line module
  while IFS= read -r line; do
    [[ $line =~ ^\[INFO\]\ Building\ (.*)\ \[([0-9]+)/([0-9]+)\]$ ]] || continue
    module=${BASH_REMATCH[1]}
    SAY_STEP=$((BASH_REMATCH[2] - 1)) SAY_STEPS=${BASH_REMATCH[3]}
    step "building ${module% *}"
  done
}
