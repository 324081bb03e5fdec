package dev.ballast.dataplane.server.cluster;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.dataplane.core.endpoint.NodeLocality;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.membership.Members;
import dev.ballast.dataplane.server.membership.PeerProber;
import dev.ballast.dataplane.server.membership.ReadinessDebouncer;
import dev.ballast.dataplane.server.membership.ReadinessHttpClient;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this node sees of the cluster: all LoadBalancers, new Addresses, the data-plane Pods, the
 * Nodes that are excluded from load balancing, its own zone, and the EndpointSlices of the Services
 * that it serves. While the API server is away, what was last seen stays.
 */
public final class ClusterWatcher implements ClusterState, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ClusterWatcher.class);

  /** So a cluster's slices are never in memory all at once, not even at the start. */
  private static final long PAGE = 500;

  private final KubernetesClient client;
  private final NodeSettings settings;
  private final ScheduledExecutorService threads;
  private final ProjectingStore<LoadBalancer, LoadBalancerConfig> configs;
  private final ProjectingStore<Pod, Members.Peer> peers;
  private final ReadinessHttpClient readinessHttpClient = new ReadinessHttpClient();
  private final PeerProber peerProber;
  private final ReadinessDebouncer readinessDebouncer = new ReadinessDebouncer();
  private final WorkQueue workQueue;
  private final ProjectingStore<Node, String> excluded;
  private final ProjectingStore<Node, String> zone;
  private final PendingAddressStore pendingAddressStore;
  private final EndpointSliceStore slices;
  private final EndpointSliceLister endpointSliceLister;
  private final List<SharedIndexInformer<?>> informers = new CopyOnWriteArrayList<>();

  /**
   * @param workQueue gets what has changed, on a watch's thread
   */
  public ClusterWatcher(
      KubernetesClient client,
      NodeSettings settings,
      ScheduledExecutorService threads,
      WorkQueue workQueue,
      MeterRegistry metrics) {
    this.client = client;
    this.settings = settings;
    this.threads = threads;
    this.workQueue = workQueue;
    this.peerProber =
        new PeerProber(settings.name(), readinessHttpClient, threads, workQueue::surroundings);
    this.configs =
        new ProjectingStore<>(
            object -> LoadBalancerConfigParser.read(object, settings.name()),
            object -> shell(object, new LoadBalancer()),
            new WatchEventHandler<>(metrics, "LoadBalancer", key -> workQueue.add(serviceOf(key))));
    this.peers =
        new ProjectingStore<>(
            Members::read,
            object -> shell(object, new Pod()),
            new WatchEventHandler<>(metrics, "Pod", pod -> workQueue.surroundings()));
    this.excluded =
        new ProjectingStore<>(
            node -> node.getMetadata().getName(),
            object -> shell(object, new Node()),
            new WatchEventHandler<>(metrics, "Node", node -> workQueue.surroundings()));
    this.zone =
        new ProjectingStore<>(
            ClusterWatcher::zone,
            object -> shell(object, new Node()),
            new WatchEventHandler<>(metrics, "Node", node -> workQueue.surroundings()));
    this.pendingAddressStore =
        new PendingAddressStore(
            InstantSource.system(),
            new WatchEventHandler<>(metrics, "Address", address -> workQueue.surroundings()));
    this.slices =
        new EndpointSliceStore(new WatchEventHandler<>(metrics, "EndpointSlice", workQueue::add));
    this.endpointSliceLister = new EndpointSliceLister(client, slices, threads);
    Gauge.builder("ballast.endpointslices.kept", slices, EndpointSliceStore::size)
        .description("EndpointSlices in memory, of the Services that this node serves.")
        .register(metrics);
  }

  /** Starts watching; completes when everything was listed once. Retries until then. */
  public CompletableFuture<Void> start() {
    List<CompletableFuture<?>> started = new ArrayList<>();
    started.add(inform(client.resources(LoadBalancer.class).inAnyNamespace(), configs));
    started.add(
        inform(client.discovery().v1().endpointSlices().inAnyNamespace().withLimit(PAGE), slices));
    // Nothing depends on it: who waits for the rest need not wait for this.
    var unused = inform(client.resources(Address.class).withLimit(PAGE), pendingAddressStore);
    switch (settings.membership()) {
      case NodeSettings.Membership.PodMembership(String namespace, String selector) -> {
        started.add(
            inform(client.pods().inNamespace(namespace).withLabelSelector(selector), peers));
        // Only those with the label: every node hears of every one of these, heartbeats included.
        started.add(inform(client.nodes().withLabel(Members.EXCLUSION_LABEL), excluded));
        started.add(inform(client.nodes().withField("metadata.name", settings.name()), zone));
      }
      case NodeSettings.Membership.StaticMembership _ -> {}
    }
    return CompletableFuture.allOf(started.toArray(CompletableFuture[]::new));
  }

  private <T extends HasMetadata> CompletableFuture<Void> inform(
      Informable<T> resources, ItemStore<T> store) {
    SharedIndexInformer<T> informer =
        resources
            .runnableInformer(0)
            .itemStore(store)
            // The index would keep the name of every object ever seen that the store dropped.
            .removeIndexer(Cache.NAMESPACE_INDEX)
            .exceptionHandler((started, failure) -> retry(failure));
    informers.add(informer);
    return informer.start().toCompletableFuture();
  }

  private static boolean retry(Throwable failure) {
    log.atDebug().setCause(failure).log("watch failed, will be started again");
    return true;
  }

  private static <T extends HasMetadata> T shell(T object, T empty) {
    empty.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(object.getMetadata().getNamespace())
            .withName(object.getMetadata().getName())
            .withResourceVersion(object.getMetadata().getResourceVersion())
            .build());
    return empty;
  }

  private static ServiceKey serviceOf(String key) {
    String[] parts = key.split("/", 2);
    return new ServiceKey(parts[0], parts[1]);
  }

  @Override
  public Collection<LoadBalancerConfig> programs() {
    return configs.kept();
  }

  @Override
  public Optional<LoadBalancerConfig> program(ServiceKey id) {
    return configs.kept(id.toString());
  }

  @Override
  public Members members() {
    return switch (settings.membership()) {
      case NodeSettings.Membership.StaticMembership(Set<String> nodes) ->
          new Members(new TreeSet<>(nodes), false);
      case NodeSettings.Membership.PodMembership _ ->
          Members.of(steadyPeers(), excluded.kept(), settings.name());
    };
  }

  @Override
  public Set<InetAddress> foretold() {
    return pendingAddressStore.now();
  }

  @Override
  public Set<InetAddress> nodeAddresses() {
    return peers.kept().stream()
        .flatMap(peer -> peer.addresses().stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public NodeLocality here() {
    return new NodeLocality(settings.name(), zone.kept().stream().findFirst().orElse(""));
  }

  private static String zone(Node node) {
    return Objects.requireNonNullElse(node.getMetadata().getLabels(), Map.<String, String>of())
        .getOrDefault("topology.kubernetes.io/zone", "");
  }

  @Override
  public Optional<List<EndpointSliceSnapshot>> slices(ServiceKey id) {
    return slices.of(id);
  }

  @Override
  public void serve(Set<ServiceKey> services, Set<ServiceKey> among) {
    List<EndpointSliceStore.ServiceInterest> now = new ArrayList<>();
    List<EndpointSliceStore.ServiceInterest> later = new ArrayList<>();
    for (EndpointSliceStore.ServiceInterest added : slices.serve(services, among)) {
      (slices.of(added.id()).isPresent() ? later : now).add(added);
    }
    endpointSliceLister.add(now);
    endpointSliceLister.addLater(later);
  }

  private List<Members.Peer> steadyPeers() {
    List<Members.Peer> steady =
        readinessDebouncer.bridge(peerProber.judged(peers.kept()), System.nanoTime());
    if (readinessDebouncer.isPending()) {
      var unused =
          threads.schedule(
              workQueue::surroundings,
              ReadinessDebouncer.GRACE.toMillis() + 1,
              TimeUnit.MILLISECONDS);
    }
    return steady;
  }

  public int peers() {
    Set<String> others = new TreeSet<>(members().nodes());
    others.remove(settings.name());
    return others.size();
  }

  /** Whether every watch is connected at this moment. */
  public boolean connected() {
    return informers.stream().allMatch(SharedIndexInformer::isWatching);
  }

  @Override
  public void close() {
    informers.forEach(SharedIndexInformer::stop);
    readinessHttpClient.close();
  }
}
