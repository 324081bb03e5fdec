package dev.ballast.operator.service.status;

import java.util.Arrays;
import java.util.Optional;

/**
 * Types of the conditions that the operator sets on a Service. Server-side apply lets the
 * conditions of other controllers stand, so that only these are compared and written.
 */
public enum ServiceConditionType {
  ALLOCATED(
      "ballast.dev/Allocated",
      true,
      "Says whether the Service has every address that it requests."),
  ANNOUNCED(
      "ballast.dev/Announced",
      true,
      "Says whether a node announces every address of the Service. When a node reports an obstacle, the reason is the one of the LoadBalancer's Announced condition."),

  /** {@code LoadBalancerPortsError} of the Service API (KEP-1435). */
  PORTS_ERROR(
      "LoadBalancerPortsError",
      false,
      "Exists only while a port of the Service cannot be served. status.loadBalancer.ingress[].ports[].error names the error of each port."),
  CONFLICT(
      "ballast.dev/Conflict",
      false,
      "Exists only while another machine answers for a published address of the Service."),
  LIMITED(
      "ballast.dev/Limited",
      false,
      "Exists only while a node rejects new connections because of a limit. The LoadBalancer's Limited condition has the reason.");

  private final String type;
  private final boolean goodWhenTrue;
  private final String meaning;

  ServiceConditionType(String type, boolean goodWhenTrue, String meaning) {
    this.type = type;
    this.goodWhenTrue = goodWhenTrue;
    this.meaning = meaning;
  }

  /** The type as {@code status.conditions} has it. */
  public String type() {
    return type;
  }

  /** What the condition says, in a line for the documentation. */
  public String meaning() {
    return meaning;
  }

  /** Whether a condition with this status needs no attention. */
  public boolean isGood(boolean status) {
    return status == goodWhenTrue;
  }

  /** Empty for the type of another controller's condition. */
  public static Optional<ServiceConditionType> of(String type) {
    return Arrays.stream(values()).filter(known -> known.type.equals(type)).findFirst();
  }
}
