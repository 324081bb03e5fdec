package dev.ballast.dataplane.server.status;

import static dev.ballast.dataplane.server.status.ConditionStatus.FALSE;
import static dev.ballast.dataplane.server.status.ConditionStatus.TRUE;
import static dev.ballast.dataplane.server.status.ConditionStatus.UNKNOWN;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.dataplane.core.admission.AdmissionResult;
import dev.ballast.dataplane.server.announce.AcquireResult.RejectionReason;
import dev.ballast.dataplane.server.relay.ListenFailureReason;
import java.util.Arrays;
import java.util.Optional;

/**
 * Every reason of a LoadBalancer's conditions, with what it means and what to do about it. One list
 * for all of them, so that the reference page can be generated from it. A condition can be built
 * from a constant of this list only, and a reason of the relay or of the announcer that has no
 * constant here does not compile.
 */
public enum LoadBalancerReason {
  ADDRESS_ASSIGNED(
      LoadBalancerConditionType.ALLOCATED,
      TRUE,
      "AddressAssigned",
      "The operator has assigned the addresses in the spec.",
      "No action is needed."),

  LISTENING(
      LoadBalancerConditionType.PROGRAMMED,
      TRUE,
      "Listening",
      "Every node that owns an address of the Service listens on all of its ports.",
      "No action is needed."),
  PORT_IN_USE(
      LoadBalancerConditionType.PROGRAMMED,
      FALSE,
      ListenFailureReason.PORT_IN_USE,
      "Another process on the node, or another Service, listens on the address and port.",
      "Give the Service another port. Or stop the process, then remove the port from the Service and add it again."),
  PORT_RESERVED(
      LoadBalancerConditionType.PROGRAMMED,
      FALSE,
      ListenFailureReason.PORT_RESERVED,
      "The port is reserved for a daemon of the node, such as the kubelet. Only a node without nftables and tproxy reserves ports.",
      "Give the Service another port, remove the port from the Helm value dataplane.reservedPorts, or enable nft_tproxy in the kernel of the node."),
  STEERING_FAILED(
      LoadBalancerConditionType.PROGRAMMED,
      FALSE,
      ListenFailureReason.STEERING_FAILED,
      "The kernel of the node rejects the nftables rules for the port.",
      "Read the kernel's error in the message, and correct its cause on the node."),
  PROTOCOL_NOT_SUPPORTED(
      LoadBalancerConditionType.PROGRAMMED,
      FALSE,
      ListenFailureReason.PROTOCOL_NOT_SUPPORTED,
      "The data plane does not support the protocol of the port. SCTP is not supported, and UDP needs Linux epoll.",
      "Use TCP or UDP. If UDP fails, check that the node allows epoll."),
  LISTEN_PERMISSION_DENIED(
      LoadBalancerConditionType.PROGRAMMED,
      FALSE,
      ListenFailureReason.PERMISSION_DENIED,
      "The data plane may not listen on a port below 1024.",
      "Add the capability NET_BIND_SERVICE to the data plane's container."),
  ADDRESS_NOT_AVAILABLE(
      LoadBalancerConditionType.PROGRAMMED,
      FALSE,
      ListenFailureReason.ADDRESS_NOT_AVAILABLE,
      "The kernel of the node does not allow a socket to bind to the address.",
      "Check that the IP family of the address is enabled on the node."),
  LISTEN_FAILED(
      LoadBalancerConditionType.PROGRAMMED,
      FALSE,
      ListenFailureReason.LISTEN_FAILED,
      "The kernel of the node does not open the listener, for example because of a limit on open files.",
      "Read the kernel's error in the message, and correct its cause on the node."),
  NOT_LISTENING(
      LoadBalancerConditionType.PROGRAMMED,
      FALSE,
      "NotListening",
      "A node does not listen on the port and reports no reason.",
      "Read the log of the data plane on that node."),
  INVALID_SPEC(
      LoadBalancerConditionType.PROGRAMMED,
      FALSE,
      "InvalidSpec",
      "A field of the spec cannot be read. The rest of the spec works.",
      "Correct the field that the message names."),
  PORT_ERRORS(
      LoadBalancerConditionType.PROGRAMMED,
      FALSE,
      "PortErrors",
      "Several ports fail for different reasons.",
      "Read the reason of each port in status.nodes[].frontends."),

