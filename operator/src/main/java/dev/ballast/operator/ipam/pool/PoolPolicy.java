package dev.ballast.operator.ipam.pool;

import org.jspecify.annotations.Nullable;

/**
 * To whom a pool gives addresses, and what becomes of them.
 *
 * @param autoAssign false: only who asks for the pool or for an address of it
 * @param disabled whether it gives no more
 * @param deleting whether it is about to go: it gives no more, and what is held has to leave
 * @param priority of pools that would do, the highest comes first; of equals, by name
 * @param namespaceQuota how many addresses a namespace may have; null: any number
 * @param retains whether an address stays reserved for the name of a Service that is gone
 */
public record PoolPolicy(
    boolean autoAssign,
    boolean disabled,
    boolean deleting,
    int priority,
    LabelMatcher namespaces,
    LabelMatcher services,
    @Nullable Integer namespaceQuota,
    boolean retains) {

  /** For everybody. */
  public static final PoolPolicy OPEN =
      new PoolPolicy(true, false, false, 0, LabelMatcher.ALL, LabelMatcher.ALL, null, false);
}
