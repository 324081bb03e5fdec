package dev.ballast.operator.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The L2Advertisements of MetalLB that announce the pool lan. */
@Tag("feature:announce")
class L2AdvertisementConverterTest {

  private static final String POOL =
      """
      apiVersion: metallb.io/v1beta1
      kind: IPAddressPool
      metadata: {name: lan, labels: {zone: a}}
      spec:
        addresses: [192.168.1.240/28]
      """;

  @Test
  void nodes_and_interfaces_of_an_advertisement_become_those_of_the_pool() throws IOException {
    // When
    String manifest =
        convert(
            """
            ipAddressPools: [lan]
            nodeSelectors:
            - matchLabels: {role: edge}
            interfaces: [eth1, eth0]
            """);

    // Then
    assertThat(manifest)
        .endsWith(
            """
              announce:
                nodeSelector:
                  matchLabels:
                    role: "edge"
                interfaces:
                - "eth0"
                - "eth1"
            """)
        .doesNotContain("#");
  }

  @Test
  void selectors_of_one_label_are_joined() throws IOException {
    // When
    String manifest =
        convert(
            """
            nodeSelectors:
            - matchLabels: {kubernetes.io/hostname: n1}
            - matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [n2, n3]}]
            """);

    // Then
    assertThat(manifest)
        .endsWith(
            """
              announce:
                nodeSelector:
                  matchExpressions:
                  - key: "kubernetes.io/hostname"
                    operator: "In"
                    values:
                    - "n1"
                    - "n2"
                    - "n3"
            """)
        .doesNotContain("#");
  }

  @Test
  void selectors_of_several_labels_are_remarked() throws IOException {
    // When
    String manifest =
        convert(
            """
            nodeSelectors:
            - matchLabels: {role: edge}
            - matchLabels: {zone: a}
            """);

    // Then
    assertThat(manifest)
        .contains(
            "# MetalLB announces this pool from the nodes that match one of several selectors, but an AddressPool has one selector. The selectors [{matchLabels={role=edge}}, {matchLabels={zone=a}}] are left out, so every node announces. Write announce.nodeSelector.\n")
        .doesNotContain("announce:\n");
  }

  @Test
  void an_advertisement_without_selectors_lets_every_node_announce() throws IOException {
    // When
    String manifest =
        convert(
            """
            nodeSelectors:
            - matchLabels: {role: edge}
            """,
            "ipAddressPools: [lan, other]");

    // Then
    assertThat(manifest).doesNotContain("announce:", "#");
  }

  @Test
  void only_the_advertisements_of_the_pool_count() throws IOException {
    // When
    String manifest =
        convert(
            """
            ipAddressPools: [other]
            """,
            """
            ipAddressPoolSelectors:
            - matchExpressions: [{key: zone, operator: NotIn, values: [a]}]
            """,
            """
            ipAddressPoolSelectors:
            - matchLabels: {zone: a}
            interfaces: [eth1]
            """);

    // Then
    assertThat(manifest)
        .endsWith("  announce:\n    interfaces:\n    - \"eth1\"\n")
        .doesNotContain("#");
  }

  @Test
  void different_interfaces_of_several_advertisements_are_joined_and_remarked() throws IOException {
    // When
    String manifest = convert("interfaces: [eth1]", "interfaces: [eth0]");

    // Then
    assertThat(manifest)
        .contains("# Several L2Advertisements announce this pool, each by other interfaces.")
        .endsWith("    interfaces:\n    - \"eth0\"\n    - \"eth1\"\n");
  }

  @Test
  void a_pool_without_an_advertisement_is_remarked() throws IOException {
    // When
    String manifest = convert("ipAddressPools: [other]");

    // Then
    assertThat(manifest)
        .contains("# No L2Advertisement names this pool")
        .doesNotContain("announce:");
  }

  @Test
  void selectors_of_services_are_remarked() throws IOException {
    // When
    String manifest = convert("serviceSelectors: [{matchLabels: {tier: front}}]");

    // Then
    assertThat(manifest).contains("# The serviceSelectors of L2Advertisement l2-0 are left out.");
  }

  private static String convert(String... specs) throws IOException {
    StringBuilder input = new StringBuilder(POOL);
    for (int i = 0; i < specs.length; i++) {
      input.append(
          """
          ---
          apiVersion: metallb.io/v1beta1
          kind: L2Advertisement
          metadata: {name: l2-%d}
          spec:
          %s
          """
              .formatted(i, specs[i].strip().indent(2)));
    }
    var out = new ByteArrayOutputStream();
    var errors = new ByteArrayOutputStream();
    int code =
        PrintMetalLbPoolsCommand.run(
            new ByteArrayInputStream(input.toString().getBytes(UTF_8)),
            () -> {
              throw new AssertionError("The command must not read the cluster");
            },
            new PrintStream(out, true, UTF_8),
            new PrintStream(errors, true, UTF_8));
    assertThat(errors.toString(UTF_8)).isEmpty();
    assertThat(code).isZero();
    return out.toString(UTF_8);
  }
}
