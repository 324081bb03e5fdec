package dev.ballast.dataplane.server.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.function.Supplier;

/**
 * The metrics of this node, apart from those of the relay. They are registered from this list, and
 * the reference documentation is generated from it.
 */
public enum NodeMetric {
  ACTIVE(
      "ballast_active",
      "gauge",
      "",
      "1 if this process serves the node. 0 while it prepares to, and while it drains after an"
          + " update."),
  ADDRESS_CONFLICTS(
      "ballast_address_conflicts_total",
      "counter",
      "announcement",
      "Conflicts with another machine, before or after this node announced the address."),
  ADDRESSES_ANNOUNCED(
      "ballast_addresses_announced", "gauge", "", "Addresses that this node announces."),
  ADDRESSES_UNREACHABLE(
      "ballast_addresses_unreachable",
      "gauge",
      "",
      "Addresses that this node announces and that another node does not reach."),
  APPLY_TIME(
      "ballast_apply_seconds", "histogram", "", "Time until the relay serves the desired state."),
  ENDPOINT_SLICES(
      "ballast_endpointslices_kept",
      "gauge",
      "",
      "EndpointSlices in memory, of the Services that this node serves or takes over next."),
  FENCING_LAPSES(
      "ballast_fencing_lapses_total",
      "counter",
      "",
      "Times that this node was silent because its heartbeats were late. Another node may have taken"
          + " over."),
  HEARTBEAT_GAP(
      "ballast_heartbeat_gap_seconds",
      "histogram",
      "",
      "Time between two heartbeats of another node, as they arrive."),
  MEMBERS("ballast_members", "gauge", "", "Nodes that may own addresses."),
  NODE_FINDINGS(
      "ballast_node_findings",
      "gauge",
      "reason",
      "1 for each reason that the LoadBalancerNode of this node lists as a finding, 0 for the"
          + " others."),
  NODES_DEAD(
      "ballast_nodes_dead",
      "gauge",
      "",
      "Nodes that have failed by their heartbeats, and that the API server may still call ready."),
  PROCESS_PAUSE(
      "ballast_process_pause_seconds",
      "histogram",
      "",
      "Pauses of this whole process, by the kernel, the hypervisor or a garbage collection."),
  REPORT_WRITES(
      "ballast_report_writes_total",
      "counter",
      "outcome",
      "Writes of this node's reports to the status of LoadBalancers."),
  ROUTE_REPAIRS(
      "ballast_routes_restored_total",
      "counter",
      "",
      "Local routes of addresses that another program had deleted, and that this node restored."),
  STEERING_MODE(
      "ballast_steering_mode",
      "gauge",
      "mode",
      "1 for the mode of this node, 0 for the others. The mode is tproxy, bind or"
          + " bind-unfiltered."),
  STEERING_REPAIRS(
      "ballast_steering_repairs_total",
      "counter",
      "",
      "Changes of this node's nftables tables by another program, which this node has undone."),
  WATCH_EVENTS(
      "ballast_watch_events_total",
      "counter",
      "kind",
      "Objects that a watch or list delivered or reported as deleted.");

  private final String metricName;
  private final String type;

  /** Names, separated by commas. */
  private final String labels;

  private final String meaning;

  NodeMetric(String metricName, String type, String labels, String meaning) {
    this.metricName = metricName;
    this.type = type;
    this.labels = labels;
    this.meaning = meaning;
  }

  /** The name as Prometheus reads it. */
  public String metricName() {
    return metricName;
  }

  /** The Prometheus type: counter, gauge or histogram. */
  public String type() {
    return type;
  }

  public List<String> labels() {
    return labels.isEmpty() ? List.of() : List.of(labels.split(",", -1));
  }

  /** What the metric counts or measures, in a line for the documentation. */
  public String meaning() {
    return meaning;
  }

  /** Registers it as a gauge without labels. */
  public void gauge(MeterRegistry metrics, Supplier<Number> value) {
    Gauge.builder(meterName(), value).description(meaning).register(metrics);
  }

  /** The name for Micrometer, which adds {@code _total} and {@code _seconds} by itself. */
  public String meterName() {
    return metricName.replaceFirst("_(total|seconds)$", "").replace('_', '.');
  }
}
