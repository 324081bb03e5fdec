package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.AddressPoolSpec;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.apiclient.ApiSerialization;
import dev.ballast.operator.service.settings.InstallationDefaults;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServicePortBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;

/** Base of tests on a real API server: a namespace for each test, and access to its objects. */
@ExtendWith(ApiServer.class)
abstract class ApiServerTest {

  /** Settings of a single replica without leader election. */
  static final OperatorSettings ALONE =
      new OperatorSettings("default", "test", true, false, 0, "", InstallationDefaults.NONE);

  final KubernetesClient client;
  final String namespace;

  private static final String ALPHA_VERSION_WARNING =
      "io.fabric8.kubernetes.client.dsl.internal.VersionUsageUtils";

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  ApiServerTest(KubernetesClient client) {
    this.client = client;
    this.namespace =
        client
            .resource(
                new NamespaceBuilder()
                    .withNewMetadata()
                    .withGenerateName("test-")
                    .endMetadata()
                    .build())
            .create()
            .getMetadata()
            .getName();
  }

  @BeforeEach
  final void captureLog() {
    log.list = new CopyOnWriteArrayList<>();
    log.start();
    rootLogger().addAppender(log);
  }

  /** A log line at ERROR is a bug, whatever a test does to the operator. */
  @AfterEach
  final void nothing_was_logged_as_an_error() {
    rootLogger().detachAppender(log);
    assertThat(logged(Level.ERROR)).isEmpty();
  }

  /**
   * Log lines of this level or higher, including those of libraries, with their key-value pairs.
   */
  final List<String> logged(Level level) {
    return log.list.stream()
        .filter(event -> event.getLevel().isGreaterOrEqual(level))
        .filter(event -> !event.getLoggerName().equals(ALPHA_VERSION_WARNING))
        .map(
            event ->
                event.getLevel()
                    + " "
                    + event.getLoggerName()
                    + " "
                    + event.getFormattedMessage()
                    + Objects.requireNonNullElse(event.getKeyValuePairs(), "")
                    + (event.getThrowableProxy() == null
                        ? ""
                        : ": " + ThrowableProxyUtil.asString(event.getThrowableProxy())))
        .toList();
  }

  private static Logger rootLogger() {
    return (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
  }

  /** Deletes Services and pools, and fails when the operator leaves other objects. */
  final void clear() {
    client.services().inNamespace(namespace).delete();
    client.resources(AddressPool.class).delete();
    await().untilAsserted(() -> assertThat(addresses()).isEmpty());
    await().untilAsserted(() -> assertThat(loadBalancers()).isEmpty());
    await()
        .untilAsserted(
            () -> assertThat(client.services().inNamespace(namespace).list().getItems()).isEmpty());
    await()
        .untilAsserted(
            () -> assertThat(client.resources(AddressPool.class).list().getItems()).isEmpty());
  }

  /** Deletes pools with their finalizers, where no operator runs to remove these. */
  final void removePools() {
    client
        .resources(AddressPool.class)
        .resources()
        .forEach(
            pool -> {
              pool.edit(
                  live -> {
                    live.getMetadata().setFinalizers(List.of());
                    return live;
                  });
              pool.delete();
            });
  }

  /** Retries when an object does not exist yet, too. */
  static ConditionFactory await() {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .ignoreException(NoSuchElementException.class);
  }

  final BallastOperator startOperator(OperatorSettings settings) throws IOException {
    BallastOperator operator =
        new BallastOperator(
            new KubernetesClientBuilder()
                .withConfig(client.getConfiguration())
                .withKubernetesSerialization(new ApiSerialization())
                .build(),
            settings);
    operator.start();
    return operator;
  }

  final void pool(String... addresses) {
    namedPool("pool", addresses);
  }

  final void namedPool(String name, String... addresses) {
    AddressPool pool = new AddressPool();
    pool.getMetadata().setName(name);
    pool.setSpec(AddressPoolSpec.of(List.of(addresses)));
    client.resource(pool).create();
  }

  final Service create(Service service) {
    return client.resource(service).create();
  }

  final Service loadBalancer(String name, int... ports) {
    return new ServiceBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withType("LoadBalancer")
        .addAllToPorts(
            IntStream.of(ports)
                .mapToObj(
                    port -> new ServicePortBuilder().withName("p" + port).withPort(port).build())
                .toList())
        .endSpec()
        .build();
  }

  final void retype(String name, String type) {
    client
        .services()
        .inNamespace(namespace)
        .withName(name)
        .edit(
            service -> {
              service.getSpec().setType(type);
              service.getSpec().getPorts().forEach(port -> port.setNodePort(null));
              service.getSpec().setAllocateLoadBalancerNodePorts(null);
              service.getSpec().setExternalTrafficPolicy(null);
              return service;
            });
  }

  /** Sets the annotation, or removes it when the value is null. */
  final void annotate(String name, String annotation, String value) {
    client
        .services()
        .inNamespace(namespace)
        .withName(name)
        .edit(
            service -> {
              Map<String, String> annotations =
                  new HashMap<>(
                      Objects.requireNonNullElse(service.getMetadata().getAnnotations(), Map.of()));
              if (value == null) {
                annotations.remove(annotation);
              } else {
                annotations.put(annotation, value);
              }
              service.getMetadata().setAnnotations(annotations);
              return service;
            });
  }

  final Service annotated(Service service, String annotation, String value) {
    return new ServiceBuilder(service)
        .editMetadata()
        .addToAnnotations(annotation, value)
        .endMetadata()
        .build();
  }

  /** The published address; empty while there is none. */
  final String published(String name) {
    return ingress(name).map(LoadBalancerIngress::getIp).orElse("");
  }

  final Service service(String name) {
    return client.services().inNamespace(namespace).withName(name).get();
  }

  final Optional<LoadBalancerIngress> ingress(String name) {
    return service(name).getStatus().getLoadBalancer().getIngress().stream().findFirst();
  }

  final Optional<Condition> condition(String name, String type) {
    return service(name).getStatus().getConditions().stream()
        .filter(condition -> condition.getType().equals(type))
        .findFirst();
  }

  final List<Address> addresses() {
    return client.resources(Address.class).list().getItems();
  }

  final List<LoadBalancer> loadBalancers() {
    return client.resources(LoadBalancer.class).inNamespace(namespace).list().getItems();
  }

  final List<String> eventReasons() {
    return ourEvents().stream().map(Event::getReason).toList();
  }

  /** Without the Events of the API server about its repairs of Services. */
  final List<Event> ourEvents() {
    return client.events().v1().events().inNamespace(namespace).list().getItems().stream()
        .filter(event -> "ballast.dev/operator".equals(event.getReportingController()))
        .toList();
  }
}
