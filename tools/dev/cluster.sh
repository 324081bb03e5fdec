# shellcheck shell=bash
#: cluster up [NODES]       start a Kubernetes cluster on this machine, as root; NODES is 3 by default
#: cluster down             stop the cluster and remove it
#: cluster status           show its processes and nodes
#: cluster COMMAND          any command of tools/lab/lab: outages, cables, a client outside the cluster, images

dev_cluster() { "$LAB" "${@:-help}"; }
