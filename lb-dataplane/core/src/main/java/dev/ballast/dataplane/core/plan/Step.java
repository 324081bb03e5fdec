package dev.ballast.dataplane.core.plan;

/** One step from what runs to what is desired. */
public sealed interface Step {

  Binding binding();

  /** Stop listening, and end the connections that came in here. */
  record Close(Binding binding, ServiceId service) implements Step {}

  /** Keep the listener and its connections; new connections follow the new claim. */
  record Replace(Binding binding, Claim claim) implements Step {}

  /** Listen. */
  record Open(Binding binding, Claim claim) implements Step {}
}
