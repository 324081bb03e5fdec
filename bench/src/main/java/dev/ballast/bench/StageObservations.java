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
 * The stages of each Service, as watches show them.
 *
 * @param ours the stages that only Ballast has; empty for another load balancer
 * @param publications the Service has its address
 */
record StageObservations(
    Map<Stage, FirstObservation<GenericKubernetesResource>> ours,
    FirstObservation<Service> publications)
    implements AutoCloseable {

  static final ResourceDefinitionContext PROGRAMS =
      new ResourceDefinitionContext.Builder()
          .withGroup("ballast.dev")
          .withVersion("v1alpha1")
          .withKind("LoadBalancer")
          .withPlural("loadbalancers")
          .withNamespaced(true)
          .build();

  static StageObservations watch(KubernetesClient client, String namespace, boolean ours) {
    FirstObservation<Service> publications = publications(client, namespace);
    if (!ours) {
      return new StageObservations(Map.of(), publications);
    }
    var reports = new FirstObservation<>("report of a node", StageObservations::reporter);
    var programs =
        new FirstObservation<GenericKubernetesResource>("LoadBalancer", program -> Optional.of(""));
    programs.watch(
        client.genericKubernetesResources(PROGRAMS).inNamespace(namespace), List.of(reports));
    return new StageObservations(
        Map.of(Stage.PROGRAM, programs, Stage.REPORT, reports), publications);
  }

  Map<Stage, FirstObservation.Observation> awaitOurs(String service, Duration patience)
      throws InterruptedException {
    Map<Stage, FirstObservation.Observation> seen = new EnumMap<>(Stage.class);
    for (Map.Entry<Stage, FirstObservation<GenericKubernetesResource>> each : ours.entrySet()) {
      seen.put(each.getKey(), each.getValue().await(service, patience));
    }
    return seen;
  }

  /** The address of each Service alone. */
  static FirstObservation<Service> publications(KubernetesClient client, String namespace) {
    return new FirstObservation<>("address", StageObservations::address)
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
    ours.values().forEach(FirstObservation::close);
    publications.close();
  }
}
