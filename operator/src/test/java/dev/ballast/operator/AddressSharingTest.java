package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.api.v1alpha1.FrontendSpec;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.ServiceClaim;
import dev.ballast.operator.service.settings.InstallationDefaults;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Services that share an address by a sharing key. */
@Tag("feature:address")
class AddressSharingTest extends OperatorTest {

  private static final String TEN = "192.0.2.10";

  AddressSharingTest(KubernetesClient client) {
    super(client);
  }

  @BeforeEach
  void a_pool() {
    pool("192.0.2.10-192.0.2.30");
  }

  @Test
  void services_with_one_key_and_different_ports_share_one_address() {
    // Given
    create(annotated(sharing("web", 80), ApiNames.ADDRESS_ANNOTATION, TEN));
    awaitPublished("web", TEN);

    // When
    create(sharing("mail", 25));

    // Then
    awaitPublished("mail", TEN);
    assertThat(addresses())
        .singleElement()
        .satisfies(
            address ->
                assertThat(address.getSpec().claims())
                    .extracting(claim -> claim.name() + " " + claim.ports().getFirst().port())
                    .containsExactlyInAnyOrder("web 80", "mail 25"));
  }

  @Test
  void a_service_whose_port_is_in_use_gets_an_address_of_its_own() {
    // Given
    create(annotated(sharing("web", 80), ApiNames.ADDRESS_ANNOTATION, TEN));
    awaitPublished("web", TEN);

    // When
    create(sharing("other", 80));

    // Then
    await().untilAsserted(() -> assertThat(published("other")).isNotEmpty().isNotEqualTo(TEN));
  }

  @Test
  void a_request_for_the_address_with_a_port_in_use_names_the_holder() {
    // Given
    create(annotated(sharing("web", 80), ApiNames.ADDRESS_ANNOTATION, TEN));
    awaitPublished("web", TEN);

    // When
    create(annotated(sharing("other", 80), ApiNames.ADDRESS_ANNOTATION, TEN));

    // Then
    await()
        .untilAsserted(
            () ->
                assertThat(condition("other", "ballast.dev/Allocated").orElseThrow().getMessage())
                    .isEqualTo(
                        "Address 192.0.2.10 cannot be shared. Service %s/web uses port 80/TCP on it. Request another address, or change the port of one of the Services."
                            .formatted(namespace)));
  }

  @Test
  void without_the_sharing_key_an_address_is_not_shared() {
    // Given
    create(annotated(sharing("web", 80), ApiNames.ADDRESS_ANNOTATION, TEN));
    awaitPublished("web", TEN);

    // When
    create(annotated(loadBalancer("other", 25), ApiNames.ADDRESS_ANNOTATION, TEN));

    // Then
    await()
        .untilAsserted(
            () ->
                assertThat(condition("other", "ballast.dev/Allocated").orElseThrow().getReason())
                    .isEqualTo("AddressTaken"));
  }

  @Test
  void a_release_removes_one_claim_and_the_last_one_deletes_the_address() {
    // Given
    create(annotated(sharing("web", 80), ApiNames.ADDRESS_ANNOTATION, TEN));
    awaitPublished("web", TEN);
    create(sharing("mail", 25));
    awaitPublished("mail", TEN);

    // When
    client.services().inNamespace(namespace).withName("web").delete();

    // Then
    await()
        .untilAsserted(
            () ->
                assertThat(addresses().getFirst().getSpec().claims())
                    .extracting(ServiceClaim::name)
                    .containsExactly("mail"));
    assertThat(published("mail")).isEqualTo(TEN);
    client.services().inNamespace(namespace).withName("mail").delete();
    await().untilAsserted(() -> assertThat(addresses()).isEmpty());
  }

