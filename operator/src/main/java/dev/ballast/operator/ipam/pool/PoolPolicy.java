package dev.ballast.operator.ipam.pool;

import org.jspecify.annotations.Nullable;

/**
 * The rules of a pool: which Services get addresses of it, and what happens to released addresses.
 *
 * @param autoAssign false: only Services that request the pool, or an address of it
 * @param disabled whether it allocates no more addresses
 * @param deleting whether it is being deleted: it allocates no more addresses, and its deletion
 *     waits until they are released
 * @param priority the pool with the highest value takes precedence; of equal ones, the first name
 * @param namespaceQuota the most addresses of a namespace; null: no limit
 * @param retains whether a released address stays reserved for the name of its Service
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

  /** For every Service. */
  public static final PoolPolicy OPEN =
      new PoolPolicy(true, false, false, 0, LabelMatcher.ALL, LabelMatcher.ALL, null, false);
}