  ADDRESS_ANNOUNCED(
      LoadBalancerConditionType.ANNOUNCED,
      TRUE,
      "AddressAnnounced",
      "A node announces each address on the network.",
      "No action is needed."),
  WAITING_FOR_DATA_PLANE(
      LoadBalancerConditionType.ANNOUNCED,
      FALSE,
      "WaitingForDataPlane",
      "The node that owns the address has not reported yet.",
      "If this lasts longer than some seconds, check that a data plane Pod is Ready, and read its log."),
  ADDRESS_NOT_GRANTED(
      LoadBalancerConditionType.ANNOUNCED,
      FALSE,
      "AddressNotGranted",
      "No Address binds the address to the Service. A node serves only the addresses that an Address binds to the Service.",
      "Request the address with the annotation ballast.dev/address of the Service. If the operator did not write the LoadBalancer, delete it."),
  ADDRESS_IN_USE(
      LoadBalancerConditionType.ANNOUNCED,
      FALSE,
      RejectionReason.ADDRESS_IN_USE,
      "Another machine uses the address, or a node has it by other means than Ballast.",
      "Remove the address from that machine, or exclude it from the pool with spec.exclude."),
  ADDRESS_UNUSABLE(
      LoadBalancerConditionType.ANNOUNCED,
      FALSE,
      RejectionReason.ADDRESS_UNUSABLE,
      "The address is the network, broadcast or gateway address of the subnet.",
      "Exclude it from the pool with spec.exclude."),
  NOT_ON_LINK(
      LoadBalancerConditionType.ANNOUNCED,
      FALSE,
      RejectionReason.NOT_ON_LINK,
      "The node has no network interface in the subnet of the address, or the AddressPool allows none of those. Another node announces the address, if one has such an interface.",
      "No action is needed if Announced is True. Otherwise give a node an interface in that subnet, or set the Helm value dataplane.interface."),
  REVERSE_PATH_FILTER(
      LoadBalancerConditionType.ANNOUNCED,
      FALSE,
      RejectionReason.REVERSE_PATH_FILTER,
      "The node's reverse path filter (rp_filter=1) drops the packets that come in by the interface for the address.",
      "Set rp_filter of that interface to 2, or the Helm value dataplane.interface to the interface that the message names."),
  IPV6_DISABLED(
      LoadBalancerConditionType.ANNOUNCED,
      FALSE,
      RejectionReason.IPV6_DISABLED,
      "IPv6 is disabled on the node that owns the address.",
      "Enable it (sysctl net.ipv6.conf.all.disable_ipv6=0), or use an IPv4 address only."),
  ANNOUNCE_PERMISSION_DENIED(
      LoadBalancerConditionType.ANNOUNCED,
      FALSE,
      RejectionReason.PERMISSION_DENIED,
      "The data plane lacks the capability NET_ADMIN or NET_RAW.",
      "Add the capability that the message names to the data plane's container."),
  ROUTE_REFUSED(
      LoadBalancerConditionType.ANNOUNCED,
      FALSE,
      RejectionReason.ROUTE_REFUSED,
      "The kernel of the node rejects the local route or the nftables element for the address.",
      "Read the kernel's error in the message, and correct its cause on the node."),
  ANNOUNCEMENT_FAILED(
      LoadBalancerConditionType.ANNOUNCED,
      FALSE,
      RejectionReason.ANNOUNCEMENT_FAILED,
      "The node cannot send ARP or Neighbor Discovery packets for the address.",
      "Check the node's network interfaces, and spec.announce.interfaces of the AddressPool. Set the Helm value dataplane.interface if the choice is wrong."),
  UNREACHABLE(
      LoadBalancerConditionType.ANNOUNCED,
      FALSE,
      "Unreachable",
      "A node announces the address, but another node gets no answer from it. Clients probably get none either. The Service keeps the address.",
      "Follow the message. Most often, a firewall of the node drops the connections."),
  ALL_NODES_EXCLUDED(
      LoadBalancerConditionType.ANNOUNCED,
      FALSE,
      "AllNodesExcluded",
      "Every node with a Ready data plane has the label node.kubernetes.io/exclude-from-external-load-balancers.",
      "Remove the label from a node, or run the data plane on a node without it."),
  NO_NODE_SELECTED(
      LoadBalancerConditionType.ANNOUNCED,
      FALSE,
      "NoNodeSelected",
      "No node announces the address. No node with a Ready data plane matches spec.announce.nodeSelector of the AddressPool.",
      "Give a node with a data plane the labels, or correct spec.announce.nodeSelector."),
  ANNOUNCE_ERRORS(
      LoadBalancerConditionType.ANNOUNCED,
      FALSE,
      "AnnounceErrors",
      "Several addresses fail for different reasons.",
      "Read the reason of each address in status.nodes[].notAnnounced."),

