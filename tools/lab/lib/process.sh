# shellcheck shell=bash
# Processes in the background, found by pid and start time, because another process may have the same pid later.
# The caller sets the folders PIDS and LOGS, and MARK. Every process has MARK in its environment, so that the lab finds
# the processes of an incomplete start too.

started_at() { # pid
  local stat
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
  # the command name in the second field may hold blanks: count from behind it
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  echo "${20}"
}

# start NAME COMMAND…: its output goes to $LOGS/NAME.log.
start() {
  local name=$1
  shift
  BALLAST_LAB_MARK=$MARK setsid "$@" >>"$LOGS/$name.log" 2>&1 </dev/null 9>&- &
  disown $!
  echo "$! $(started_at $! || echo gone)" >"$PIDS/$name"
}

pid_of() { # NAME: prints the pid if that process still runs
  local pid since
  read -r pid since 2>/dev/null <"$PIDS/$1" || return 1
  [ "$(started_at "$pid")" = "$since" ] && ! is_zombie "$pid" && echo "$pid"
}

is_zombie() { [[ $(cat "/proc/$1/stat" 2>/dev/null) == *") Z "* ]]; }

alive() { pid_of "$1" >/dev/null; }

# kill_now NAME…: without a shutdown. The state of these processes is not needed, or is on disk.
kill_now() {
  local name pid
  for name in "$@"; do
    pid=$(pid_of "$name") && kill -KILL "$pid" 2>/dev/null
  done
  for name in "$@"; do
    eventually 10 dead "$name" || { say "     $name does not end."; return 1; }
    rm -f "$PIDS/$name"
  done
}

dead() { ! alive "$1"; }

# ready_or_dead SECONDS NAME COMMAND…: waits until COMMAND succeeds, but not for a process that has ended.
ready_or_dead() {
  local end=$((SECONDS + $1)) name=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    alive "$name" && [ $SECONDS -lt $end ] || return 1
    sleep 0.1
  done
}
