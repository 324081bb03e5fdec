package dev.ballast.dataplane.core.admission;

/** Whether a connection or a UDP flow is admitted, or what rejects it. */
public enum AdmissionResult {
  ADMITTED("admitted", "It is admitted."),
  NODE_BUDGET("node_budget", "The node has nothing left for connections of any Service."),
  SERVICE_SHARE("service_share", "The Service uses its fair share of the node's budget."),
  CLIENT_SHARE("client_share", "The client uses its fair share of what the Service may use."),
  SERVICE_LIMIT("service_limit", "The Service has as many connections as its limit allows."),
  SERVICE_RATE("service_rate", "The Service gets more new connections than its limit allows."),
  CLIENT_LIMIT("client_limit", "The client has as many connections as the limit allows."),
  BACKEND_LIMIT("backend_limit", "Every backend has as many connections as the limit allows."),
  PORTS("ports", "The node has no local port left for a connection to the backend.");

  private final String label;
  private final String meaning;

  AdmissionResult(String label, String meaning) {
    this.label = label;
    this.meaning = meaning;
  }

  /** The value of the metric's label. */
  public String label() {
    return label;
  }

  /** One sentence for the documentation. */
  public String meaning() {
    return meaning;
  }
}
