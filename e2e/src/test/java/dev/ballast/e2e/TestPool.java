package dev.ballast.e2e;

/** Address pools as a user creates them. */
final class TestPool {

  private TestPool() {}

  static void create(String name, Ipv4Range addresses) {
    Kubectl.apply(manifest(name, addresses.toString()));
  }

  static void delete(String name) {
    Terminal.type("kubectl delete addresspool " + name + " --ignore-not-found");
  }

  static String manifest(String name, String... entries) {
    return """
        apiVersion: ballast.dev/v1alpha1
        kind: AddressPool
        metadata:
          name: %s
        spec:
          addresses: ["%s"]
        """
        .formatted(name, String.join("\", \"", entries));
  }
}
