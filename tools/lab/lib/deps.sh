# shellcheck shell=bash
# What the lab uses of the operating system.

# a command or the path of a file, and the Debian packages that bring it
NEEDED="
containerd containerd
runc runc
iptables iptables
conntrack conntrack
socat socat
debootstrap debootstrap
jq jq
ip iproute2
nft nftables
curl curl
openssl openssl
ps procps
nsenter util-linux
flock util-linux
"

# CNI plugins are not on PATH: Debian's folder, or the one most other packages use.
CNI_FOLDERS="/usr/lib/cni /opt/cni/bin"

cni_folder() {
  local folder
  for folder in $CNI_FOLDERS; do
    [ -x "$folder/host-local" ] && { echo "$folder"; return; }
  done
  return 1
}

# missing_packages: of lines like those of NEEDED, the packages of what this machine does not have.
missing_packages() {
  local wanted packages
  while read -r wanted packages; do
    [[ -z $wanted || $wanted == /* && -e $wanted ]] || command -v "$wanted" >/dev/null || tr ' ' '\n' <<<"$packages"
  done | sort -u
}

# install_missing LINE…: each like a line of NEEDED.
install_missing() {
  local missing
  mapfile -t missing < <(printf '%s\n' "$@" | missing_packages)
  [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"
}

install_packages() {
  local missing
  mapfile -t missing < <(missing_packages <<<"$NEEDED"; cni_folder >/dev/null || echo containernetworking-plugins)
  [ ${#missing[@]} -gt 0 ] || return 0
  need_root deps
  apt_install "${missing[@]}"
}

apt_install() { # package…
  local missing=("$@") log=/var/tmp/ballast-lab-apt.log
  command -v apt-get >/dev/null ||
    fail "Packages are missing." "This machine has no apt-get to install them." "Install ${missing[*]}."
  say "Installing ${missing[*]}."
  # Packages may bring services that start at once; the lab starts what it needs itself, so none of them may.
  local policy=/usr/sbin/policy-rc.d ours=
  [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' >$policy; chmod 755 $policy; ours=yes; }
  local status=0
  logged $log apt-get update || status=$?
  [ $status != 0 ] || logged $log env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "${missing[@]}" || status=$?
  [ -z "$ours" ] || rm -f $policy
  [ $status = 0 ] || fail "The packages ${missing[*]} could not be installed." "See the lines above, or the whole log in $log." "Install them manually, and run it again."
  rm -f $log
  if [[ " ${missing[*]} " == *" containerd "* ]] && [ -d /run/systemd/system ]; then
    systemctl disable containerd >/dev/null 2>&1 || true
  fi
}
