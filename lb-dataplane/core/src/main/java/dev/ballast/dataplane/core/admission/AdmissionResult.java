package dev.ballast.dataplane.core.admission;

/** Whether a connection or a UDP flow is admitted, or what rejects it. */
public enum AdmissionResult {
  /** It is admitted. */
  ADMITTED("admitted"),
  /** The node has nothing left for connections of any Service. */
  NODE_BUDGET("node_budget"),
  /** The Service uses its fair share of the node's budget. */
  SERVICE_SHARE("service_share"),
  /** The client uses its fair share of what the Service may use. */
  CLIENT_SHARE("client_share"),
  /** The Service has as many connections as its limit allows. */
  SERVICE_LIMIT("service_limit"),
  /** The Service gets more new connections than its limit allows. */
  SERVICE_RATE("service_rate"),
  /** The client has as many connections as the limit allows. */
  CLIENT_LIMIT("client_limit"),
  /** Every backend has as many connections as the limit allows. */
  BACKEND_LIMIT("backend_limit"),
  /** The node has no local port left for a connection to the backend. */
  PORTS("ports");

  private final String label;

  AdmissionResult(String label) {
    this.label = label;
  }

  /** The value of the metric's label. */
  public String label() {
    return label;
  }
}
