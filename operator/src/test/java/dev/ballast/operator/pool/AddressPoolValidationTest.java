package dev.ballast.operator.pool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.AddressPoolSpec;
import dev.ballast.operator.ApiServer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.ByteArrayInputStream;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The validation by the API server, before an operator sees an object. Nothing is stored. */
@ExtendWith(ApiServer.class)
class AddressPoolValidationTest {

  private final KubernetesClient client;

  AddressPoolValidationTest(KubernetesClient client) {
    this.client = client;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "192.0.2.0/33                     | '192.0.2.0/33' must be an IP address, a CIDR (192.0.2.0/28)"
            + " or a range",
        "192.0.2.300                      | '192.0.2.300' must be an IP address",
        "192.0.2.010                      | '192.0.2.010' must be an IP address",
        "web.example.com                  | 'web.example.com' must be an IP address",
        "192.0.2.1-192.0.2.2-192.0.2.3    | '192.0.2.1-192.0.2.2-192.0.2.3' must be an IP address",
        "192.0.2.1-                       | '192.0.2.1-' must be an IP address",
        "\"\"                             | '' must be an IP address",
        "192.0.2.9-192.0.2.1              | the first address of '192.0.2.9-192.0.2.1' must not"
            + " be higher than the last",
        "192.0.2.1-2001:db8::1            | both ends of '192.0.2.1-2001:db8::1' must have the"
            + " same IP family",
        "192.0.2.0/28,192.0.2.8/29        | entries must not overlap: 192.0.2.0/28,"
            + " 192.0.2.8/29",
        "192.0.2.0/28,192.0.2.15-192.0.2.20 | entries must not overlap",
        "192.0.2.5,192.0.2.1-192.0.2.9    | entries must not overlap",
        "192.0.2.1-192.0.2.9,192.0.2.9-192.0.2.12 | entries must not overlap",
        "192.0.2.1,192.0.2.1              | entries must not overlap",
        "2001:db8::/64,2001:db8::7        | entries must not overlap",
        "192.0.2.1,x                      | 'x' must be an IP address",
        "fe80::1%eth0                     | 'fe80::1%eth0' must be an IP address",
        "::ffff:192.0.2.1                 | '::ffff:192.0.2.1' must be an IP address",
        "192.0.2.1..192.0.2.9             | '192.0.2.1..192.0.2.9' must be an IP address",
        "192.0.2.1 - 192.0.2.9            | '192.0.2.1 - 192.0.2.9' must be an IP address",
        "192.0.2.*                        | '192.0.2.*' must be an IP address",
        "192.0.2.1-/28                    | '192.0.2.1-/28' must be an IP address",
      })
  void an_invalid_pool_is_rejected_with_a_clear_message(String entries, String message) {
    assertThatThrownBy(() -> dryRunCreate(pool(entries.split(","))))
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining(message);
  }

  @Test
  void a_pool_with_too_many_or_too_long_entries_is_rejected() {
    // Given
    String[] many =
        IntStream.rangeClosed(1, 33).mapToObj(i -> "192.0.2." + i).toArray(String[]::new);

    // Then
    assertThatThrownBy(() -> dryRunCreate(pool(many)))
        .hasMessageContaining("spec.addresses: Too many: 33: must have at most 32 items");
    assertThatThrownBy(() -> dryRunCreate(pool("1".repeat(80))))
        .hasMessageContaining("spec.addresses[0]: Too long: may not be more than 79 bytes");
  }

  @Test
  void a_pool_without_addresses_is_rejected() {
    assertThatThrownBy(() -> dryRunCreate(pool()))
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining("spec.addresses");
  }

  @Test
  void a_pool_or_address_without_a_spec_is_rejected() {
    // Given
    AddressPool pool = new AddressPool();
    pool.getMetadata().setName("empty");
    Address address = new Address();
    address.getMetadata().setName("192.0.2.10");

    // Then
    assertThatThrownBy(() -> dryRunCreate(pool)).hasMessageContaining("spec: Required value");
    assertThatThrownBy(() -> dryRunCreate(address)).hasMessageContaining("spec: Required value");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "192.0.2.0/28",
        "192.0.2.7",
        "192.0.2.1-192.0.2.9",
        "192.0.2.0/28,192.0.2.16-192.0.2.20,192.0.2.30",
        "192.0.2.0/28,2001:db8::/64",
        "2001:db8::1,2001:db8::2-2001:db8::f,192.0.2.1",
        "0.0.0.0/0",
        "2001:db8::/128",
      })
  void a_pool_with_ipv4_and_ipv6_entries_is_accepted(String entries) {
    assertThat(dryRunCreate(pool(entries.split(",")))).isNotNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "exclude: [192.0.2.300]                    | '192.0.2.300' must be an IP address",
        "exclude: [192.0.2.9-192.0.2.1]            | the first address of '192.0.2.9-192.0.2.1' must"
            + " not be higher than the last",
        "exclude: [192.0.2.9-2001:db8::1]          | both ends of '192.0.2.9-2001:db8::1' must have"
            + " the same IP family",
        "namespaceQuota: 1000001                   | should be less than or equal to 1000000",
        "namespaceQuota: some                      | spec.namespaceQuota",
        "priority: 3000000000                      | should be less than or equal to 2147483647",
        "disabled: \"yes\"                          | spec.disabled",
        "avoidBuggyIPs: 1                          | spec.avoidBuggyIPs",
        "namespaceSelector: team=a                 | spec.namespaceSelector",
        "namespaceQuota: -1                        | should be greater than or equal to 0",
        "priority: high                            | spec.priority",
        "reclaimPolicy: Recycle                    | Unsupported value: \"Recycle\": supported"
            + " values: \"Delete\", \"Retain\"",
        "autoAssign: sometimes                     | spec.autoAssign",
        "namespaceSelector: {matchExpressions: [{key: team, operator: Like, values: [a]}]} |"
            + " operator must be In, NotIn, Exists or DoesNotExist",
        "namespaceSelector: {matchExpressions: [{key: team, operator: In}]} | values must not"
            + " be empty for the operators In and NotIn",
        "serviceSelector: {matchExpressions: [{key: team, operator: Exists, values: [a]}]} | values"
            + " must be empty for the operators Exists and DoesNotExist",
        "serviceSelector: {matchExpressions: [{operator: Exists}]} |"
            + " spec.serviceSelector.matchExpressions[0].key: Required value",
        "announce: {nodeSelector: {matchExpressions: [{key: a, operator: Like, values: [b]}]}} |"
            + " operator must be In, NotIn, Exists or DoesNotExist",
        "announce: {preferredNodeSelector: {matchExpressions: [{key: a, operator: In}]}} | values"
            + " must not be empty for the operators In and NotIn",
        "announce: {nodeSelector: role=edge}       | spec.announce.nodeSelector",
        "announce: {interfaces: [eth1, en*s0]}     | 'en*s0' must be the name of an interface (eth1),"
            + " or its beginning with an asterisk (enp*)",
        "announce: {interfaces: [sixteen-letters0]} | 'sixteen-letters0' must be the name of an interface",
        "announce: {interfaces: [\"\"]}             | '' must be the name of an interface",
        "announce: {interfaces: [a b]}             | 'a b' must be the name of an interface",
      })
  void an_invalid_rule_is_rejected_with_a_clear_message(String rule, String message) {
    assertThatThrownBy(
            () ->
                dryRunCreate(
                    """
                    apiVersion: ballast.dev/v1alpha1
                    kind: AddressPool
                    metadata: {name: pool}
                    spec:
                      addresses: [192.0.2.0/28]
                      %s
                    """
                        .formatted(rule)))
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining(message);
  }

  @Test
  void a_pool_with_all_rules_is_accepted() {
    assertThat(
            dryRunCreate(
                """
                apiVersion: ballast.dev/v1alpha1
                kind: AddressPool
                metadata: {name: pool}
                spec:
                  addresses: [192.0.2.0/24, "2001:db8::/64"]
                  exclude: [192.0.2.0/28, 192.0.2.1, "2001:db8::1"]
                  avoidBuggyIPs: true
                  autoAssign: false
                  disabled: true
                  priority: -5
                  namespaceSelector: {matchLabels: {team: a}, matchExpressions: [{key: b, operator: DoesNotExist}]}
                  serviceSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [x]}]}
                  namespaceQuota: 0
                  reclaimPolicy: Retain
                  announce:
                    nodeSelector: {matchLabels: {role: edge}, matchExpressions: [{key: b, operator: Exists}]}
                    preferredNodeSelector: {matchExpressions: [{key: zone, operator: In, values: [a, b]}]}
                    interfaces: [eth1, fifteen-letters, fifteen-letter0*, "bond0.100", "*"]
                """))
        .isNotNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "192.0.2.10               | ip: 192.0.2.11    | metadata.name must be the same address"
            + " as spec.ip 192.0.2.11",
        "mine                     | ip: 192.0.2.10    | metadata.name must be the same address"
            + " as spec.ip 192.0.2.10",
        "2001-db8--1              | ip: \"2001:db8::1\" | The name of an IPv6 address has eight"
            + " groups joined by dashes",
        "2001-db8-0-0-0-0-0-01    | ip: \"2001:db8::1\" | The name of an IPv6 address has eight"
            + " groups joined by dashes",
        "192.0.2.300              | ip: 192.0.2.300   | spec.ip '192.0.2.300' must be an IPv4 or"
            + " IPv6 address",
        "192.0.2.10               | ip: 192.0.2.10, reservedFor: {service: web} |"
            + " spec.reservedFor.namespace: Required value",
        "192.0.2.10               | ip: 192.0.2.10, reservedFor: {namespace: \"\"} |"
            + " spec.reservedFor.namespace",
        "192.0.2.10               | reservedFor: {namespace: shop} | spec.ip: Required value",
        "192.0.2.010              | ip: 192.0.2.010   | spec.ip '192.0.2.010' must be an IPv4 or"
            + " IPv6 address",
        "192.0.2.0                | ip: 192.0.2.0/24  | spec.ip '192.0.2.0/24' must be an IPv4 or"
            + " IPv6 address",
        "192.0.2.10               | ip: web.example.com | spec.ip 'web.example.com' must be an IPv4"
            + " or IPv6 address",
        "192.0.2.10               | ip: \"\"          | spec.ip",
        "192.0.2.10               | ip: 192.0.2.10, reservedFor: {namespace: shop, service: \"\"} |"
            + " spec.reservedFor.service",
        "192.0.2.10               | ip: 192.0.2.10, claims: [{namespace: shop, name: web}] |"
            + " spec.claims[0].uid: Required value",
        "192.0.2.10               | ip: 192.0.2.10, claims: [{namespace: shop, name: web, uid: u,"
            + " ports: [{port: 0, protocol: TCP}]}] | should be greater than or equal to 1",
      })
  void an_invalid_address_is_rejected_with_a_clear_message(
      String name, String spec, String message) {
    assertThatThrownBy(() -> dryRunCreate(address(name, spec)))
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "192.0.2.10            | ip: 192.0.2.10",
        "192.0.2.10            | ip: 192.0.2.10, reservedFor: {namespace: shop}",
        "2001-db8-0-0-0-0-0-1  | ip: '2001:db8::1', reservedFor: {namespace: shop, service: web}",
      })
  void a_reservation_is_accepted(String name, String spec) {
    assertThat(dryRunCreate(address(name, spec))).isNotNull();
  }

  private static String address(String name, String spec) {
    return """
    apiVersion: ballast.dev/v1alpha1
    kind: Address
    metadata: {name: %s}
    spec: {%s}
    """
        .formatted(name, spec);
  }

  private Object dryRunCreate(String yaml) {
    return client.load(new ByteArrayInputStream(yaml.getBytes(UTF_8))).dryRun().create();
  }

  private HasMetadata dryRunCreate(HasMetadata object) {
    return client.resource(object).dryRun().create();
  }

  private static AddressPool pool(String... entries) {
    AddressPool pool = new AddressPool();
    pool.getMetadata().setName("pool");
    pool.setSpec(AddressPoolSpec.of(entries.length == 0 ? List.of() : Arrays.asList(entries)));
    return pool;
  }
}
