package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.pool.LabelMatcher;
import dev.ballast.operator.ipam.pool.PoolPolicy;
import org.jspecify.annotations.Nullable;

/** Builds a pool policy that differs from {@link PoolPolicy#OPEN} in some rules. */
final class PolicyBuilder {

  private boolean autoAssign = true;
  private boolean disabled;
  private boolean deleting;
  private int priority;
  private LabelMatcher namespaces = LabelMatcher.ALL;
  private LabelMatcher services = LabelMatcher.ALL;
  private @Nullable Integer quota;
  private boolean retains;

  PolicyBuilder autoAssign(boolean value) {
    autoAssign = value;
    return this;
  }

  PolicyBuilder disabled(boolean value) {
    disabled = value;
    return this;
  }

  PolicyBuilder deleting(boolean value) {
    deleting = value;
    return this;
  }

  PolicyBuilder priority(int value) {
    priority = value;
    return this;
  }

  PolicyBuilder namespaces(LabelMatcher value) {
    namespaces = value;
    return this;
  }

  PolicyBuilder services(LabelMatcher value) {
    services = value;
    return this;
  }

  PolicyBuilder namespaceQuota(int value) {
    quota = value;
    return this;
  }

  PolicyBuilder retains(boolean value) {
    retains = value;
    return this;
  }

  PoolPolicy build() {
    return new PoolPolicy(
        autoAssign, disabled, deleting, priority, namespaces, services, quota, retains);
  }
}
