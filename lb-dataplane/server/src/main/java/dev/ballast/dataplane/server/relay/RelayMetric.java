package dev.ballast.dataplane.server.relay;

import java.util.List;

/**
 * The metrics of the relay. {@link RelayMetrics} registers them from this list, and the reference
 * documentation is generated from it. No label names a Pod or a client, so that their number does
 * not grow with either.
 */
public enum RelayMetric {
  CONNECTIONS_ACTIVE(
      "ballast_connections_active",
      "gauge",
      "namespace,service,port,protocol",
      "Open TCP connections, or UDP flows, of a Service port."),
  CONNECTIONS(
      "ballast_connections_total",
      "counter",
      "namespace,service,port,protocol",
      "Accepted TCP connections, or UDP flows, of a Service port."),
  CONNECTIONS_DENIED(
      "ballast_connections_denied_total",
      "counter",
      "namespace,service,port,protocol",
      "TCP connections, or UDP datagrams, that loadBalancerSourceRanges does not allow."),
  CONNECTIONS_REJECTED(
      "ballast_connections_rejected_total",
      "counter",
      "namespace,service,port,protocol,reason",
      "TCP connections, or UDP datagrams of new flows, that a limit or the budget of the node rejects. The reason is node_budget, service_share, client_share, service_limit, service_rate, client_limit, backend_limit or ports."),
  BACKEND_CONNECT_FAILURES(
      "ballast_backend_connect_failures_total",
      "counter",
      "namespace,service,port,protocol",
      "Failed attempts to connect to a backend. One client connection may count several times and succeed at last, because the relay tries another backend."),
  UDP_FLOWS_EVICTED(
      "ballast_udp_flows_evicted_total",
      "counter",
      "namespace,service,port,protocol",
      "UDP flows that were ended to make room for a new connection or flow. Only for UDP ports."),
  BUDGET_CAPACITY(
      "ballast_budget_capacity",
      "gauge",
      "resource",
      "What the connections of all Services may use of the node. The resource is descriptors, udp_ports or affinity_entries."),
  BUDGET_USED(
      "ballast_budget_used",
      "gauge",
      "resource",
      "What the connections of all Services use of the node. The resource is descriptors, udp_ports or affinity_entries."),
  BYTES(
      "ballast_bytes_total",
      "counter",
      "namespace,service,port,protocol,direction",
      "Relayed bytes. The direction is in (client to backend) or out (backend to client)."),
  FRONTENDS_LISTENING(
      "ballast_frontends_listening",
      "gauge",
      "namespace,service",
      "Service ports that this node listens on."),
  FRONTENDS_FAILED(
      "ballast_frontends_failed",
      "gauge",
      "namespace,service,reason",
      "Service ports that this node cannot listen on. The reason is PortInUse, PortReserved, SteeringFailed, ProtocolNotSupported, PermissionDenied, AddressNotAvailable or ListenFailed."),
  BACKENDS(
      "ballast_backends",
      "gauge",
      "namespace,service,state",
      "Backends of a Service. The state is healthy, unhealthy, not_ready or draining.");

  private final String metricName;
  private final String type;

  /** Names, separated by commas. */
  private final String labels;

  private final String meaning;

  RelayMetric(String metricName, String type, String labels, String meaning) {
    this.metricName = metricName;
    this.type = type;
    this.labels = labels;
    this.meaning = meaning;
  }

  /** The name as Prometheus reads it. */
  public String metricName() {
    return metricName;
  }

  /** The Prometheus type: counter or gauge. */
  public String type() {
    return type;
  }

  public List<String> labels() {
    return List.of(labels.split(",", -1));
  }

  /** What the metric counts or measures, in a line for the documentation. */
  public String meaning() {
    return meaning;
  }

  /** The name for Micrometer, which adds {@code _total} to counters by itself. */
  String meterName() {
    return metricName.replaceFirst("_total$", "").replace('_', '.');
  }
}
