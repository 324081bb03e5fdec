package dev.ballast.docs;

import java.util.List;

/**
 * Every reason of a condition, of a port or of an Event: what it means, and what to do. The page of
 * reasons is generated from this list.
 */
enum Reasons {
  SERVICE_ALLOCATED(
      "Service",
      "ballast.dev/Allocated",
      of("AddressAssigned", true, "The Service holds every address that it needs.", ""),
      of(
          "AddressOrphaned",
          true,
          "The Service holds an address that is no longer in a pool.",
          "Add the address to a pool, or let the Service move: `ballast.dev/readdress=true`."),
      of(
          "AnnotationIgnored",
          true,
          "An annotation has a value that Ballast does not know. The default applies.",
          "Correct the annotation."),
      of(
          "NoPool",
          false,
          "No pool has addresses of the family.",
          "Create an AddressPool, or add addresses of that family."),
      of(
          "PoolExhausted",
          false,
          "Every address of the pools is in use.",
          "Add addresses to a pool, or delete a Service."),
      of(
          "PoolRules",
          false,
          "Pools exist, but their rules admit the Service to none of them.",
          "Read the message, which names the rule of each pool. Label the Service or the namespace."),
      of(
          "QuotaReached",
          false,
          "The namespace holds as many addresses as `namespaceQuota` allows.",
          "Delete a Service of the namespace, or raise the quota."),
      of(
          "UnknownPool",
          false,
          "The requested pool does not exist, or it is malformed.",
          "Correct `ballast.dev/pool`, or create the pool."),
      of(
          "AddressNotInPool",
          false,
          "No pool has the requested address, or not the requested pool.",
          "Request another address, or add this one to a pool."),
      of(
          "AddressWithheld",
          false,
          "A pool contains the requested address but does not assign it.",
          "Read the message: the address is excluded, of a node, reserved by an RFC, or of another pool."),
      of(
          "AddressReserved",
          false,
          "The requested address is reserved for another Service or namespace.",
          "Request another address, or delete the reservation."),
      of(
          "AddressNotReleased",
          false,
          "An earlier Service of the same name still holds the address.",
          "Wait. The address is assigned when the earlier Service releases it."),
      of(
          "AddressTaken",
          false,
          "Another Service holds the requested address.",
          "Request another address, or share it by `ballast.dev/sharing-key`."),
      of(
          "PortTaken",
          false,
          "Another Service has the port at the shared address.",
          "Change the port of one of them, or request another address."),
      of(
          "InvalidRequest",
          false,
          "An annotation or `spec.loadBalancerIP` cannot be parsed or contradicts another one.",
          "Correct it. The message says which part is wrong.")),

  SERVICE_ANNOUNCED(
      "Service",
      "ballast.dev/Announced",
      of("Announced", true, "A node announces each address.", ""),
      of(
          "WaitingForDataPlane",
          false,
          "No node has reported that it announces the address.",
          "Check that a data-plane Pod is Ready. Any other reason is that of the LoadBalancer's condition `Announced`.")),

  SERVICE_CONFLICT(
      "Service",
      "ballast.dev/Conflict",
      of(
          "AddressInUse",
          true,
          "Another machine of the LAN answers for a published address.",
          "Remove the address from the machine with the MAC address in the message, or move the Service.")),

  SERVICE_PORTS(
      "Service",
      "LoadBalancerPortsError",
      of(
          "PortError",
          true,
          "At least one port is not served. The others work.",
          "Read the message, and see the reasons of ports below.")),

  PORT(
      "A port of a Service",
      "`error` in `status.loadBalancer.ingress[].ports[]`, with the prefix `ballast.dev/`",
      of(
          "PortInUse",
          false,
          "A process of the node or another Service listens on the port.",
          "Stop it, or choose another port. Ballast takes the port when it is free."),
      of(
          "PortTaken",
          false,
          "Another Service has the port at the shared address.",
          "Change the port of one of them."),
      of(
          "ProtocolNotSupported",
          false,
          "Ballast serves TCP and UDP only.",
          "Use another protocol. UDP needs epoll on the node."),
      of(
          "PermissionDenied",
          false,
          "The data plane may not listen on ports below 1024.",
          "Give its container the capability NET_BIND_SERVICE."),
      of(
          "AddressNotAvailable",
          false,
          "The kernel of the node does not allow the address to be bound.",
          "Check that the address family is enabled on the node."),
      of(
          "ListenFailed",
          false,
          "The kernel rejected the listener for another cause.",
          "Read the message, which has the kernel's error."),
      of(
          "NotListening",
          false,
          "The node reported that it does not listen, without a cause.",
          "Read the log of the data plane on the node.")),

  LOAD_BALANCER_ALLOCATED(
      "LoadBalancer",
      "Allocated",
      of("AddressAssigned", true, "The LoadBalancer has addresses.", "")),

  LOAD_BALANCER_PROGRAMMED(
      "LoadBalancer",
      "Programmed",
      of("Listening", true, "The owning nodes listen on every port.", ""),
      of(
          "PortErrors",
          false,
          "Several ports are not served, for different causes. One cause has its own reason, as for ports of a Service.",
          "Read the message, which lists each port."),
      of(
          "InvalidSpec",
          false,
          "The data plane cannot parse the spec of the LoadBalancer.",
          "Check that the operator and the data plane have the same version.")),

