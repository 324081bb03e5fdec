package dev.ballast.operator.ipam;

/**
 * A Service that holds or wants addresses.
 *
 * @param uid tells it from a later Service of the same name
 */
public record Claimant(String namespace, String name, String uid) {

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
