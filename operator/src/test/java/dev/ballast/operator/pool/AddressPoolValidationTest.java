package dev.ballast.operator.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.AddressPoolSpec;
import dev.ballast.operator.ApiServer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the API server itself refuses, before any operator sees it. Nothing is stored here. */
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
        "192.0.2.0/33                     | '192.0.2.0/33' is not an address, a CIDR (192.0.2.0/28) or a range",
        "192.0.2.300                      | '192.0.2.300' is not an address",
        "192.0.2.010                      | '192.0.2.010' is not an address",
        "web.example.com                  | 'web.example.com' is not an address",
        "192.0.2.1-192.0.2.2-192.0.2.3    | '192.0.2.1-192.0.2.2-192.0.2.3' is not an address",
        "192.0.2.1-                       | '192.0.2.1-' is not an address",
        "\"\"                             | '' is not an address",
        "192.0.2.9-192.0.2.1              | the first address of '192.0.2.9-192.0.2.1' is higher than its last",
        "192.0.2.1-2001:db8::1            | the ends of '192.0.2.1-2001:db8::1' are of different families",
        "192.0.2.0/28,192.0.2.8/29        | two entries overlap; an address may stand in one entry only: 192.0.2.0/28, 192.0.2.8/29",
        "192.0.2.0/28,192.0.2.15-192.0.2.20 | two entries overlap",
        "192.0.2.5,192.0.2.1-192.0.2.9    | two entries overlap",
        "192.0.2.1-192.0.2.9,192.0.2.9-192.0.2.12 | two entries overlap",
        "192.0.2.1,192.0.2.1              | two entries overlap",
        "2001:db8::/64,2001:db8::7        | two entries overlap",
        "192.0.2.1,x                      | 'x' is not an address",
      })
  void a_pool_that_cannot_be_meant_is_refused_with_words_for_a_person(
      String entries, String words) {
    assertThatThrownBy(() -> tryOut(pool(entries.split(","))))
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining(words);
  }

  @Test
  void a_pool_of_nothing_is_refused() {
    assertThatThrownBy(() -> tryOut(pool()))
        .isInstanceOf(KubernetesClientException.class)
        .hasMessageContaining("spec.addresses");
  }

  @Test
  void a_pool_or_address_without_spec_is_refused() {
    // Given
    AddressPool pool = new AddressPool();
    pool.getMetadata().setName("empty");
    Address address = new Address();
    address.getMetadata().setName("192.0.2.10");

    // Then
    assertThatThrownBy(() -> tryOut(pool)).hasMessageContaining("spec: Required value");
    assertThatThrownBy(() -> tryOut(address)).hasMessageContaining("spec: Required value");
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
  void a_pool_of_v4_and_v6_entries_is_taken(String entries) {
    assertThat(tryOut(pool(entries.split(",")))).isNotNull();
  }

  private HasMetadata tryOut(HasMetadata object) {
    return client.resource(object).dryRun().create();
  }

  private static AddressPool pool(String... entries) {
    AddressPool pool = new AddressPool();
    pool.getMetadata().setName("pool");
    pool.setSpec(AddressPoolSpec.of(entries.length == 0 ? List.of() : Arrays.asList(entries)));
    return pool;
  }
}
