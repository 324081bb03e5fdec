package dev.ballast.dataplane.core.endpoint;

import static dev.ballast.dataplane.core.Endpoints.NOT_READY;
import static dev.ballast.dataplane.core.Endpoints.READY;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("feature:families")
class AddressFamilyFilterTest {

  @ParameterizedTest(name = "behind {0}, of {1}: {2}")
  @CsvSource({
    "198.18.100.7, 10.0.0.1 fd00::1 10.0.0.2 fd00::2, 10.0.0.1 10.0.0.2",
    "2001:db8::7,  10.0.0.1 fd00::1 10.0.0.2 fd00::2, fd00::1 fd00::2",
    "198.18.100.7, 10.0.0.1 10.0.0.2,                 10.0.0.1 10.0.0.2",
    "2001:db8::7,  10.0.0.1 10.0.0.2,                 10.0.0.1 10.0.0.2",
    "198.18.100.7, fd00::1,                           fd00::1",
    "198.18.100.7, '',                                ''",
  })
  void an_address_has_the_endpoints_of_its_family_or_else_all_endpoints(
      String address, String endpoints, String expected) {
    assertThat(AddressFamilyFilter.filter(InetAddress.ofLiteral(address), endpoints(endpoints)))
        .containsExactlyElementsOf(endpoints(expected));
  }

  /** They are the same Pods: a Pod that is not ready is not ready in both families. */
  @Test
  void endpoints_of_the_family_that_are_not_ready_are_not_replaced_by_the_other_family() {
    // Given
    Endpoint unready = endpoint("fd00::1", NOT_READY);

    // When
    List<Endpoint> behind =
        AddressFamilyFilter.filter(
            InetAddress.ofLiteral("2001:db8::7"), List.of(endpoint("10.0.0.1", READY), unready));

    // Then
    assertThat(behind).containsExactly(unready);
  }

  private static List<Endpoint> endpoints(String addresses) {
    return Arrays.stream(addresses.split(" "))
        .filter(text -> !text.isEmpty())
        .map(text -> endpoint(text, READY))
        .toList();
  }

  private static Endpoint endpoint(String address, Endpoint.EndpointConditions conditions) {
    return new Endpoint(
        InetAddress.ofLiteral(address), 8080, "pod", "node", conditions, TopologyHints.NONE);
  }
}
