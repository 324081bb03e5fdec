#!/usr/bin/env bash
# Enters a node's cgroups and namespaces, and becomes the parent of its PID 1: node-cage.sh NAME ADDRESS FOLDER PROGRAMS CNI
# When this process is killed, the kernel kills all of the node with it: that is how a node loses power.
set -euo pipefail

join() { # cgroup folder
  mkdir -p "$1"
  if [ -e "$1/cpuset.cpus" ] && [ -e "$1/cpuset.mems" ] && [ ! -e "$1/cgroup.controllers" ]; then
    # cgroup v1 takes no process into a cpuset that is still empty
    cat "$1/../cpuset.cpus" >"$1/cpuset.cpus"
    cat "$1/../cpuset.mems" >"$1/cpuset.mems"
  fi
  echo $$ >"$1/cgroup.procs"
}

if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  join "/sys/fs/cgroup/ballast-$1"
else
  for hierarchy in /sys/fs/cgroup/*/; do
    [ -L "${hierarchy%/}" ] || join "${hierarchy}ballast-$1"
  done
fi

exec nsenter --net="/run/netns/ballast-$1" \
  unshare --mount --uts --ipc --cgroup --pid --fork --kill-child --mount-proc \
  bash "$(dirname "$0")/node-init.sh" "$@"
