package dev.ballast.dataplane.server.kube;

import dev.ballast.apiclient.ResourceVersions;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.BackendReport;
import dev.ballast.api.v1alpha1.Ballast;
import dev.ballast.api.v1alpha1.FrontendReport;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.dataplane.core.plan.ServiceId;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes reports by server-side apply, each node under a field manager of its own: what a manager
 * no longer applies, the API server removes, unless another manager applies it too.
 */
final class StatusClient implements StatusWrites {

  private final KubernetesClient client;

  StatusClient(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public long apply(ServiceId id, String uid, Report report, Map<String, String> since) {
    List<Map<String, Object>> conditions =
        report.verdicts().stream()
            .map(
                verdict ->
                    fields()
                        .with("type", verdict.type())
                        .with("status", verdict.text())
                        .with("observedGeneration", report.observedGeneration())
                        .with("lastTransitionTime", since.get(verdict.type()))
                        .with("reason", verdict.reason())
                        .with("message", verdict.message())
                        .map)
            .toList();
    Map<String, Object> status =
        Map.of("conditions", conditions, "nodes", List.of(node(report.node())));
    return patch(id, uid, report.node().name(), Optional.of(status));
  }

  @Override
  public long remove(ServiceId id, String uid, String node) {
    return patch(id, uid, node, Optional.empty());
  }

  private long patch(ServiceId id, String uid, String node, Optional<Map<String, Object>> status) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("apiVersion", Ballast.GROUP + "/" + Ballast.VERSION);
    body.put("kind", "LoadBalancer");
    // The uid makes it a conflict to report on a later LoadBalancer of the same name.
    body.put("metadata", Map.of("namespace", id.namespace(), "name", id.name(), "uid", uid));
    status.ifPresent(content -> body.put("status", content));
    var context =
        new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager("ballast-dataplane-" + node)
            .withForce(true)
            .build();
    var target = new LoadBalancer();
    target.setMetadata(
        new ObjectMetaBuilder().withNamespace(id.namespace()).withName(id.name()).build());
    LoadBalancer written =
        client
            .resource(target)
            .subresource("status")
            .patch(context, client.getKubernetesSerialization().asJson(body));
    return ResourceVersions.parse(written.getMetadata().getResourceVersion());
  }

  private static Map<String, Object> node(NodeReport report) {
    return fields()
        .with("name", report.name())
        .with("observedGeneration", report.observedGeneration())
        .with("announcing", report.announcing())
        .with("notAnnounced", report.notAnnounced().stream().map(StatusClient::address).toList())
        .with(
            "conflicts",
            nullIfEmpty(report.conflicts().stream().map(StatusClient::address).toList()))
        .with("frontends", report.frontends().stream().map(StatusClient::frontend).toList())
        .with("healthyBackends", report.healthyBackends())
        .with("backends", report.backends().stream().map(StatusClient::backend).toList())
        .map;
  }

  private static @Nullable List<Map<String, Object>> nullIfEmpty(List<Map<String, Object>> list) {
    return list.isEmpty() ? null : list;
  }

  private static Map<String, Object> address(AddressReport report) {
    return fields()
        .with("address", report.address())
        .with("reason", report.reason())
        .with("message", report.message())
        .map;
  }

  private static Map<String, Object> frontend(FrontendReport report) {
    return fields()
        .with("port", report.port())
        .with("protocol", report.protocol())
        .with("listening", report.listening())
        .with("reason", report.reason())
        .with("message", report.message())
        .map;
  }

  private static Map<String, Object> backend(BackendReport report) {
    return fields()
        .with("address", report.address())
        .with("port", report.port())
        .with("pod", report.pod())
        .with("node", report.node())
        .with("state", report.state())
        .with("message", report.message())
        .map;
  }

  private static Fields fields() {
    return new Fields(new LinkedHashMap<>());
  }

  /** Null means left out: applied, it would claim the field. */
  private record Fields(Map<String, Object> map) {
    Fields with(String name, @Nullable Object value) {
      if (value != null) {
        map.put(name, value);
      }
      return this;
    }
  }
}
