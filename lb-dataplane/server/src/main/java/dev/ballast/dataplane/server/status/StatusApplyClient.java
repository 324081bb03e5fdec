package dev.ballast.dataplane.server.status;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.api.v1alpha1.BackendReport;
import dev.ballast.api.v1alpha1.FrontendReport;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.api.v1alpha1.OwnershipClaim;
import dev.ballast.apiclient.ResourceVersions;
import dev.ballast.dataplane.core.plan.ServiceKey;
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
 * Writes statuses by server-side apply. Each node has a field manager of its own: the API server
 * removes a field that a manager no longer applies, unless another manager applies it too.
 */
final class StatusApplyClient implements StatusApi {

  private final KubernetesClient client;

  StatusApplyClient(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public long apply(
      ServiceKey id, String uid, StatusReport report, Map<String, String> transitionTimes) {
    List<Map<String, Object>> conditions =
        report.conditions().stream()
            .map(
                condition ->
                    fields()
                        .with("type", condition.type())
                        .with("status", condition.status().toString())
                        .with("observedGeneration", report.observedGeneration())
                        .with("lastTransitionTime", transitionTimes.get(condition.type()))
                        .with("reason", condition.reason())
                        .with("message", condition.message())
                        .map)
            .toList();
    Map<String, Object> status =
        Map.of("conditions", conditions, "nodes", List.of(node(report.node())));
    return patch(id, uid, report.node().name(), Optional.of(status));
  }

  @Override
  public long remove(ServiceKey id, String uid, String node) {
    return patch(id, uid, node, Optional.empty());
  }

  private long patch(ServiceKey id, String uid, String node, Optional<Map<String, Object>> status) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("apiVersion", ApiNames.GROUP + "/" + ApiNames.VERSION);
    body.put("kind", "LoadBalancer");
    // The uid causes a conflict if a later LoadBalancer has the same name.
    body.put("metadata", Map.of("namespace", id.namespace(), "name", id.name(), "uid", uid));
    status.ifPresent(content -> body.put("status", content));
    var target = new LoadBalancer();
    target.setMetadata(
        new ObjectMetaBuilder().withNamespace(id.namespace()).withName(id.name()).build());
    LoadBalancer written =
        client
            .resource(target)
            .subresource("status")
            .patch(
                serverSideApply("ballast-dataplane-" + node),
                client.getKubernetesSerialization().asJson(body));
    return ResourceVersions.parse(written.getMetadata().getResourceVersion());
  }

  /** Takes over the fields that another manager has. */
  static PatchContext serverSideApply(String fieldManager) {
    return new PatchContext.Builder()
        .withPatchType(PatchType.SERVER_SIDE_APPLY)
        .withFieldManager(fieldManager)
        .withForce(true)
        .build();
  }

  private static Map<String, Object> node(NodeReport report) {
    return fields()
        .with("name", report.name())
        .with("observedGeneration", report.observedGeneration())
        .with("announcing", report.announcing())
        .with(
            "notAnnounced", report.notAnnounced().stream().map(StatusApplyClient::address).toList())
        .with(
            "conflicts",
            nullIfEmpty(report.conflicts().stream().map(StatusApplyClient::address).toList()))
        .with("frontends", report.frontends().stream().map(StatusApplyClient::frontend).toList())
        .with("healthyBackends", report.healthyBackends())
        .with("backends", report.backends().stream().map(StatusApplyClient::backend).toList())
        .with("steering", report.steering())
        .with("rejecting", nullIfEmpty(report.rejecting()))
        .with(
            "claims", nullIfEmpty(report.claims().stream().map(StatusApplyClient::claim).toList()))
        .map;
  }

  private static <T> @Nullable List<T> nullIfEmpty(List<T> list) {
    return list.isEmpty() ? null : list;
  }

  private static Map<String, Object> address(AddressReport report) {
    return fields()
        .with("address", report.address())
        .with("reason", report.reason())
        .with("message", report.message())
        .map;
  }

  private static Map<String, Object> claim(OwnershipClaim claim) {
    return fields()
        .with("address", claim.address())
        .with("epoch", claim.epoch())
        .with("since", claim.since())
        .with("takenFrom", claim.takenFrom())
        .with("reason", claim.reason())
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

  private static AppliedFields fields() {
    return new AppliedFields(new LinkedHashMap<>());
  }

  /** Leaves out null values, since applying null would claim the field. */
  private record AppliedFields(Map<String, Object> map) {
    AppliedFields with(String name, @Nullable Object value) {
      if (value != null) {
        map.put(name, value);
      }
      return this;
    }
  }
}