  LOAD_BALANCER_ANNOUNCED(
      "LoadBalancer",
      "Announced",
      of("AddressAnnounced", true, "Every address is announced.", ""),
      of(
          "WaitingForDataPlane",
          false,
          "The owner of an address has not reported yet.",
          "Check the data-plane Pods and their logs."),
      of(
          "AllNodesExcluded",
          false,
          "Every node with a data plane has the label `node.kubernetes.io/exclude-from-external-load-balancers`.",
          "Remove the label from one node."),
      of(
          "AddressInUse",
          false,
          "Another machine of the LAN has the address. It has not been announced.",
          "Remove the address from that machine, or exclude it from the pool."),
      of(
          "AddressUnusable",
          false,
          "It is the network, broadcast or gateway address of the LAN.",
          "Exclude it from the pool."),
      of(
          "PermissionDenied",
          false,
          "The data plane lacks a capability.",
          "Give its container NET_ADMIN and NET_RAW, as the chart does."),
      of(
          "RouteRefused",
          false,
          "The kernel rejected the local route.",
          "Read the message, which has the kernel's error."),
      of(
          "AnnouncementFailed",
          false,
          "The node cannot send ARP or Neighbor Discovery, for example because no interface has the subnet.",
          "Set `dataplane.interface`, or use addresses of the nodes' subnet."),
      of(
          "IPv6Disabled",
          false,
          "IPv6 is disabled on the node.",
          "Enable it, or give the Service no IPv6 address."),
      of(
          "AnnounceErrors",
          false,
          "Several addresses are not announced, for different causes.",
          "Read the message, which lists each address.")),

  LOAD_BALANCER_HEALTHY(
      "LoadBalancer",
      "Healthy",
      of("BackendsHealthy", true, "At least one backend is healthy.", ""),
      of(
          "NoEndpoints",
          false,
          "The Service has no endpoints.",
          "Compare its selector and its port names with the Pods."),
      of("NoneReady", false, "No Pod is ready.", "Check the readiness probes of the Pods."),
      of(
          "AllUnhealthy",
          false,
          "Pods are ready, but the active check of each fails.",
          "Check NetworkPolicies and firewalls between nodes and Pods.")),

  LOAD_BALANCER_CONFLICT(
      "LoadBalancer",
      "Conflict",
      of(
          "AddressInUse",
          true,
          "Another machine of the LAN answers for an announced address.",
          "Remove the address from that machine, or move the Service.")),

  POOL_READY(
      "AddressPool",
      "Ready",
      of("Usable", true, "The pool can assign addresses.", ""),
      of("Disabled", false, "`spec.disabled` is true.", "Set it to false."),
      of(
          "Malformed",
          false,
          "An entry cannot be parsed. The API server cannot check the order of IPv6 ranges.",
          "Correct the entry that the message names."),
      of(
          "Empty",
          false,
          "Every address is excluded, avoided, of a node, or assigned by another pool.",
          "Add other addresses."),
      of(
          "Exhausted",
          false,
          "Every address is in use.",
          "Add addresses, or delete Services that need none."),
      of(
          "Deleting",
          false,
          "The pool is being deleted.",
          "Wait, or create another pool with the same addresses.")),

  POOL_OVERLAPPING(
      "AddressPool",
      "Overlapping",
      of(
          "Overlap",
          true,
          "Another pool, a node, the Pod network or the Service network has addresses of the pool.",
          "Remove addresses of Pod and Service networks. The message names the other overlaps.")),

  POOL_CONFLICT(
      "AddressPool",
      "Conflict",
      of(
          "AddressInUse",
          true,
          "Other machines of the LAN have addresses of the pool.",
          "Exclude these addresses, or remove them from the machines.")),

  POOL_IN_USE(
      "AddressPool",
      "InUse",
      of(
          "WaitingForServices",
          true,
          "The pool is being deleted, and Services hold addresses that no other pool has.",
          "Move or delete the Services that the message names."),
      of("Unused", false, "No Service depends on the pool.", "")),

  ADDRESS_ORPHANED(
      "Address",
      "Orphaned",
      of(
          "HeldOutsideOfPools",
          true,
          "A Service holds the address, and no pool has it.",
          "Add it to a pool, or let the Service move: `ballast.dev/readdress=true`."),
      of(
          "NotInPool",
          true,
          "The address is reserved, and no pool has it.",
          "Add it to a pool, or delete the Address.")),

  ADDRESS_CONFLICT(
      "Address",
      "Conflict",
      of(
          "AddressInUse",
          true,
          "Another machine of the LAN has the address.",
          "Remove it from that machine, or exclude it from the pool."));

  /**
   * A reason of a condition.
   *
   * @param status of the condition
   * @param remedy empty if there is nothing to do
   */
  record Reason(String name, boolean status, String meaning, String remedy) {}

  final String object;
  final String condition;
  final List<Reason> reasons;

  Reasons(String object, String condition, Reason... reasons) {
    this.object = object;
    this.condition = condition;
    this.reasons = List.of(reasons);
  }

  private static Reason of(String name, boolean status, String meaning, String remedy) {
    return new Reason(name, status, meaning, remedy);
  }
}
