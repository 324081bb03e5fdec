package dev.ballast.operator.pool;

import dev.ballast.operator.ipam.Allocator;
import dev.ballast.operator.ipam.net.ClusterAddresses;
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
 * Keeps the ledger informed of the cluster's own addresses. Nodes are watched; Service CIDRs, which
 * hardly ever change, and which older API servers do not have, are asked for now and then.
 */
public final class ClusterAddressWatch implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ClusterAddressWatch.class);
  private static final Duration ASK_AGAIN = Duration.ofMinutes(1);

  private final KubernetesClient client;
  private final Allocator allocator;
  private final Consumer<Set<ServiceRef>> onChange;
  private final SharedIndexInformer<Node> nodes;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofVirtual().name("surroundings").factory());

  private volatile boolean listed;
  private List<ServiceCIDR> serviceCidrs = List.of();
  private @Nullable Service kubernetes;
  private ClusterAddresses told = ClusterAddresses.NONE;

  private ClusterAddressWatch(
      KubernetesClient client, Allocator allocator, Consumer<Set<ServiceRef>> onChange) {
    this.client = client;
    this.allocator = allocator;
    this.onChange = onChange;
    this.nodes =
        client
            .nodes()
            .runnableInformer(0)
            .itemStore(
                new ReducedStateItemStore<>(
                    ReducedStateItemStore.NAME_KEY_STATE,
                    Node.class,
                    client.getKubernetesSerialization(),
                    "status.addresses",
                    "spec.podCIDRs"));
  }

  /**
   * Knows all before it returns.
   *
   * @param onChange runs after any change, with those whose address is orphaned by it, or no longer
   *     is
   */
  public static ClusterAddressWatch start(
      KubernetesClient client, Allocator allocator, Consumer<Set<ServiceRef>> onChange) {
    ClusterAddressWatch watch = new ClusterAddressWatch(client, allocator, onChange);
    watch.nodes.addEventHandler(watch.new NodeEventHandler());
    watch.nodes.run();
    watch.listed = true;
    watch.ask();
    var unused =
        watch.timer.scheduleWithFixedDelay(
            watch::ask, ASK_AGAIN.toSeconds(), ASK_AGAIN.toSeconds(), TimeUnit.SECONDS);
    return watch;
  }

  /** The watch that may end for good. */
  public SharedIndexInformer<Node> nodes() {
    return nodes;
  }

  private void ask() {
    try {
      Service service = client.services().inNamespace("default").withName("kubernetes").get();
      List<ServiceCIDR> cidrs = listServiceCidrs();
      synchronized (this) {
        kubernetes = service;
        serviceCidrs = cidrs;
      }
      tell();
    } catch (KubernetesClientException e) {
      log.atDebug().setCause(e).log("the Service CIDRs are not known; asking again");
      tell();
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

  private void tell() {
    if (!listed) {
      return;
    }
    Set<ServiceRef> concerned;
    synchronized (this) {
      ClusterAddresses now =
          ClusterAddressReader.of(nodes.getStore().list(), serviceCidrs, kubernetes);
      if (now.equals(told)) {
        return;
      }
      told = now;
      concerned = allocator.surround(now);
    }
    onChange.accept(concerned);
  }

  @Override
  public void close() {
    timer.shutdownNow();
    nodes.stop();
  }

  private final class NodeEventHandler implements ResourceEventHandler<Node> {
    @Override
    public void onAdd(Node node) {
      tell();
    }

    @Override
    public void onUpdate(Node old, Node node) {
      tell();
    }

    @Override
    public void onDelete(Node node, boolean finalStateUnknown) {
      tell();
    }
  }
}
