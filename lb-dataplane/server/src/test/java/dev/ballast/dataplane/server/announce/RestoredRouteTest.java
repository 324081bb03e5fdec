package dev.ballast.dataplane.server.announce;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Other programs of the node change the routes and addresses that an announced address needs. */
@Tag("feature:address")
class RestoredRouteTest {

  private static final String V4 = "198.18.200.77";
  private static final String V6 = "2001:db8:200::77";

  @RegisterExtension final AnnouncerNetwork network = new AnnouncerNetwork();

  @ParameterizedTest
  @ValueSource(strings = {V4, V6})
  void a_local_route_that_another_program_deletes_is_restored_at_once_and_counted(String address)
      throws Exception {
    // Given
    LineProcess announcer = network.announcer();
    network.acquire(announcer, address);

    // When
    deleteRoute(address);

    // Then
    await()
        .atMost(ofSeconds(2))
        .untilAsserted(
            () -> {
              assertThat(network.localRoutes()).contains("local " + address + " dev lo proto 142");
              assertThat(announcer.request("restored")).isEqualTo("1");
            });
    assertThat(announcer.request("acquire " + address)).isEqualTo("Acquired[]");
  }

  @Test
  void a_route_that_this_process_removes_is_neither_restored_nor_counted() throws Exception {
    // Given
    LineProcess announcer = network.announcer();
    network.acquire(announcer, V4);

    // When
    announcer.request("release");

    // Then
    await()
        .during(ofMillis(500))
        .atMost(ofSeconds(2))
        .untilAsserted(() -> assertThat(network.localRoutes()).doesNotContain(V4));
    assertThat(announcer.request("restored")).isEqualTo("0");
  }

  @Test
  void an_address_whose_route_another_program_has_replaced_is_in_use() throws Exception {
    // Given
    LineProcess announcer = network.announcer();
    network.acquire(announcer, V4);

    // When
    network.lan.ipInside("route", "replace", "local", V4, "dev", "lo", "table", "local");

    // Then
    network.awaitResult(announcer, V4, "AddressInUse");
    assertThat(announcer.request("changes")).isEqualTo("1");
    assertThat(announcer.request("restored")).isEqualTo("0");
  }

  @ParameterizedTest
  @CsvSource({V4 + ", 198.18.200.1", V6 + ", 2001:db8:200::1"})
  void processes_of_the_node_talk_to_the_address_from_the_address_of_the_node(
      String address, String source) throws Exception {
    // Given
    LineProcess announcer = network.announcer();

    // When
    network.acquire(announcer, address);

    // Then
    assertThat(network.lan.ipInside("route", "get", address)).contains("src " + source + " ");
  }

  @ParameterizedTest
  @CsvSource({
    V4 + ", 198.18.200.1/24, 198.18.200.51/24",
    V6 + ", 2001:db8:200::1/64, 2001:db8:200::51/64"
  })
  void the_source_follows_when_the_node_gets_another_address(
      String address, String before, String after) throws Exception {
    // Given
    LineProcess announcer = network.announcer();
    network.acquire(announcer, address);

    // When
    network.lan.ipInside("address", "add", after, "dev", "eth0");
    network.lan.ipInside("address", "del", before, "dev", "eth0");
    network.lan.ipInside("address", "replace", after, "dev", "eth0");

    // Then
    String source = after.substring(0, after.indexOf('/'));
    await()
        .atMost(ofSeconds(5))
        .untilAsserted(
            () -> {
              assertThat(network.localRoutes())
                  .containsPattern("local " + address + " dev lo proto 142 .*src " + source);
              assertThat(announcer.request("acquire " + address)).isEqualTo("Acquired[]");
            });
  }

  private void deleteRoute(String address) throws Exception {
    network.lan.ipInside("route", "del", "local", address, "dev", "lo", "table", "local");
  }
}
