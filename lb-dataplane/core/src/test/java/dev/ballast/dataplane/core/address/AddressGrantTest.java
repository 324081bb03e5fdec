package dev.ballast.dataplane.core.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.plan.ServiceKey;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressGrantTest {

  private static final AddressGrant SHARED =
      new AddressGrant(
          List.of(
              new AddressGrant.Grantee(new ServiceKey("shop", "web"), "u1"),
              new AddressGrant.Grantee(new ServiceKey("shop", "mail"), "u2")));

  @ParameterizedTest(name = "{3}")
  @CsvSource({
    "shop/web, u1, true, the Service of a claim",
    "shop/mail, u2, true, the Service of another claim",
    "shop/web, u9, false, a later Service of the same name",
    "shop/mail, u1, false, a Service with the UID of another one",
    "evil/web, u1, false, a Service of another namespace",
    "shop/web, , true, a LoadBalancer that does not name the UID of its Service",
    "evil/web, , false, the same in another namespace",
  })
  void an_address_belongs_to_the_services_that_it_names(
      String service, String uid, boolean expected, String what) {
    // Given
    String[] parts = service.split("/");

    // When
    boolean included =
        SHARED.includes(new ServiceKey(parts[0], parts[1]), Optional.ofNullable(uid));

    // Then
    assertThat(included).isEqualTo(expected);
  }
}
