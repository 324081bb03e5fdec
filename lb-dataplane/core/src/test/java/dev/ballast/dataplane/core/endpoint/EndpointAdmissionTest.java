package dev.ballast.dataplane.core.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.Endpoints;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("feature:endpoints")
class EndpointAdmissionTest {

  private static final Set<InetAddress> LOAD_BALANCERS =
      Set.of(Endpoints.address("198.18.100.7"), Endpoints.address("2001:db8::7"));
  private static final Set<InetAddress> NODES =
      Set.of(Endpoints.address("198.18.0.1"), Endpoints.address("2001:db8::1"));

  @ParameterizedTest(name = "{0}, Pod ''{1}'', only Pods: {2}")
  @CsvSource({
    "10.0.0.1, web-1, false, ",
    "10.0.0.1, web-1, true, ",
    "192.0.2.9, '', false, ",
    "192.0.2.9, '', true, NO_POD",
    "198.18.0.1, web-1, false, ",
    "198.18.0.1, web-1, true, ",
    "198.18.0.1, '', false, NODE_ADDRESS",
    "198.18.0.1, '', true, NODE_ADDRESS",
    "2001:db8::1, '', false, NODE_ADDRESS",
    "198.18.100.7, '', false, LOAD_BALANCER_ADDRESS",
    "198.18.100.7, web-1, false, LOAD_BALANCER_ADDRESS",
    "2001:db8::7, web-1, false, LOAD_BALANCER_ADDRESS",
    "::ffff:198.18.100.7, web-1, false, LOAD_BALANCER_ADDRESS",
    "169.254.169.254, web-1, false, SPECIAL_ADDRESS",
    "::ffff:169.254.169.254, web-1, false, SPECIAL_ADDRESS",
    "fe80::1, web-1, false, SPECIAL_ADDRESS",
    "febf::1, web-1, false, SPECIAL_ADDRESS",
    "fec0::1, web-1, false, ",
    "127.0.0.1, web-1, false, SPECIAL_ADDRESS",
    "127.9.9.9, web-1, false, SPECIAL_ADDRESS",
    "::1, web-1, false, SPECIAL_ADDRESS",
    "224.0.0.1, web-1, false, SPECIAL_ADDRESS",
    "ff02::1, web-1, false, SPECIAL_ADDRESS",
    "0.0.0.0, web-1, false, SPECIAL_ADDRESS",
    "::, web-1, false, SPECIAL_ADDRESS",
    "255.255.255.255, web-1, false, SPECIAL_ADDRESS",
  })
  void an_endpoint_that_is_not_a_backend_is_refused(
      String address, String pod, boolean podsOnly, EndpointRefusal expected) {
    // Given
    var admission = new EndpointAdmission(LOAD_BALANCERS::contains, NODES::contains, podsOnly);
    Endpoint good = Endpoints.endpoint(1, Endpoints.READY);
    Endpoint other =
        new Endpoint(Endpoints.address(address), 80, pod, "", Endpoints.READY, TopologyHints.NONE);

    // When
    EndpointAdmission.AdmittedEndpoints result = admission.admit(List.of(good, other));

    // Then
    if (expected == null) {
      assertThat(result.admitted()).containsExactly(good, other);
      assertThat(result.refused()).isEmpty();
    } else {
      assertThat(result.admitted()).containsExactly(good);
      assertThat(result.refused())
          .containsExactly(new EndpointAdmission.RefusedEndpoint(other, expected));
    }
  }
}
