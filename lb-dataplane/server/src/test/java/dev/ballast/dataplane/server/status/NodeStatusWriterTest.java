package dev.ballast.dataplane.server.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.LoadBalancerNode;
import dev.ballast.api.v1alpha1.LoadBalancerNodeStatus;
import dev.ballast.api.v1alpha1.NodeFinding;
import dev.ballast.api.v1alpha1.NodeInterface;
import dev.ballast.api.v1alpha1.PeerChecks;
import dev.ballast.apiclient.ApiSerialization;
import dev.ballast.dataplane.server.cluster.TestApiServer;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Against a real API server. */
@Tag("feature:reachability")
@ExtendWith(TestApiServer.class)
class NodeStatusWriterTest {

  private final KubernetesClient client;
  private final String name;
  private final NodeStatusWriter writer;

  NodeStatusWriterTest(TestApiServer.Api server) {
    client =
        new KubernetesClientBuilder()
            .withKubernetesSerialization(new ApiSerialization())
            .withConfig(server.config())
            .build();
    name = "node-of-" + server.namespace();
    writer = new NodeStatusWriter(name, client);
  }

  @AfterEach
  void delete() {
    var unused = client.resources(LoadBalancerNode.class).withName(name).delete();
    client.close();
  }

  @Test
  void the_first_report_creates_the_object_with_its_owner() {
    // When
    writer.write(status("198.18.100.7"), false, Optional.of("uid-1"));

    // Then
    LoadBalancerNode written = read();
    assertThat(written.getStatus()).isEqualTo(status("198.18.100.7"));
    assertThat(written.getMetadata().getOwnerReferences())
        .singleElement()
        .matches(owner -> owner.getKind().equals("Node") && owner.getUid().equals("uid-1"));
  }

  @Test
  void a_report_that_has_changed_replaces_the_one_before() {
    // Given
    writer.write(status("198.18.100.7"), false, Optional.empty());

    // When
    writer.write(status("198.18.100.8"), true, Optional.empty());

    // Then
    assertThat(read().getStatus()).isEqualTo(status("198.18.100.8"));
  }

  @Test
  void a_report_that_has_not_changed_is_not_written() {
    // Given
    writer.write(status("198.18.100.7"), false, Optional.empty());
    String version = read().getMetadata().getResourceVersion();

    // When
    writer.write(status("198.18.100.7"), true, Optional.empty());

    // Then
    assertThat(read().getMetadata().getResourceVersion()).isEqualTo(version);
  }

  /** While Ballast is being uninstalled, the data plane still runs. */
  @Test
  void a_deleted_object_is_not_created_again_at_once() {
    // Given
    writer.write(status("198.18.100.7"), false, Optional.empty());
    writer.delete();

    // When
    writer.write(status(), false, Optional.empty());

    // Then
    assertThat(client.resources(LoadBalancerNode.class).withName(name).get()).isNull();
  }

  private LoadBalancerNode read() {
    return client.resources(LoadBalancerNode.class).withName(name).get();
  }

  private static LoadBalancerNodeStatus status(String... addresses) {
    return new LoadBalancerNodeStatus(
        "1.2.3",
        "tproxy",
        addresses.length,
        List.of(addresses),
        List.of(new NodeInterface("eth0", List.of("198.18.100.0/24"))),
        List.of("ballast-dataplane-abcde"),
        List.of(new NodeFinding("FirewallMayDrop", "The chain drops.", "Run nft.")),
        List.of(
            new PeerChecks(
                "n2",
                List.of("198.18.100.9"),
                List.of(new AddressReport("198.18.100.10", "Prohibited", "An error.")))));
  }
}
