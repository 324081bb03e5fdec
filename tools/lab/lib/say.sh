# shellcheck shell=bash
# Messages to the user: progress, failures, and the output of commands that fail.

SAY_STARTED=$SECONDS
SAY_STEP=0
SAY_STEPS=0
SAY_NOW=

say() { printf '%s\n' "$*" >&2; }

elapsed() { printf '%02d:%02d' $(((SECONDS - SAY_STARTED) / 60)) $(((SECONDS - SAY_STARTED) % 60)); }

# steps COUNT: the number of `step` lines that follow.
steps() { SAY_STEP=0 SAY_STEPS=$1 SAY_STARTED=$SECONDS; }

step() {
  SAY_STEP=$((SAY_STEP + 1))
  SAY_NOW=$*
  printf '[%2d/%d %s] %s\n' "$SAY_STEP" "$SAY_STEPS" "$(elapsed)" "$*" >&2
}

# fail WHAT [WHY [REMEDY]]: what happened, why, and what to do; a sentence each.
fail() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  [ -z "${2:-}" ] || printf '     why: %s\n' "$2" >&2
  [ -z "${3:-}" ] || printf '     do:  %s\n' "$3" >&2
  exit 1
}

# logged LOG COMMAND…: output to LOG; if the command fails, the end of it is shown.
logged() {
  local log=$1 status=0
  shift
  "$@" >"$log" 2>&1 </dev/null || status=$?
  [ $status = 0 ] && return 0
  tail_of "$log"
  return $status
}

tail_of() {
  [ -s "$1" ] || { say "     ($1 is empty.)"; return 0; }
  say "     The end of $1:"
  tail -n "${2:-15}" "$1" | sed 's/^/     | /' >&2
}

# eventually SECONDS COMMAND…: tries again five times a second until it succeeds or the time is over.
eventually() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.2
  done
}

need_root() {
  [ "$(id -u)" = 0 ] || fail "'lab $1' must run as root." "It creates network namespaces, mounts and containers." "Run it with sudo."
}
