# shellcheck shell=bash
# CoreDNS as a process of this machine, behind a kube-dns Service whose endpoint is written by hand.
# No query goes further: for names outside the cluster it answers with an address that documentation may use (RFC 5737),
# so that a lookup that follows a CNAME out of the cluster ends. (There are two blocks, because within one, `template`
# answers before `kubernetes`.)

DNS_SERVICE=10.96.0.10

start_dns() {
  cat >"$STATE/Corefile" <<END
cluster.local:53 in-addr.arpa:53 {
  bind $HOST_ADDRESS
  errors
  kubernetes {
    kubeconfig $PKI/coredns.kubeconfig
    pods insecure
    ttl 5
  }
}
.:53 {
  bind $HOST_ADDRESS
  errors
  template IN A . {
    answer "{{ .Name }} 60 IN A 192.0.2.53"
  }
  template ANY ANY . {
    rcode NOERROR
  }
}
END
  kube apply -f - <<END
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: coredns}
rules:
- {apiGroups: [""], resources: [services, pods, namespaces], verbs: [list, watch]}
- {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: coredns}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: coredns}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "system:coredns"}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: kube-proxy}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:node-proxier"}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "system:kube-proxy"}]
---
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec:
  clusterIP: $DNS_SERVICE
  ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53, protocol: TCP}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: kube-dns-lab, namespace: kube-system, labels: {kubernetes.io/service-name: kube-dns}}
addressType: IPv4
endpoints: [{addresses: [$HOST_ADDRESS], conditions: {ready: true}}]
ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53, protocol: TCP}]
END
  start coredns "$BIN/coredns" -conf "$STATE/Corefile"
}

# Asks from the last node, through its kube-proxy: kubernetes.default.svc.cluster.local, A, over TCP, which needs no
# program but the shell. The answer ends with the address.
dns_answers() {
  # shellcheck disable=SC2016
  in_netns "n$SIZE" timeout 2 bash -c '
    exec 3<>"/dev/tcp/$0/53"
    printf "\0\66\0\1\1\0\0\1\0\0\0\0\0\0\12kubernetes\7default\3svc\7cluster\5local\0\0\1\0\1" >&3
    length=$(head -c 2 <&3 | od -An -tu2 --endian=big)
    head -c $length <&3 | od -An -tu1 | xargs | grep -q "0 4 10 96 0 1$"' $DNS_SERVICE
}