  PEER_REACHES(
      LoadBalancerConditionType.REACHABLE,
      TRUE,
      "PeerReaches",
      "Another node gets an answer from each address, by ARP or Neighbor Discovery and a TCP handshake. UDP is not checked.",
      "No action is needed."),
  PEER_GETS_NO_ANSWER(
      LoadBalancerConditionType.REACHABLE,
      FALSE,
      "PeerGetsNoAnswer",
      "Another node gets no answer from an address, twice in a row.",
      "Follow the message. Most often, a firewall of the node drops the connections."),
  NOT_CHECKED_YET(
      LoadBalancerConditionType.REACHABLE,
      UNKNOWN,
      "NotCheckedYet",
      "The other node has not checked an address yet.",
      "Wait some seconds. If this lasts, read the log of the data plane on that node."),
  NO_PEER(
      LoadBalancerConditionType.REACHABLE,
      UNKNOWN,
      "NoPeer",
      "No other node with a data plane is in the network of an address, so none checks it.",
      "No action is needed. Check the address from a client."),

  BACKENDS_HEALTHY(
      LoadBalancerConditionType.HEALTHY,
      TRUE,
      "BackendsHealthy",
      "Every node that serves the Service has a healthy backend.",
      "No action is needed."),
  NO_ENDPOINTS(
      LoadBalancerConditionType.HEALTHY,
      FALSE,
      "NoEndpoints",
      "The Service has no endpoints.",
      "Compare the Service's selector and port names with its Pods."),
  ENDPOINTS_REFUSED(
      LoadBalancerConditionType.HEALTHY,
      FALSE,
      "EndpointsRefused",
      "The Service has endpoints, but the data plane connects to none of them.",
      "Correct the EndpointSlice with the endpoint that the message names, or select Pods in the Service."),
  ALL_UNHEALTHY(
      LoadBalancerConditionType.HEALTHY,
      FALSE,
      "AllUnhealthy",
      "The data plane's health check of every backend fails. New connections go to all backends.",
      "Check that the Pods listen on the target port, and that the node can reach them."),
  NONE_READY(
      LoadBalancerConditionType.HEALTHY,
      FALSE,
      "NoneReady",
      "The Service has endpoints, but no Pod is ready.",
      "Check the readiness probes of the Pods."),

  ADDRESS_CONFLICT(
      LoadBalancerConditionType.CONFLICT,
      TRUE,
      AddressReport.IN_USE,
      "A machine that is not a cluster node also uses an address that a node announces. Some clients reach that machine.",
      "Remove the address from that machine, or move the Service to another address."),

  NODE_BUDGET(
      LoadBalancerConditionType.LIMITED,
      TRUE,
      "NodeBudget",
      "The node has no file descriptor or local port left for a new connection of any Service.",
      "See which Service has the most in ballast_connections_active, and limit it with ballast.dev/max-connections. Or allow the data plane's container more memory and open files."),
  SERVICE_SHARE(
      LoadBalancerConditionType.LIMITED,
      TRUE,
      "ServiceShare",
      "The node runs out of file descriptors or local ports, and the Service has its fair share.",
      "Shorten ballast.dev/idle-timeout or ballast.dev/udp-idle-timeout, so that idle connections end. Or allow the data plane's container more memory and open files."),
  CLIENT_SHARE(
      LoadBalancerConditionType.LIMITED,
      TRUE,
      "ClientShare",
      "A client has its fair share of what the Service can use of the node. Other clients connect.",
      "Check whether the client needs so many connections. If it does, allow the data plane's container more memory and open files."),
  SERVICE_LIMIT(
      LoadBalancerConditionType.LIMITED,
      TRUE,
      "ServiceLimit",
      "The Service has as many connections as ballast.dev/max-connections allows.",
      "Raise the limit on the Service or its Namespace, or with the Helm value defaults.maxConnections."),
  SERVICE_RATE(
      LoadBalancerConditionType.LIMITED,
      TRUE,
      "ServiceRate",
      "The Service gets more new connections than ballast.dev/max-new-connections-per-second allows.",
      "Raise the limit on the Service or its Namespace, or with the Helm value defaults.maxNewConnectionsPerSecond. Or let clients reuse their connections."),
  CLIENT_LIMIT(
      LoadBalancerConditionType.LIMITED,
      TRUE,
      "ClientLimit",
      "A client has as many connections as ballast.dev/max-connections-per-client allows. Other clients connect.",
      "Check whether the client needs so many connections. If it does, or if it is a NAT, raise the limit on the Service or its Namespace, or with the Helm value defaults.maxConnectionsPerClient."),
  BACKEND_LIMIT(
      LoadBalancerConditionType.LIMITED,
      TRUE,
      "BackendLimit",
      "Every backend has as many connections as ballast.dev/max-connections-per-backend allows.",
      "Run more Pods. Or raise the limit on the Service or its Namespace, or with the Helm value defaults.maxConnectionsPerBackend."),
  LOCAL_PORTS_EXHAUSTED(
      LoadBalancerConditionType.LIMITED,
      TRUE,
      "LocalPortsExhausted",
      "The node has no local port left for a new connection to a backend.",
      "Run more Pods, because the ports count for each of them. Or shorten ballast.dev/idle-timeout, or widen net.ipv4.ip_local_port_range on the node."),
  SEVERAL_LIMITS(
      LoadBalancerConditionType.LIMITED,
      TRUE,
      "SeveralLimits",
      "Nodes reject connections for several of these reasons.",
      "Follow the message. It explains each reason.");

