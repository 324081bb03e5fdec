package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.operator.service.settings.InstallationDefaults;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The operator with a real API server and a fake data plane. */
@Tag("feature:lifecycle")
class ServiceLifecycleTest extends OperatorTest {

  ServiceLifecycleTest(KubernetesClient client) {
    super(client);
  }

  @Test
  void a_service_gets_an_address_once_a_node_announces_it() {
    // Given
    pool("192.0.2.10");

    // When
    create(loadBalancer("web", 80));

    // Then
    await()
        .untilAsserted(
            () -> {
              LoadBalancerIngress ingress = ingress("web").orElseThrow();
              assertThat(ingress.getIp()).isEqualTo("192.0.2.10");
              assertThat(ingress.getIpMode()).isEqualTo("Proxy");
              assertThat(ingress.getPorts()).isEmpty();
            });
    assertThat(service("web").getFinalizers()).containsExactly(ApiNames.SERVICE_FINALIZER);
    assertThat(condition("web", "ballast.dev/Announced").orElseThrow().getMessage())
        .isEqualTo("Node n1 announces 192.0.2.10.");
    assertThat(addresses().getFirst().getSpec().claims().getFirst().name()).isEqualTo("web");
  }

  @Test
  void a_service_without_a_pool_says_why_and_continues_when_one_appears() {
    // Given
    create(loadBalancer("web", 80));
    await()
        .untilAsserted(
            () -> {
              Condition allocated = condition("web", "ballast.dev/Allocated").orElseThrow();
              assertThat(allocated.getStatus()).isEqualTo("False");
              assertThat(allocated.getReason()).isEqualTo("NoPool");
              assertThat(allocated.getMessage()).contains("Create one");
            });
    await().untilAsserted(() -> assertThat(eventReasons()).contains("NoPool"));

    // When
    pool("192.0.2.10");

    // Then
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());
  }

  @Test
  void a_service_that_found_the_pool_exhausted_gets_the_released_address() {
    // Given
    pool("192.0.2.10");
    create(loadBalancer("first", 80));
    await().untilAsserted(() -> assertThat(ingress("first")).isPresent());
    create(loadBalancer("second", 80));
    await()
        .untilAsserted(
            () ->
                assertThat(condition("second", "ballast.dev/Allocated").orElseThrow().getReason())
                    .isEqualTo("PoolExhausted"));

    // When
    client.services().inNamespace(namespace).withName("first").delete();

    // Then
    await()
        .untilAsserted(
            () -> assertThat(ingress("second").orElseThrow().getIp()).isEqualTo("192.0.2.10"));
  }

  @Test
  void a_deleted_service_leaves_nothing_behind() {
    // Given
    pool("192.0.2.10");
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());

    // When
    client.services().inNamespace(namespace).withName("web").delete();

    // Then
    await()
        .untilAsserted(
            () -> {
              assertThat(service("web")).isNull();
              assertThat(addresses()).isEmpty();
              assertThat(loadBalancers()).isEmpty();
            });
  }

  @Test
  void a_service_that_becomes_cluster_ip_releases_everything_and_may_return() {
    // Given
    pool("192.0.2.10");
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());

    // When
    retype("web", "ClusterIP");

    // Then
    await()
        .untilAsserted(
            () -> {
              assertThat(addresses()).isEmpty();
              assertThat(loadBalancers()).isEmpty();
              assertThat(service("web").getFinalizers()).isEmpty();
              assertThat(service("web").getStatus().getConditions()).isEmpty();
            });
    retype("web", "LoadBalancer");
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());
  }

  @Test
  void a_service_deleted_while_pending_leaves_nothing_behind() {
    // Given
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(condition("web", "ballast.dev/Allocated")).isPresent());

    // When
    client.services().inNamespace(namespace).withName("web").delete();

    // Then
    await().untilAsserted(() -> assertThat(service("web")).isNull());
    assertThat(addresses()).isEmpty();
  }

  @Test
  void a_service_of_another_class_is_never_changed() {
    // Given
    pool("192.0.2.10");
    Service foreign =
        new ServiceBuilder(loadBalancer("foreign", 80))
            .editSpec()
            .withLoadBalancerClass("example.com/other")
            .endSpec()
            .build();

    // When
    String version = create(foreign).getMetadata().getResourceVersion();

    // Then
    create(loadBalancer("ours", 80));
    await().untilAsserted(() -> assertThat(ingress("ours")).isPresent());
    assertThat(service("foreign").getMetadata().getResourceVersion()).isEqualTo(version);
  }

  @Test
  void a_port_that_is_not_available_is_reported_and_the_others_work() {
    // Given
    pool("192.0.2.10");

    // When
    create(loadBalancer("web", 80, 9));

    // Then
    await()
        .untilAsserted(
            () -> {
              assertThat(ingress("web").orElseThrow().getPorts())
                  .extracting(port -> port.getPort() + " " + port.getError())
                  .containsExactly("80 null", "9 ballast.dev/PortInUse");
              assertThat(condition("web", "LoadBalancerPortsError").orElseThrow().getMessage())
                  .isEqualTo("Port 9/TCP: Another process uses it.");
            });
  }

  @Test
  void an_unsupported_protocol_is_reported_and_the_other_ports_work() {
    // Given
    pool("192.0.2.10");
    Service service =
        new ServiceBuilder(loadBalancer("web", 80))
            .editSpec()
            .addNewPort()
            .withName("signalling")
            .withProtocol("SCTP")
            .withPort(80)
            .endPort()
            .addNewPort()
            .withName("dns")
            .withProtocol("UDP")
            .withPort(80)
            .endPort()
            .endSpec()
            .build();

    // When
    create(service);

    // Then
    await()
        .untilAsserted(
            () -> {
              assertThat(ingress("web").orElseThrow().getPorts())
                  .extracting(
                      port -> port.getPort() + "/" + port.getProtocol() + " " + port.getError())
                  .containsExactly(
                      "80/TCP null", "80/SCTP ballast.dev/ProtocolNotSupported", "80/UDP null");
              assertThat(condition("web", "LoadBalancerPortsError").orElseThrow().getMessage())
                  .isEqualTo("Port 80/SCTP: SCTP is not supported. Use TCP or UDP.");
            });
    await().untilAsserted(() -> assertThat(eventReasons()).contains("PortError"));
  }

  @Test
  void a_restart_moves_no_address() throws IOException {
    // Given
    pool("192.0.2.10-192.0.2.40");
    List<String> names = IntStream.range(0, 20).mapToObj(i -> "web-" + i).toList();
    names.forEach(name -> create(loadBalancer(name, 80)));
    await()
        .untilAsserted(
            () -> assertThat(names).allSatisfy(name -> assertThat(ingress(name)).isPresent()));
    List<String> before = names.stream().map(name -> ingress(name).orElseThrow().getIp()).toList();

    // When
    operator.stop();
    create(loadBalancer("pending-meanwhile", 80));
    operator = startOperator(ALONE);

    // Then
    await().untilAsserted(() -> assertThat(ingress("pending-meanwhile")).isPresent());
    assertThat(names.stream().map(name -> ingress(name).orElseThrow().getIp()).toList())
        .isEqualTo(before);
    assertThat(addresses()).hasSize(21);
  }

  @Test
  void two_active_operators_assign_no_address_twice() throws IOException {
    // Given
    pool("192.0.2.10-192.0.2.80");
    BallastOperator first = operator;
    operator =
        startOperator(
            new OperatorSettings(
                "default", "test-2", true, false, 0, "", InstallationDefaults.NONE));

    // When
    List<String> names = IntStream.range(0, 30).mapToObj(i -> "web-" + i).toList();
    names.parallelStream().forEach(name -> create(loadBalancer(name, 80)));

    // Then
    await()
        .untilAsserted(
            () -> assertThat(names).allSatisfy(name -> assertThat(ingress(name)).isPresent()));
    await().untilAsserted(() -> assertThat(addresses()).hasSize(30));
    await()
        .untilAsserted(
            () -> {
              Set<String> published = new HashSet<>();
              names.forEach(name -> published.add(ingress(name).orElseThrow().getIp()));
              assertThat(published)
                  .hasSize(30)
                  .isEqualTo(
                      addresses().stream()
                          .map(address -> address.getSpec().ip())
                          .collect(Collectors.toSet()));
            });
    first.stop();
  }

  @Test
  void an_address_is_released_when_its_service_lost_the_finalizer() {
    // Given
    pool("192.0.2.10");
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());

    // When
    client
        .services()
        .inNamespace(namespace)
        .withName("web")
        .edit(
            service -> {
              service.getMetadata().setFinalizers(List.of());
              return service;
            });
    client.services().inNamespace(namespace).withName("web").delete();

    // Then
    await()
        .untilAsserted(
            () -> {
              assertThat(service("web")).isNull();
              assertThat(addresses()).isEmpty();
              assertThat(loadBalancers()).isEmpty();
            });
  }
}
