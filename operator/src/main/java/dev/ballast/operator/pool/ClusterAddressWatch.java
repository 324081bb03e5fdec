package dev.ballast.operator.pool;

import dev.ballast.operator.ipam.PoolRegistry;
import dev.ballast.operator.ipam.pool.ClusterAddresses;
import dev.ballast.operator.ipam.pool.ServiceRef;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDR;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.ReducedStateItemStore;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the addresses that the cluster itself uses, and the labels of nodes. Nodes are watched.
 * Service CIDRs are read in intervals, because they rarely change, and older API servers do not
 * have them.
 */
public final class ClusterAddressWatch implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ClusterAddressWatch.class);
  private static final Duration REFRESH_INTERVAL = Duration.ofMinutes(1);

  private final KubernetesClient client;
  private final PoolRegistry pools;
  private final Consumer<Set<ServiceRef>> onChange;
  private final Runnable onLabels;
  private final SharedIndexInformer<Node> nodes;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofVirtual().name("cluster-addresses").factory());

  private volatile boolean listed;
  private List<ServiceCIDR> serviceCidrs = List.of();
  private @Nullable Service kubernetes;
  private ClusterAddresses current = ClusterAddresses.NONE;
  private volatile NodeLabels labels = NodeLabels.NONE;

  private ClusterAddressWatch(
      KubernetesClient client,
      PoolRegistry pools,
      Consumer<Set<ServiceRef>> onChange,
      Runnable onLabels) {
    this.client = client;
    this.pools = pools;
    this.onChange = onChange;
    this.onLabels = onLabels;
    this.nodes =
        client
            .nodes()
            .runnableInformer(0)
            .itemStore(
                new ReducedStateItemStore<>(
                    ReducedStateItemStore.NAME_KEY_STATE,
                    Node.class,
                    client.getKubernetesSerialization(),
                    "metadata.labels",
                    "status.addresses",
                    "spec.podCIDRs"));
  }

  /**
   * Reads all addresses before it returns.
   *
   * @param onChange runs after every change, with the holders of addresses that became orphaned by
   *     it, or stopped being so
   * @param onLabels runs after the labels of a node have changed
   */
  public static ClusterAddressWatch start(
      KubernetesClient client,
      PoolRegistry pools,
      Consumer<Set<ServiceRef>> onChange,
      Runnable onLabels) {
    ClusterAddressWatch watch = new ClusterAddressWatch(client, pools, onChange, onLabels);
    watch.nodes.addEventHandler(watch.new NodeEventHandler());
    watch.nodes.run();
    watch.listed = true;
    watch.refreshServiceCidrs();
    var unused =
        watch.timer.scheduleWithFixedDelay(
            watch::refreshServiceCidrs,
            REFRESH_INTERVAL.toSeconds(),
            REFRESH_INTERVAL.toSeconds(),
            TimeUnit.SECONDS);
    return watch;
  }

  /** The watch of Nodes, for the liveness check. */
  public SharedIndexInformer<Node> nodes() {
    return nodes;
  }

  /** The labels of all nodes. */
  public NodeLabels labels() {
    return labels;
  }

  private void refreshServiceCidrs() {
    try {
      Service service = client.services().inNamespace("default").withName("kubernetes").get();
      List<ServiceCIDR> cidrs = listServiceCidrs();
      synchronized (this) {
        kubernetes = service;
        serviceCidrs = cidrs;
      }
      update();
    } catch (KubernetesClientException e) {
      log.atDebug().setCause(e).log("Failed to read the Service CIDRs, will retry");
      update();
    }
  }

  private List<ServiceCIDR> listServiceCidrs() {
    try {
      return client.resources(ServiceCIDR.class).list().getItems();
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return List.of();
      }
      throw e;
    }
  }

  private void update() {
    if (!listed) {
      return;
    }
    List<Node> all = nodes.getStore().list();
    updateLabels(NodeLabels.of(all));
    Set<ServiceRef> affected;
    synchronized (this) {
      ClusterAddresses latest = ClusterAddressReader.of(all, serviceCidrs, kubernetes);
      if (latest.equals(current)) {
        return;
      }
      current = latest;
      affected = pools.setClusterAddresses(latest);
    }
    onChange.accept(affected);
  }

  private void updateLabels(NodeLabels latest) {
    if (!latest.equals(labels)) {
      labels = latest;
      onLabels.run();
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
    nodes.stop();
  }

  private final class NodeEventHandler implements ResourceEventHandler<Node> {
    @Override
    public void onAdd(Node node) {
      update();
    }

    @Override
    public void onUpdate(Node old, Node node) {
      update();
    }

    @Override
    public void onDelete(Node node, boolean finalStateUnknown) {
      update();
    }
  }
}