  private final LoadBalancerConditionType type;
  private final ConditionStatus status;
  private final String reason;
  private final String meaning;
  private final String remedy;

  LoadBalancerReason(
      LoadBalancerConditionType type,
      ConditionStatus status,
      Object reason,
      String meaning,
      String remedy) {
    this.type = type;
    this.status = status;
    this.reason = reason.toString();
    this.meaning = meaning;
    this.remedy = remedy;
  }

  static LoadBalancerReason of(ListenFailureReason reason) {
    return switch (reason) {
      case PORT_IN_USE -> PORT_IN_USE;
      case PORT_RESERVED -> PORT_RESERVED;
      case STEERING_FAILED -> STEERING_FAILED;
      case PROTOCOL_NOT_SUPPORTED -> PROTOCOL_NOT_SUPPORTED;
      case PERMISSION_DENIED -> LISTEN_PERMISSION_DENIED;
      case ADDRESS_NOT_AVAILABLE -> ADDRESS_NOT_AVAILABLE;
      case LISTEN_FAILED -> LISTEN_FAILED;
    };
  }

  static LoadBalancerReason of(RejectionReason reason) {
    return switch (reason) {
      case ADDRESS_IN_USE -> ADDRESS_IN_USE;
      case ADDRESS_UNUSABLE -> ADDRESS_UNUSABLE;
      case NOT_ON_LINK -> NOT_ON_LINK;
      case REVERSE_PATH_FILTER -> REVERSE_PATH_FILTER;
      case IPV6_DISABLED -> IPV6_DISABLED;
      case PERMISSION_DENIED -> ANNOUNCE_PERMISSION_DENIED;
      case ROUTE_REFUSED -> ROUTE_REFUSED;
      case ANNOUNCEMENT_FAILED -> ANNOUNCEMENT_FAILED;
    };
  }

  static LoadBalancerReason of(AdmissionResult rejection) {
    return switch (rejection) {
      case ADMITTED -> throw new IllegalArgumentException("an admitted connection has no reason");
      case NODE_BUDGET -> NODE_BUDGET;
      case SERVICE_SHARE -> SERVICE_SHARE;
      case CLIENT_SHARE -> CLIENT_SHARE;
      case SERVICE_LIMIT -> SERVICE_LIMIT;
      case SERVICE_RATE -> SERVICE_RATE;
      case CLIENT_LIMIT -> CLIENT_LIMIT;
      case BACKEND_LIMIT -> BACKEND_LIMIT;
      case PORTS -> LOCAL_PORTS_EXHAUSTED;
    };
  }

  /**
   * The reason that another node reports. Empty if that node has a newer version, with reasons of
   * its own.
   */
  static Optional<LoadBalancerReason> find(LoadBalancerConditionType type, String reason) {
    return Arrays.stream(values())
        .filter(known -> known.type == type && known.reason.equals(reason))
        .findFirst();
  }

  /** The condition's type. */
  public LoadBalancerConditionType type() {
    return type;
  }

  /** The condition's status when it has this reason. */
  public ConditionStatus status() {
    return status;
  }

  /** The reason in CamelCase, as the condition has it. */
  public String reason() {
    return reason;
  }

  /** One sentence or two for a person. */
  public String meaning() {
    return meaning;
  }

  /** What a person can do about it. */
  public String remedy() {
    return remedy;
  }
}
