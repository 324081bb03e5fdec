# shellcheck shell=bash
# Tars that are the same whenever they are made.

# One second after the epoch, as Jib has it: zero means "unknown" to some programs.
MTIME=@1

sorted_tar() { # tar to write, what goes in
  local tar=$1
  shift
  tar -c -f "$tar" --format=gnu --sort=name --mtime=$MTIME --numeric-owner --owner=0 --group=0 "$@"
}
