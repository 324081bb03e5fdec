package dev.ballast.operator;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.FrontendReport;
import dev.ballast.api.v1alpha1.FrontendSpec;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.LoadBalancerStatus;
import dev.ballast.api.v1alpha1.NodeReport;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Data plane that writes the reports of a node and serves no traffic. Port 9 is always in use, and
 * SCTP is not supported.
 */
public final class FakeDataPlane implements AutoCloseable {

  static final String CONFLICT = "already in use by 52:54:00:00:00:01";

  static final String REJECTING = "Node n1 rejects new connections. Raise the limit.";

  private final KubernetesClient client;
  private final SharedIndexInformer<LoadBalancer> watch;
  private final Set<String> withdrawn = ConcurrentHashMap.newKeySet();
  private final Set<String> conflicting = ConcurrentHashMap.newKeySet();
  private volatile boolean rejecting;

  public FakeDataPlane(KubernetesClient client) {
    this.client = client;
    watch =
        client
            .resources(LoadBalancer.class)
            .inAnyNamespace()
            .inform(
                new ResourceEventHandler<>() {
                  @Override
                  public void onAdd(LoadBalancer loadBalancer) {
                    report(loadBalancer);
                  }

                  @Override
                  public void onUpdate(LoadBalancer old, LoadBalancer loadBalancer) {
                    report(loadBalancer);
                  }

                  @Override
                  public void onDelete(LoadBalancer loadBalancer, boolean finalStateUnknown) {}
                });
  }

  /** No node announces this address from now on. */
  void stopAnnouncing(String address) {
    withdrawn.add(address);
  }

  /** Another machine answers for the address: it stays announced, or is never announced. */
  void startConflict(String address) {
    conflicting.add(address);
    watch.getStore().list().forEach(this::report);
  }

  /** The other machine no longer answers. */
  void endConflict(String address) {
    conflicting.remove(address);
    watch.getStore().list().forEach(this::report);
  }

  /** The node rejects connections of every Service, or ends to do so. */
  void setRejecting(boolean rejecting) {
    this.rejecting = rejecting;
    watch.getStore().list().forEach(this::report);
  }

  /** Every address is announced again. */
  void announceAll() {
    withdrawn.clear();
    watch.getStore().list().forEach(this::report);
  }

  private void report(LoadBalancer loadBalancer) {
    List<String> announced = announced(loadBalancer);
    List<String> refused =
        loadBalancer.getSpec().addresses().stream()
            .filter(address -> conflicting.contains(address) && !announced.contains(address))
            .toList();
    LoadBalancer patch = new LoadBalancer();
    patch.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(loadBalancer.getMetadata().getNamespace())
            .withName(loadBalancer.getMetadata().getName())
            .build());
    patch.setStatus(
        new LoadBalancerStatus(
            conditions(loadBalancer, refused),
            loadBalancer.isMarkedForDeletion()
                ? List.of()
                : List.of(
                    new NodeReport(
                        "n1",
                        loadBalancer.getMetadata().getGeneration(),
                        loadBalancer.getSpec().addresses().stream()
                            .filter(address -> !withdrawn.contains(address))
                            .filter(address -> !refused.contains(address))
                            .toList(),
                        refused.stream().map(FakeDataPlane::conflict).toList(),
                        announced.stream()
                            .filter(conflicting::contains)
                            .map(FakeDataPlane::conflict)
                            .toList(),
                        loadBalancer.getSpec().frontends().stream()
                            .map(FakeDataPlane::report)
                            .toList(),
                        "0/0",
                        List.of(),
                        "tproxy",
                        rejecting ? List.of("ServiceLimit") : List.of(),
                        List.of()))));
    try {
      client
          .resource(patch)
          .subresource("status")
          .patch(
              new PatchContext.Builder()
                  .withPatchType(PatchType.SERVER_SIDE_APPLY)
                  .withFieldManager("ballast-dataplane-n1")
                  .withForce(true)
                  .build());
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
    }
  }

  private static List<String> announced(LoadBalancer loadBalancer) {
    return Optional.ofNullable(loadBalancer.getStatus())
        .map(LoadBalancerStatus::nodes)
        .orElse(List.of())
        .stream()
        .flatMap(node -> node.announcing().stream())
        .toList();
  }

  private static AddressReport conflict(String address) {
    return new AddressReport(address, AddressReport.IN_USE, CONFLICT);
  }

  private List<Condition> conditions(LoadBalancer loadBalancer, List<String> refused) {
    List<Condition> conditions = new ArrayList<>();
    for (String address : refused) {
      conditions.add(
          condition(
              loadBalancer, "Announced", false, AddressReport.IN_USE, address + ": " + CONFLICT));
    }
    if (rejecting) {
      conditions.add(condition(loadBalancer, "Limited", true, "ServiceLimit", REJECTING));
    }
    return conditions;
  }

  private static Condition condition(
      LoadBalancer loadBalancer, String type, boolean status, String reason, String message) {
    return new ConditionBuilder()
        .withType(type)
        .withStatus(status ? "True" : "False")
        .withReason(reason)
        .withMessage(message)
        .withLastTransitionTime("2026-01-01T00:00:00Z")
        .withObservedGeneration(loadBalancer.getMetadata().getGeneration())
        .build();
  }

  private static FrontendReport report(FrontendSpec frontend) {
    int port = frontend.port();
    String protocol = frontend.protocol();
    if (protocol.equals("SCTP")) {
      return new FrontendReport(
          port, protocol, false, "ProtocolNotSupported", "SCTP is not supported. Use TCP or UDP.");
    }
    return port == 9
        ? new FrontendReport(port, protocol, false, "PortInUse", "Another process uses it.")
        : new FrontendReport(port, protocol, true, null, null);
  }

  @Override
  public void close() {
    watch.stop();
  }
}
