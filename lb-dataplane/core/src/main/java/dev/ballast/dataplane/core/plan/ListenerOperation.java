package dev.ballast.dataplane.core.plan;

/** One step from what runs to what is desired. */
public sealed interface ListenerOperation {

  Binding binding();

  /** Stop listening, and end the connections that came in here. */
  record Close(Binding binding, ServiceKey service) implements ListenerOperation {}

  /** Keep the listener and its connections; new connections follow the new claim. */
  record Replace(Binding binding, BindingConfig config) implements ListenerOperation {}

  /** Listen. */
  record Open(Binding binding, BindingConfig config) implements ListenerOperation {}
}
