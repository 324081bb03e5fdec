# shellcheck shell=bash
#: cluster up [NODES]       start a Kubernetes cluster on this machine (as root; three nodes unless told otherwise)
#: cluster down             stop it and remove all of it
#: cluster status           what runs of it
#: cluster …                tools/lab/lab help lists what else it can do: outages, cables, a client outside, images

dev_cluster() { "$LAB" "${@:-help}"; }
