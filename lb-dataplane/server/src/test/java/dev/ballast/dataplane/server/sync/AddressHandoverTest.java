package dev.ballast.dataplane.server.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.LoadBalancerStatus;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.cluster.TestObjects;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Node a and a dual-stack Service with an IPv4 address (4) and an IPv6 address (6). */
class AddressHandoverTest {

  private static final ServiceKey WEB = new ServiceKey("default", "web");
  private static final String IPV4 = "198.18.100.7";
  private static final String IPV6 = "2001:db8::7";

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "an owned address is served,                                   46, '',   '',        46",
    "a moving address is retained while no other node announces it, 6,  46,   a=46,      46",
    "… until another node does,                                    6,  46,   a=46 b=4,  6",
    "… whatever else the other announces,                          '', 4,    a=4 b=6,   4",
    "both move to different nodes,                                 '', 46,   a=46 b=6,  4",
    "both have moved,                                              '', 46,   a=46 b=6 c=4, ''",
    "a new owner that cannot announce the address does not have it, '', 4,    a=4 b=,    4",
    "an address that was not served is not retained,               6,  6,    a=46,      6",
    "an address that could not be announced is not retained,       '', 46,   a=4,       4",
    "an address without any report is not retained,                '', 46,   '',        ''",
  })
  void a_node_serves(String what, String owned, String served, String reports, String expected) {
    // Given
    var object = TestObjects.loadBalancer("default", "web", IPV4, IPV6);
    object.setStatus(new LoadBalancerStatus(List.of(), reports(reports)));
    LoadBalancerConfig config = TestObjects.parse(object, "a");

    // When
    var kept =
        AddressHandover.withRetained(
            owned.isEmpty() ? Map.of() : Map.of(WEB, addresses(owned)),
            List.of(config),
            (service, address) -> addresses(served).contains(address),
            "a");

    // Then
    assertThat(kept.getOrDefault(WEB, List.of())).isEqualTo(addresses(expected));
  }

  private static List<NodeReport> reports(String text) {
    return Arrays.stream(text.split(" "))
        .filter(word -> !word.isEmpty())
        .map(word -> word.split("=", 2))
        .map(
            word ->
                new NodeReport(
                    word[0],
                    1L,
                    addresses(word[1]).stream().map(InetAddress::getHostAddress).toList(),
                    List.of(),
                    List.of(),
                    null,
                    List.of()))
        .toList();
  }

  private static List<InetAddress> addresses(String digits) {
    List<InetAddress> addresses = new ArrayList<>();
    if (digits.contains("4")) {
      addresses.add(InetAddress.ofLiteral(IPV4));
    }
    if (digits.contains("6")) {
      addresses.add(InetAddress.ofLiteral(IPV6));
    }
    return addresses;
  }
}
