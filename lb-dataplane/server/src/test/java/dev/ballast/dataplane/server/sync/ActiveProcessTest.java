package dev.ballast.dataplane.server.sync;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.apiclient.DataPlaneApiClient;
import dev.ballast.dataplane.server.cluster.NodeSettings;
import dev.ballast.dataplane.server.cluster.TestApiServer;
import dev.ballast.dataplane.server.cluster.TestObjects;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Replaceable;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** One of two processes of a node, with a real API server, and a lock that the test has. */
@Tag("feature:update")
@ExtendWith(TestApiServer.class)
class ActiveProcessTest {

  private static final String IP = "198.18.100.7";

  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final FakeRelayControl relay = new FakeRelayControl(calls);
  private final FakeNodeLock lock = new FakeNodeLock(calls);
  private final RecordingRole role = new RecordingRole(calls);
  private KubernetesClient api;
  private String namespace;
  private DataPlaneController controller;

  @BeforeEach
  void start(TestApiServer.Api server) {
    api = server.client();
    namespace = server.namespace();
    var slice = TestObjects.slice(namespace, "web", "web-1", "10.0.0.1");
    slice.getMetadata().setResourceVersion(null);
    api.resource(slice).create();
    api.resource(TestObjects.address(IP, namespace, "web")).createOr(Replaceable::update);
    LoadBalancer object = TestObjects.loadBalancer(namespace, "web", IP);
    object.getMetadata().setUid(null);
    object.getMetadata().setResourceVersion(null);
    api.resource(object).create();
    controller =
        new DataPlaneController(
            DataPlaneApiClient.create(server.config()),
            new NodeSettings("n1", new NodeSettings.Membership.StaticMembership(Set.of("n1"))),
            relay,
            new FakeAnnouncer(calls),
            new SimpleMeterRegistry(),
            lock,
            NodeChecks.none(),
            role);
    controller.startThread();
  }

  @AfterEach
  void close() {
    controller.close();
    api.resources(LoadBalancer.class).inNamespace(namespace).delete();
    api.resources(Address.class).delete();
  }

  @Test
  void a_process_wants_the_node_when_it_is_prepared_and_shows_nothing_before() {
    // When
    await().atMost(ofSeconds(20)).until(() -> calls.contains("want the lock"));

    // Then
    assertThat(calls).containsSubsequence("apply [%s/web]".formatted(namespace), "want the lock");
    assertThat(calls).doesNotContain("activate", "acquire " + IP, "lock acquired");
    assertThat(reports()).isZero();
    assertThat(controller.ready()).isFalse();
  }

  @Test
  void with_the_lock_it_is_active_before_it_takes_the_admin_port() {
    // Given
    await().atMost(ofSeconds(20)).until(() -> calls.contains("want the lock"));

    // When
    lock.give();

    // Then
    await().until(controller::ready);
    assertThat(calls)
        .containsSubsequence("adopt addresses", "activate", "lock acquired", "acquire " + IP);
    await().until(() -> reports() == 1);
  }

  @Test
  void another_process_that_wants_the_node_gets_it_and_is_not_asked_to_give_it_back() {
    // Given
    lock.give();
    await().atMost(ofSeconds(20)).until(controller::ready);
    calls.clear();

    // When
    lock.wantByAnother();

    // Then
    await().until(() -> calls.contains("release the lock"));
    assertThat(calls)
        .containsExactly("deactivate", "leave addresses", "lock released", "release the lock");
    controller.reconcileAll();
    await().during(ofMillis(300)).until(() -> !calls.contains("want the lock"));
    assertThat(controller.active()).isFalse();
  }

  @Test
  void it_is_active_again_with_the_lock() {
    // Given
    lock.give();
    await().atMost(ofSeconds(20)).until(controller::ready);
    lock.wantByAnother();
    await().until(() -> calls.contains("release the lock"));

    // When
    calls.clear();
    lock.give();

    // Then
    await().until(controller::active);
    await().until(() -> calls.contains("acquire " + IP));
  }

  @Test
  void a_process_that_leaves_gives_the_node_to_any_other_one() {
    // Given
    lock.give();
    await().atMost(ofSeconds(20)).until(controller::ready);
    controller.leaveNode();
    await().during(ofMillis(300)).until(controller::active);

    // When
    lock.awaited = true;
    controller.reconcileAll();

    // Then
    await().until(() -> calls.contains("release the lock"));
  }

  @Test
  void a_process_that_cannot_become_active_lets_the_other_one_serve() {
    // Given
    relay.failing = true;
    lock.awaited = true;

    // When
    lock.give();

    // Then
    await().atMost(ofSeconds(20)).until(() -> calls.contains("release the lock"));
    assertThat(controller.ready()).isFalse();
  }

  private int reports() {
    var status =
        api.resources(LoadBalancer.class).inNamespace(namespace).withName("web").get().getStatus();
    return status == null ? 0 : status.nodes().size();
  }
}
