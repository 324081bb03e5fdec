package dev.ballast.operator.ipam.pool;

/**
 * A reference to a Service.
 *
 * @param uid distinguishes it from a later Service of the same name
 */
public record ServiceRef(String namespace, String name, String uid) {

  /** Stands for an Address without a claim, with which a person reserves the address. */
  public static ServiceRef reserved(String name, String uid) {
    return new ServiceRef("", name, uid);
  }

  /** Whether it stands for an Address without a claim. */
  public boolean isReservation() {
    return namespace.isEmpty();
  }

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
