#!/usr/bin/env bash
# PID 1 of a node: lays out its file system, then keeps containerd, kubelet and kube-proxy running.
# Within the node: /run/node is its folder of the lab's state, /run/programs the compiled programs.
set -euo pipefail
name=$1 address=$2 folder=$3 programs=$4 cni=$5

hostname "$name"

# Folders that a machine has to itself. /run is put together aside, since what it must show may lie below the old one.
mkdir -p "$folder"/{run,var-lib,var-log}
mount -n -t tmpfs -o mode=755 ballast "$folder/run"
mkdir "$folder"/run/{node,programs,lock}
mount -n --bind "$folder" "$folder/run/node"
mount -n --bind "$programs" "$folder/run/programs"
mount -n --move "$folder/run" /run
mount -n --bind /run/node/var-lib /var/lib
mount -n --bind /run/node/var-log /var/log
[ ! -d /sys/fs/bpf ] || mount -n -t bpf ballast /sys/fs/bpf

# The node's own cgroups, seen as the root of the tree, in place of the machine's. (Not on top of these: the kernel
# refuses the same file system on the same mount point.)
remount() { # file system, options, where
  umount -n "$3"
  mount -n -t "$1" ${2:+-o "$2"} ballast "$3"
}
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  remount cgroup2 "" /sys/fs/cgroup
  # cgroup v2 wants processes in leaves only
  mkdir -p /sys/fs/cgroup/init
  echo 1 >/sys/fs/cgroup/init/cgroup.procs
  sed 's/[a-z_]\+/+&/g' /sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
else
  for where in /sys/fs/cgroup/*/; do
    where=${where%/}
    if [ -L "$where" ]; then continue; fi
    case $(basename "$where") in
      unified) remount cgroup2 "" "$where" ;;
      systemd) remount cgroup none,name=systemd "$where" ;;
      *) remount cgroup "$(basename "$where")" "$where" ;; # the folder is named for its controllers
    esac
  done
fi

# The kubelet sets kernel parameters of the whole machine. It finds them set already, in files that are only its own.
while read -r parameter value; do
  [ -e "/proc/sys/$parameter" ] || continue
  echo "$value" >"/run/${parameter//\//.}"
  mount -n --bind "/run/${parameter//\//.}" "/proc/sys/$parameter"
done <<END
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
END

mount --make-rshared /

keep() { # NAME COMMAND…: what systemd does on a machine
  local what=$1
  shift
  while :; do
    "$@" >>"/run/node/log/$what.log" 2>&1 </dev/null || echo "$what ended with $?"
    sleep 1
  done
}

export PATH=/run/programs:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$cni
keep containerd containerd --config /run/node/containerd.toml &
for _ in {1..100}; do
  [ ! -S /run/containerd/containerd.sock ] || break
  sleep 0.1
done
keep kubelet kubelet --config=/run/node/kubelet.yaml --kubeconfig=/run/node/kubelet.kubeconfig \
  --hostname-override="$name" --node-ip="$address" &
pods=10.244.0.0/16
[[ $address != *,* ]] || pods+=,2001:2:0:a00::/56
keep kube-proxy kube-proxy --kubeconfig=/run/node/kube-proxy.kubeconfig --hostname-override="$name" \
  --cluster-cidr="$pods" --proxy-mode=iptables --conntrack-max-per-core=0 &
# PID 1 must stay: it adopts, and reaps, what loses its parent
wait