  @Test
  void a_port_in_use_is_rejected_and_served_once_it_is_free() {
    // Given
    create(annotated(sharing("web", 80), ApiNames.ADDRESS_ANNOTATION, TEN));
    awaitPublished("web", TEN);
    create(sharing("mail", 25, 26));
    awaitPublished("mail", TEN);

    // When
    changePort("mail", 26, 80);

    // Then
    await()
        .untilAsserted(
            () -> {
              assertThat(condition("mail", "LoadBalancerPortsError").orElseThrow().getMessage())
                  .isEqualTo(
                      "Port 80/TCP: Service %s/web uses it on the shared address 192.0.2.10. Change the port of one of the Services."
                          .formatted(namespace));
              assertThat(ingress("mail").orElseThrow().getPorts())
                  .extracting(port -> port.getPort() + " " + port.getError())
                  .containsExactly("25 null", "80 ballast.dev/PortTaken");
            });
    assertThat(portsServed("mail")).containsExactly(25);
    client.services().inNamespace(namespace).withName("web").delete();
    await().untilAsserted(() -> assertThat(portsServed("mail")).containsExactly(25, 80));
    await().untilAsserted(() -> assertThat(condition("mail", "LoadBalancerPortsError")).isEmpty());
  }

  @Test
  void a_service_whose_key_is_removed_moves_to_an_address_of_its_own() {
    // Given
    create(annotated(sharing("web", 80), ApiNames.ADDRESS_ANNOTATION, TEN));
    awaitPublished("web", TEN);
    create(sharing("mail", 25));
    awaitPublished("mail", TEN);

    // When
    annotate("mail", ApiNames.SHARING_KEY_ANNOTATION, null);

    // Then
    await().untilAsserted(() -> assertThat(published("mail")).isNotEmpty().isNotEqualTo(TEN));
    await().untilAsserted(() -> assertThat(addresses()).hasSize(2));
    await()
        .untilAsserted(
            () ->
                assertThat(addresses())
                    .allSatisfy(address -> assertThat(address.getSpec().claims()).hasSize(1)));
    assertThat(published("web")).isEqualTo(TEN);
  }

  @Test
  void two_operators_and_many_services_with_one_key_claim_no_port_twice() throws IOException {
    // Given
    BallastOperator second =
        startOperator(
            new OperatorSettings(
                "default", "test-2", true, false, 0, "", InstallationDefaults.NONE));
    List<String> names = IntStream.range(0, 12).mapToObj(i -> "web-" + i).toList();

    // When
    IntStream.range(0, 12).parallel().forEach(i -> create(sharing("web-" + i, 80 + i % 4)));

    // Then
    await()
        .untilAsserted(
            () -> assertThat(names).allSatisfy(name -> assertThat(ingress(name)).isPresent()));
    assertThat(addresses())
        .allSatisfy(
            address ->
                assertThat(address.getSpec().claims())
                    .flatExtracting(ServiceClaim::ports)
                    .doesNotHaveDuplicates());
    assertThat(addresses().stream().mapToInt(AddressSharingTest::claims).max().orElse(0))
        .isGreaterThan(1);
    second.stop();
  }

  private static int claims(Address address) {
    return address.getSpec().claims().size();
  }

  private Service sharing(String name, int... ports) {
    return annotated(loadBalancer(name, ports), ApiNames.SHARING_KEY_ANNOTATION, "together");
  }

  private void awaitPublished(String name, String address) {
    await().untilAsserted(() -> assertThat(published(name)).isEqualTo(address));
  }

  private List<Integer> portsServed(String name) {
    LoadBalancer loadBalancer =
        client.resources(LoadBalancer.class).inNamespace(namespace).withName(name).get();
    return loadBalancer.getSpec().frontends().stream().map(FrontendSpec::port).toList();
  }

  private void changePort(String name, int from, int to) {
    client
        .services()
        .inNamespace(namespace)
        .withName(name)
        .edit(
            service -> {
              service.getSpec().getPorts().stream()
                  .filter(port -> port.getPort() == from)
                  .forEach(
                      port -> {
                        port.setPort(to);
                        port.setNodePort(null);
                        port.setTargetPort(null);
                      });
              return service;
            });
  }
}
