package dev.ballast.operator.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("feature:address")
class AddressRequestsTest {

  private static final List<IpFamily> BOTH = List.of(IpFamily.IPv6, IpFamily.IPv4);

  @ParameterizedTest
  @ValueSource(strings = {"", "  "})
  void blank_text_requests_any_address(String blank) {
    // When
    AddressRequests requests = AddressRequests.parse(BOTH, blank, blank);

    // Then
    assertThat(requests)
        .isEqualTo(AddressRequests.parse(BOTH, null, null))
        .isEqualTo(
            new AddressRequests.ParsedRequests(
                List.of(AddressRequest.any(IpFamily.IPv6), AddressRequest.any(IpFamily.IPv4))));
  }

  @Test
  void each_family_requests_its_address_and_all_of_them_the_pool() {
    // When
    AddressRequests requests = AddressRequests.parse(BOTH, "192.0.2.10, 2001:DB8:0::1", " lan ");

    // Then
    assertThat(requests)
        .isEqualTo(
            new AddressRequests.ParsedRequests(
                List.of(
                    new AddressRequest(IpFamily.IPv6, ip("2001:db8::1"), "lan"),
                    new AddressRequest(IpFamily.IPv4, ip("192.0.2.10"), "lan"))));
  }

  @Test
  void a_family_without_an_address_requests_any() {
    // When
    AddressRequests requests = AddressRequests.parse(BOTH, "192.0.2.10", null);

    // Then
    assertThat(requests)
        .isEqualTo(
            new AddressRequests.ParsedRequests(
                List.of(
                    AddressRequest.any(IpFamily.IPv6),
                    new AddressRequest(IpFamily.IPv4, ip("192.0.2.10"), null))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "192.0.2                | '192.0.2' is not an IPv4 or IPv6 address",
        "192.0.2.10/32          | '192.0.2.10/32' is not an IPv4 or IPv6 address",
        "web.example.com        | 'web.example.com' is not an IPv4 or IPv6 address",
        "192.0.2.010            | '192.0.2.010' is not an IPv4 or IPv6 address",
        "192.0.2.10,            | '' is not an IPv4 or IPv6 address",
        "192.0.2.10 192.0.2.11  | '192.0.2.10 192.0.2.11' is not an IPv4 or IPv6 address",
        "192.0.2.10,192.0.2.11  | it contains more than one IPv4 address",
        "2001:db8::1            | the Service has no IPv6 in spec.ipFamilies",
      })
  void a_malformed_request_has_a_reason(String text, String reason) {
    // When
    AddressRequests requests = AddressRequests.parse(List.of(IpFamily.IPv4), text, null);

    // Then
    assertThat(requests).isEqualTo(new AddressRequests.MalformedRequest(text, reason));
  }

  private static IpAddress ip(String text) {
    return IpAddress.parse(text).orElseThrow();
  }
}
