package dev.ballast.operator.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Output of {@code kubectl get ipaddresspools -o yaml | … --print-metallb-pools -}. */
@Tag("feature:address")
class PrintMetalLbPoolsCommandTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

  @Test
  void each_ip_address_pool_becomes_an_address_pool() throws IOException {
    // Given
    String metalLbPools =
        """
        apiVersion: v1
        kind: List
        items:
        - apiVersion: metallb.io/v1beta1
          kind: IPAddressPool
          metadata: {name: lan, namespace: metallb-system}
          spec:
            addresses: [192.168.1.240-192.168.1.250, "2001:db8::/120"]
            autoAssign: true
            avoidBuggyIPs: false
          status: {assignedIPv4: 3}
        - apiVersion: metallb.io/v1beta1
          kind: IPAddressPool
          metadata: {name: dmz, namespace: metallb-system}
          spec:
            addresses: [198.51.100.0/24]
            autoAssign: false
            avoidBuggyIPs: true
            serviceAllocation:
              priority: 10
              namespaces: [web, mail]
              serviceSelectors:
              - matchLabels: {tier: front}
        - apiVersion: metallb.io/v1beta1
          kind: IPAddressPool
          metadata: {name: tail, namespace: metallb-system}
          spec:
            addresses: [203.0.113.7/32]
            serviceAllocation: {priority: 50}
        - apiVersion: metallb.io/v1beta1
          kind: L2Advertisement
          metadata: {name: all, namespace: metallb-system}
        """;

    // When
    int code = run(metalLbPools);

    // Then
    assertThat(code).isZero();
    assertThat(errors.toString(UTF_8)).isEmpty();
    assertThat(out.toString(UTF_8))
        .isEqualTo(
            """
            ---
            apiVersion: "ballast.dev/v1alpha1"
            kind: "AddressPool"
            metadata:
              name: "dmz"
            spec:
              addresses:
              - "198.51.100.0/24"
              avoidBuggyIPs: true
              autoAssign: false
              priority: 41
              namespaceSelector:
                matchExpressions:
                - key: "kubernetes.io/metadata.name"
                  operator: "In"
                  values:
                  - "web"
                  - "mail"
              serviceSelector:
                matchLabels:
                  tier: "front"
            ---
            apiVersion: "ballast.dev/v1alpha1"
            kind: "AddressPool"
            metadata:
              name: "lan"
            spec:
              addresses:
              - "192.168.1.240-192.168.1.250"
              - "2001:db8::/120"
            ---
            apiVersion: "ballast.dev/v1alpha1"
            kind: "AddressPool"
            metadata:
              name: "tail"
            spec:
              addresses:
              - "203.0.113.7/32"
              priority: 1
            """);
  }

  @Test
  void what_cannot_be_translated_is_remarked_and_assigns_no_address_by_accident()
      throws IOException {
    // Given
    String metalLbPools =
        """
        apiVersion: metallb.io/v1beta1
        kind: IPAddressPool
        metadata: {name: lan}
        spec:
          addresses: [192.168.1.240/28]
          serviceAllocation:
            namespaceSelectors:
            - matchLabels: {team: a}
            - matchLabels: {tier: front}
        """;

    // When
    int code = run(metalLbPools);

    // Then
    assertThat(code).isZero();
    assertThat(out.toString(UTF_8))
        .contains(
            "# MetalLB uses this pool if one of several selectors matches, but an AddressPool has one selector. The selectors [{matchLabels={team=a}}, {matchLabels={tier=front}}] are left out, and autoAssign is false. Write namespaceSelector, and remove autoAssign.\n")
        .contains("  autoAssign: false\n")
        .doesNotContain("namespaceSelector:");
  }

  @Test
  void a_range_with_spaces_around_its_dash_is_written_without_them() throws IOException {
    // Given
    String metalLbPools =
        """
        apiVersion: metallb.io/v1beta1
        kind: IPAddressPool
        metadata: {name: lan}
        spec:
          addresses: ["192.168.1.240 - 192.168.1.250", " 2001:db8::1  -2001:db8::9 "]
        """;

    // When
    int code = run(metalLbPools);

    // Then
    assertThat(code).isZero();
    assertThat(out.toString(UTF_8))
        .contains("- \"192.168.1.240-192.168.1.250\"\n", "- \"2001:db8::1-2001:db8::9\"\n");
  }

  @Test
  void a_pool_with_more_entries_than_an_address_pool_can_have_becomes_several() throws IOException {
    // Given
    String metalLbPools =
        """
        apiVersion: v1
        kind: List
        items:
        - apiVersion: metallb.io/v1beta1
          kind: IPAddressPool
          metadata: {name: lan}
          spec:
            addresses: [%s]
            autoAssign: false
        - apiVersion: metallb.io/v1beta1
          kind: IPAddressPool
          metadata: {name: lan-2}
          spec:
            addresses: [198.51.100.0/24]
        """
            .formatted(
                IntStream.range(0, 70)
                    .mapToObj(i -> "192.168.1." + 2 * i)
                    .collect(Collectors.joining(", ")));

    // When
    int code = run(metalLbPools);

    // Then
    assertThat(code).isZero();
    String manifest = out.toString(UTF_8);
    assertThat(manifest.lines().filter(line -> line.startsWith("  name:")))
        .as("the name of another pool is left out")
        .containsExactly(
            "  name: \"lan\"", "  name: \"lan-3\"", "  name: \"lan-4\"", "  name: \"lan-2\"");
    assertThat(manifest.split("---\n"))
        .filteredOn(pool -> pool.contains("192.168.1."))
        .hasSize(3)
        .allSatisfy(
            pool ->
                assertThat(pool.lines().filter(line -> line.startsWith("  - ")))
                    .hasSizeLessThanOrEqualTo(32))
        .allSatisfy(pool -> assertThat(pool).contains("autoAssign: false"));
    assertThat(manifest.lines().filter(line -> line.startsWith("  - \"192.168.1.")))
        .doesNotHaveDuplicates()
        .hasSize(70);
    assertThat(manifest)
        .contains(
            "# IPAddressPool lan has 70 entries, but an AddressPool can have 32. The rest is in"
                + " lan-3, lan-4. A Service that requests the pool lan gets only addresses of lan.\n");
  }

  @Test
  void input_without_a_pool_differs_from_malformed_input() throws IOException {
    // Given
    String none = "apiVersion: v1\nkind: List\nitems: []\n";

    // When
    int code = run(none);

    // Then
    assertThat(code).isEqualTo(1);
    assertThat(out.toString(UTF_8)).isEmpty();
    assertThat(errors.toString(UTF_8))
        .isEqualTo(
            "ballast-operator: The input contains no IPAddressPool of MetalLB."
                + System.lineSeparator());
  }

  @Test
  void malformed_input_is_rejected_with_a_hint_how_to_pass_it() throws IOException {
    // When
    int code = run("items: [ {kind: IPAddressPool");

    // Then
    assertThat(code).isEqualTo(1);
    assertThat(errors.toString(UTF_8))
        .startsWith("ballast-operator: Cannot read the IPAddressPools: ")
        .contains("Use the options --print-metallb-pools -,")
        .contains("kubectl get ipaddresspools.metallb.io,l2advertisements.metallb.io -A -o yaml");
  }

  private int run(String yaml) throws IOException {
    return PrintMetalLbPoolsCommand.run(
        new ByteArrayInputStream(yaml.getBytes(UTF_8)),
        () -> {
          throw new AssertionError("The command must not read the cluster");
        },
        new PrintStream(out, true, UTF_8),
        new PrintStream(errors, true, UTF_8));
  }
}
