# shellcheck shell=bash
# Processes beside this one, which end with it at the latest.

# background LOG COMMAND…: its pid is $! then.
background() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 </dev/null &
  on_exit end_process $!
}

# end_process PID: asks it to end, and kills it after a minute. It is a child, so no other process has its pid before `wait`.
end_process() {
  jobs -rp | grep -qx "$1" || return 0
  kill "$1"
  eventually 60 not_there "$1" || kill -KILL "$1"
  wait "$1" || true
} 2>/dev/null

not_there() { ! jobs -rp | grep -qx "$1"; }
