package dev.ballast.operator.ipam;

import org.jspecify.annotations.Nullable;

/** A policy that differs from an open one in some points. */
final class Policy {

  private boolean autoAssign = true;
  private boolean disabled;
  private boolean deleting;
  private int priority;
  private Selector namespaces = Selector.ALL;
  private Selector services = Selector.ALL;
  private @Nullable Integer quota;
  private boolean retains;

  Policy autoAssign(boolean value) {
    autoAssign = value;
    return this;
  }

  Policy disabled(boolean value) {
    disabled = value;
    return this;
  }

  Policy deleting(boolean value) {
    deleting = value;
    return this;
  }

  Policy priority(int value) {
    priority = value;
    return this;
  }

  Policy namespaces(Selector value) {
    namespaces = value;
    return this;
  }

  Policy services(Selector value) {
    services = value;
    return this;
  }

  Policy namespaceQuota(int value) {
    quota = value;
    return this;
  }

  Policy retains(boolean value) {
    retains = value;
    return this;
  }

  PoolPolicy build() {
    return new PoolPolicy(
        autoAssign, disabled, deleting, priority, namespaces, services, quota, retains);
  }
}
