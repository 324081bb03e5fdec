package dev.ballast.operator.ipam.pool;

/**
 * A Service that holds or wants addresses.
 *
 * @param uid tells it from a later Service of the same name
 */
public record ServiceRef(String namespace, String name, String uid) {

  /** An Address that no Service claims: a person made it, so that nobody is given it. */
  public static ServiceRef reserved(String name, String uid) {
    return new ServiceRef("", name, uid);
  }

  /** Whether this is a person's reservation. */
  public boolean isReservation() {
    return namespace.isEmpty();
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
