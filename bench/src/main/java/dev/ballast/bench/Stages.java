package dev.ballast.bench;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.fabric8.kubernetes.api.model.LoadBalancerStatus;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a Service goes through on its way, each as a watch shows it.
 *
 * @param ours the stages that only Ballast knows; none when a peer is at work
 * @param publications the Service has its address
 */
record Stages(
    Map<Stage, FirstSeen<GenericKubernetesResource>> ours, FirstSeen<Service> publications)
    implements AutoCloseable {

  static final ResourceDefinitionContext PROGRAMS =
      new ResourceDefinitionContext.Builder()
          .withGroup("ballast.dev")
          .withVersion("v1alpha1")
          .withKind("LoadBalancer")
          .withPlural("loadbalancers")
          .withNamespaced(true)
          .build();

  static Stages watch(KubernetesClient client, String namespace, boolean ours) {
    FirstSeen<Service> publications = publications(client, namespace);
    if (!ours) {
      return new Stages(Map.of(), publications);
    }
    var reports = new FirstSeen<>("report of a node", Stages::reporter);
    var programs =
        new FirstSeen<GenericKubernetesResource>("LoadBalancer", program -> Optional.of(""));
    programs.watch(
        client.genericKubernetesResources(PROGRAMS).inNamespace(namespace), List.of(reports));
    return new Stages(Map.of(Stage.PROGRAM, programs, Stage.REPORT, reports), publications);
  }

  Map<Stage, FirstSeen.Sighting> awaitOurs(String service, Duration patience)
      throws InterruptedException {
    Map<Stage, FirstSeen.Sighting> seen = new EnumMap<>(Stage.class);
    for (Map.Entry<Stage, FirstSeen<GenericKubernetesResource>> each : ours.entrySet()) {
      seen.put(each.getKey(), each.getValue().await(service, patience));
    }
    return seen;
  }

  /** The address of each Service alone. */
  static FirstSeen<Service> publications(KubernetesClient client, String namespace) {
    return new FirstSeen<>("address", Stages::address)
        .watch(client.services().inNamespace(namespace), List.of());
  }

  private static Optional<String> reporter(GenericKubernetesResource program) {
    return Optional.ofNullable(program.<String>get("status", "nodes", 0, "name"));
  }

  private static Optional<String> address(Service service) {
    return Optional.ofNullable(service.getStatus())
        .map(ServiceStatus::getLoadBalancer)
        .map(LoadBalancerStatus::getIngress)
        .filter(ingress -> !ingress.isEmpty())
        .map(List::getFirst)
        .map(LoadBalancerIngress::getIp);
  }

  @Override
  public void close() {
    ours.values().forEach(FirstSeen::close);
    publications.close();
  }
}
