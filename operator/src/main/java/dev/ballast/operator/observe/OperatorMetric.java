package dev.ballast.operator.observe;

import java.util.List;

/**
 * The metrics of the operator. {@link OperatorMetrics} registers them from this list, and the
 * reference documentation is generated from it. A label has few values: a pool, a controller or a
 * result, but never a Service or an address.
 */
public enum OperatorMetric {
  ALLOCATIONS(
      "ballast_allocations_total",
      "counter",
      "result",
      "Results of address requests. The result is assigned, shared, or the reason why the request was rejected: pool_exhausted, no_pool, no_eligible_pool, unknown_pool, address_not_in_pool, address_excluded, address_reserved, address_not_released, address_taken, port_taken or invalid_request. A pending Service requests an address again whenever one may be free."),
  POOL_ADDRESSES(
      "ballast_pool_addresses",
      "gauge",
      "pool,state",
      "Addresses of a pool. The state is allocated or available."),
  ADDRESSES_ALLOCATED(
      "ballast_addresses_allocated",
      "gauge",
      "",
      "Allocated addresses, inside and outside of pools."),
  ADDRESSES_ORPHANED(
      "ballast_addresses_orphaned", "gauge", "", "Allocated addresses that no pool contains."),
  ADDRESSES_CONFLICTING(
      "ballast_addresses_conflicting",
      "gauge",
      "",
      "Addresses that are not assigned for some minutes, because another machine of the LAN uses them."),
  SERVICES_PENDING("ballast_services_pending", "gauge", "", "Services that wait for an address."),
  HEARTBEAT_KEYS(
      "ballast_heartbeat_keys",
      "gauge",
      "",
      "Valid keys in the Secret of the heartbeats. With 0, the nodes exchange no heartbeats. NaN if this replica is not the leader, may not read the Secret, or does not make it."),
  RECONCILE_TIME(
      "ballast_reconcile_seconds",
      "histogram",
      "controller,result",
      "Duration of a reconciliation. The controller is service or addresspool. The result is success or error. A failed reconciliation is retried.");

  private final String metricName;
  private final String type;

  /** Names, separated by commas. */
  private final String labels;

  private final String meaning;

  OperatorMetric(String metricName, String type, String labels, String meaning) {
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
}
