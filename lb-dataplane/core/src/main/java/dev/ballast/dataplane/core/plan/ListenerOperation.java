package dev.ballast.dataplane.core.plan;

/** An operation on a listener, as part of a {@link ListenerPlan}. */
public sealed interface ListenerOperation {

  Binding binding();

  /** Stop listening, and reset the connections that this listener accepted. */
  record Close(Binding binding, ServiceKey service) implements ListenerOperation {}

  /** Keep the listener and its connections; new connections use the new configuration. */
  record Replace(Binding binding, BindingConfig config) implements ListenerOperation {}

  /** Start to listen. */
  record Open(Binding binding, BindingConfig config) implements ListenerOperation {}
}
