package dev.ballast.dataplane.server.status;

import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.api.v1alpha1.LoadBalancerNode;
import dev.ballast.api.v1alpha1.LoadBalancerNodeStatus;
import dev.ballast.logging.LogKeys;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the LoadBalancerNode of this node by server-side apply. A call blocks for requests to the
 * API server. One thread uses it.
 */
public final class NodeStatusWriter {

  private static final Logger log = LoggerFactory.getLogger(NodeStatusWriter.class);

  /** So that a deleted object stays deleted while Ballast is being uninstalled. */
  private static final Duration RECREATE_DELAY = Duration.ofMinutes(1);

  private final String self;
  private final KubernetesClient client;
  private Optional<LoadBalancerNodeStatus> applied = Optional.empty();
  private boolean created;
  private long seenNanos;
  private boolean failed;

  public NodeStatusWriter(String self, KubernetesClient client) {
    this.self = self;
    this.client = client;
  }

  /**
   * Writes the status if it has changed. A write that fails is due again with the next call.
   *
   * @param exists whether the watch has delivered the object: it is created otherwise
   * @param nodeUid of the Node, which owns the object
   */
  public void write(LoadBalancerNodeStatus status, boolean exists, Optional<String> nodeUid) {
    long now = System.nanoTime();
    boolean create = !exists && (!created || now - seenNanos >= RECREATE_DELAY.toNanos());
    if (exists || create) {
      created = true;
      seenNanos = now;
    }
    if (!create && applied.equals(Optional.of(status))) {
      return;
    }
    try {
      if (create) {
        apply(metadata(nodeUid), false);
      }
      Map<String, Object> body = metadata(Optional.empty());
      body.put("status", status);
      apply(body, true);
      applied = Optional.of(status);
      failed = false;
    } catch (KubernetesClientException e) {
      applied = Optional.empty();
      onFailure(e, create);
    }
  }

  /**
   * Without a status code there was no answer: the connection monitor logs that once. A deleted
   * object is created again later.
   */
  private void onFailure(KubernetesClientException e, boolean create) {
    boolean expected =
        failed || e.getCode() == 0 || (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND && !create);
    if (create) {
      created = false;
    }
    var line = expected ? log.atDebug() : log.atWarn();
    line.addKeyValue(LogKeys.NODE, self)
        .addKeyValue(LogKeys.CAUSE, e.getMessage())
        .log(
            "Cannot write the LoadBalancerNode, retrying. Check that the CRD"
                + " loadbalancernodes.ballast.dev and the ClusterRole have the version of this Pod");
    failed |= !expected;
  }

  /** Another process of this node may have written since. */
  public void forget() {
    applied = Optional.empty();
  }

  /** Deletes the LoadBalancerNode, because this node has no data plane any more. */
  public void delete() {
    try {
      var unused = client.resource(target()).delete();
    } catch (KubernetesClientException e) {
      log.atInfo()
          .addKeyValue(LogKeys.NODE, self)
          .addKeyValue(LogKeys.CAUSE, e.getMessage())
          .log("The LoadBalancerNode stays, because it cannot be deleted");
    }
  }

  private Map<String, Object> metadata(Optional<String> nodeUid) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("name", self);
    nodeUid.ifPresent(
        uid ->
            metadata.put(
                "ownerReferences",
                List.of(Map.of("apiVersion", "v1", "kind", "Node", "name", self, "uid", uid))));
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("apiVersion", ApiNames.GROUP + "/" + ApiNames.VERSION);
    body.put("kind", "LoadBalancerNode");
    body.put("metadata", metadata);
    return body;
  }

  private void apply(Map<String, Object> body, boolean status) {
    PatchContext context = StatusApplyClient.serverSideApply("ballast-dataplane");
    String json = client.getKubernetesSerialization().asJson(body);
    var resource = client.resource(target());
    var unused =
        status
            ? resource.subresource("status").patch(context, json)
            : resource.patch(context, json);
  }

  private LoadBalancerNode target() {
    var target = new LoadBalancerNode();
    target.setMetadata(new ObjectMetaBuilder().withName(self).build());
    return target;
  }
}
