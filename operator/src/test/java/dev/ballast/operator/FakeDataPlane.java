package dev.ballast.operator;

import dev.ballast.api.v1alpha1.Frontend;
import dev.ballast.api.v1alpha1.FrontendReport;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.LoadBalancerStatus;
import dev.ballast.api.v1alpha1.NodeReport;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Reports as a node does, and serves nothing: the operator cannot tell. Port 9 is always taken, and
 * SCTP not served.
 */
public final class FakeDataPlane implements AutoCloseable {

  private final KubernetesClient client;
  private final SharedIndexInformer<LoadBalancer> watch;
  private final Set<String> silent = ConcurrentHashMap.newKeySet();

  public FakeDataPlane(KubernetesClient client) {
    this.client = client;
    watch =
        client
            .resources(LoadBalancer.class)
            .inAnyNamespace()
            .inform(
                new ResourceEventHandler<>() {
                  @Override
                  public void onAdd(LoadBalancer program) {
                    report(program);
                  }

                  @Override
                  public void onUpdate(LoadBalancer old, LoadBalancer program) {
                    report(program);
                  }

                  @Override
                  public void onDelete(LoadBalancer program, boolean finalStateUnknown) {}
                });
  }

  /** From now on no node announces this address. */
  void silence(String address) {
    silent.add(address);
  }

  /** Every address is announced again. */
  void speak() {
    silent.clear();
    watch.getStore().list().forEach(this::report);
  }

  private void report(LoadBalancer program) {
    LoadBalancer patch = new LoadBalancer();
    patch.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(program.getMetadata().getNamespace())
            .withName(program.getMetadata().getName())
            .build());
    patch.setStatus(
        new LoadBalancerStatus(
            List.of(),
            program.isMarkedForDeletion()
                ? List.of()
                : List.of(
                    new NodeReport(
                        "n1",
                        program.getMetadata().getGeneration(),
                        program.getSpec().addresses().stream()
                            .filter(address -> !silent.contains(address))
                            .toList(),
                        List.of(),
                        program.getSpec().frontends().stream().map(FakeDataPlane::report).toList(),
                        "0/0",
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

  private static FrontendReport report(Frontend frontend) {
    int port = frontend.port();
    String protocol = frontend.protocol();
    if (protocol.equals("SCTP")) {
      return new FrontendReport(
          port, protocol, false, "ProtocolNotSupported", "SCTP is not served; use TCP or UDP.");
    }
    return port == 9
        ? new FrontendReport(port, protocol, false, "PortInUse", "Another process has it.")
        : new FrontendReport(port, protocol, true, null, null);
  }

  @Override
  public void close() {
    watch.stop();
  }
}
