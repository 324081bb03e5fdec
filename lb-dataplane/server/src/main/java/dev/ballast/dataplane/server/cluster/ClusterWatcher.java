package dev.ballast.dataplane.server.cluster;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.LoadBalancerNode;
import dev.ballast.apiclient.HeartbeatKeyFile;
import dev.ballast.dataplane.core.address.AddressGrant;
import dev.ballast.dataplane.core.address.AnnouncePolicy;
import dev.ballast.dataplane.core.endpoint.NodeLocality;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.heartbeat.HeartbeatKeys;
import dev.ballast.dataplane.server.heartbeat.NodeLiveness;
import dev.ballast.dataplane.server.membership.Members;
import dev.ballast.dataplane.server.membership.PeerReadiness;
import dev.ballast.dataplane.server.metrics.NodeMetric;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
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
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the cluster: all LoadBalancers, Addresses and AddressPools, the data plane Pods, the
 * Nodes that are excluded from load balancing, the zone of this node, and the EndpointSlices of the
 * Services that it serves. While the API server is unavailable, the last known state stays.
 */
public final class ClusterWatcher implements ClusterState, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ClusterWatcher.class);

  /** Lists are paged, so that the slices of a cluster are never in memory all at once. */
  private static final long PAGE_SIZE = 500;

  /** Many times as long as the operator needs to create an Address again that a person deleted. */
  private static final Duration DELETED_GRANT_RETENTION = Duration.ofSeconds(10);

  private final KubernetesClient client;
  private final NodeSettings settings;
  private final ScheduledExecutorService threads;
  private final ProjectingStore<LoadBalancer, LoadBalancerConfig> configs;
  private final ProjectingStore<Pod, Members.Peer> peers;
  private final PeerReadiness peerReadiness;
  private final Supplier<NodeLiveness> heartbeats;
  private final ProjectingStore<Node, String> excludedNodes;
  private final ProjectingStore<Node, OwnNode> ownNode;
  private final ProjectingStore<LoadBalancerNode, PeerNode> peerNodes;
  private final ProjectingStore<Secret, HeartbeatKeys> heartbeatKeys;
  private final PendingAddresses pendingAddresses = new PendingAddresses(System::nanoTime);
  private final AddressStore addressStore;
  private final AnnouncePolicies announcePolicies;
  private final EndpointSliceStore slices;
  private final EndpointSliceLister endpointSliceLister;

  /** Those without which this node cannot serve. */
  private final List<SharedIndexInformer<?>> informers = new CopyOnWriteArrayList<>();

  private final List<SharedIndexInformer<?>> all = new CopyOnWriteArrayList<>();

  /**
   * @param heartbeats what the heartbeats of other nodes show
   * @param workQueue gets each change, on the thread of a watch
   */
  public ClusterWatcher(
      KubernetesClient client,
      NodeSettings settings,
      Supplier<NodeLiveness> heartbeats,
      ScheduledExecutorService threads,
      WorkQueue workQueue,
      MeterRegistry metrics) {
    this.client = client;
    this.settings = settings;
    this.threads = threads;
    this.heartbeats = heartbeats;
    this.peerReadiness = new PeerReadiness(settings.name(), heartbeats, threads, workQueue::wake);
    this.configs =
        new ProjectingStore<>(
            object -> LoadBalancerConfigParser.parse(object, settings.name()),
            object -> ProjectingStore.metadataOnly(object, new LoadBalancer()),
            new WatchEventHandler<>(
                metrics, "LoadBalancer", key -> workQueue.add(serviceKey(key))));
    this.peers =
        new ProjectingStore<>(
            Members::parsePeer,
            object -> ProjectingStore.metadataOnly(object, new Pod()),
            new WatchEventHandler<>(metrics, "Pod", pod -> workQueue.wake()));
    this.excludedNodes =
        new ProjectingStore<>(
            node -> node.getMetadata().getName(),
            object -> ProjectingStore.metadataOnly(object, new Node()),
            new WatchEventHandler<>(metrics, "Node", node -> workQueue.wake()));
    this.ownNode =
        new ProjectingStore<>(
            OwnNode::of,
            object -> ProjectingStore.metadataOnly(object, new Node()),
            new WatchEventHandler<>(metrics, "Node", node -> workQueue.wake()));
    this.peerNodes =
        new ProjectingStore<>(
            PeerNode::parse,
            object -> ProjectingStore.metadataOnly(object, new LoadBalancerNode()),
            new WatchEventHandler<>(metrics, "LoadBalancerNode", node -> workQueue.wake()));
    this.heartbeatKeys =
        new ProjectingStore<>(
            secret -> HeartbeatKeys.of(HeartbeatKeyFile.of(secret).keys()),
            object -> ProjectingStore.metadataOnly(object, new Secret()),
            new WatchEventHandler<>(metrics, "Secret", secret -> workQueue.wake()));
    this.addressStore =
        new AddressStore(
            new WatchEventHandler<>(metrics, "Address", workQueue::add),
            address -> {
              if (pendingAddresses.add(address)) {
                workQueue.wake();
              }
            },
            this::expireLater);
    this.announcePolicies = new AnnouncePolicies(metrics, addressStore::poolOf, workQueue::addAll);
    this.slices =
        new EndpointSliceStore(new WatchEventHandler<>(metrics, "EndpointSlice", workQueue::add));
    this.endpointSliceLister = new EndpointSliceLister(client, slices, threads);
    NodeMetric.ENDPOINT_SLICES.gauge(metrics, slices::size);
  }

  /** Starts the watches. Completes when everything is listed once, and retries until then. */
  public CompletableFuture<Void> start() {
    List<CompletableFuture<?>> started = new ArrayList<>();
    started.add(startInformer(client.resources(LoadBalancer.class).inAnyNamespace(), configs));
    started.add(
        startInformer(
            client.discovery().v1().endpointSlices().inAnyNamespace().withLimit(PAGE_SIZE),
            slices));
    // Waited for, since a node that knows no Address would serve nothing.
    started.add(
        startInformer(client.resources(Address.class).withLimit(PAGE_SIZE), addressStore)
            .thenRun(pendingAddresses::setListed));
    // Waited for, since a node that knows no pool would take addresses that it may not announce.
    started.add(startInformer(client.resources(AddressPool.class), announcePolicies.store()));
    // Not waited for, since this node serves without it: the CRD may be of an older version.
    var unused = newInformer(client.resources(LoadBalancerNode.class), peerNodes).start();
    switch (settings.membership()) {
      case NodeSettings.Membership.PodMembership(
              String namespace,
              String selector,
              Optional<String> heartbeatSecret) -> {
        started.add(
            startInformer(client.pods().inNamespace(namespace).withLabelSelector(selector), peers));
        // Only Nodes with the label, since every node gets every update of these, heartbeats
        // included.
        started.add(
            startInformer(client.nodes().withLabel(Members.EXCLUSION_LABEL), excludedNodes));
        started.add(
            startInformer(client.nodes().withField("metadata.name", settings.name()), ownNode));
        // Not waited for, since this node serves without it.
        heartbeatSecret.ifPresent(name -> watchHeartbeatKeys(namespace, name));
      }
      case NodeSettings.Membership.StaticMembership _ -> {}
    }
    startConnectionMonitor();
    return CompletableFuture.allOf(started.toArray(CompletableFuture[]::new));
  }

  private void watchHeartbeatKeys(String namespace, String name) {
    var unused =
        newInformer(
                client.secrets().inNamespace(namespace).withField("metadata.name", name),
                heartbeatKeys)
            .start();
  }

  private <T extends HasMetadata> CompletableFuture<Void> startInformer(
      Informable<T> resources, ItemStore<T> store) {
    SharedIndexInformer<T> informer = newInformer(resources, store);
    informers.add(informer);
    return informer.start().toCompletableFuture();
  }

  private <T extends HasMetadata> SharedIndexInformer<T> newInformer(
      Informable<T> resources, ItemStore<T> store) {
    SharedIndexInformer<T> informer =
        resources
            .runnableInformer(0)
            .itemStore(store)
            // The index keeps the names of objects that the store has dropped.
            .removeIndexer(Cache.NAMESPACE_INDEX)
            .exceptionHandler((started, failure) -> logAndRetry(failure));
    all.add(informer);
    return informer;
  }

  private void startConnectionMonitor() {
    var monitor = new ApiConnectionMonitor(this::isConnected);
    var unused = threads.scheduleWithFixedDelay(monitor::tick, 1, 1, TimeUnit.SECONDS);
  }

  private static boolean logAndRetry(Throwable failure) {
    log.atDebug().setCause(failure).log("Watch failed, restarting it");
    return true;
  }

  private static ServiceKey serviceKey(String key) {
    int slash = key.indexOf('/');
    return new ServiceKey(key.substring(0, slash), key.substring(slash + 1));
  }

  @Override
  public Collection<LoadBalancerConfig> loadBalancers() {
    return configs.projected();
  }

  @Override
  public Optional<LoadBalancerConfig> loadBalancer(ServiceKey id) {
    return configs.projected(id.toString());
  }

  @Override
  public Members members() {
    return switch (settings.membership()) {
      case NodeSettings.Membership.StaticMembership(Set<String> nodes) ->
          new Members(new TreeSet<>(nodes), false);
      case NodeSettings.Membership.PodMembership _ ->
          Members.of(
                  peerReadiness.assess(peers.projected()),
                  excludedNodes.projected(),
                  settings.name())
              .withDead(silentWhileReady());
    };
  }

  /** Nodes that have failed, that the API server still calls ready, and that may answer. */
  private Set<String> silentWhileReady() {
    NodeLiveness now = heartbeats.get();
    return peers.projected().stream()
        .filter(peer -> peer.ready() && now.dead().contains(peer.node()))
        .filter(peer -> !now.ended().contains(peer.node()))
        .map(Members.Peer::node)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The keys that the heartbeats of this cluster are signed with; none without a Secret. */
  public HeartbeatKeys heartbeatKeys() {
    return heartbeatKeys.projected().stream().findFirst().orElse(HeartbeatKeys.NONE);
  }

  /** By a clock of this node, from the moment when it saw the deletion. */
  private void expireLater(AddressStore.Deletion deletion) {
    var unused =
        threads.schedule(
            () -> addressStore.expire(deletion),
            DELETED_GRANT_RETENTION.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  @Override
  public Optional<AddressGrant> grantOf(InetAddress address) {
    return addressStore.grantOf(address);
  }

  @Override
  public AnnouncePolicy announcePolicy(InetAddress address) {
    return announcePolicies.of(address);
  }

  /** The Services that have one of these addresses. */
  public Set<ServiceKey> servicesWith(Set<InetAddress> addresses) {
    return addresses.stream()
        .flatMap(address -> grantOf(address).stream())
        .flatMap(grant -> grant.services().stream())
        .collect(Collectors.toSet());
  }

  @Override
  public Set<InetAddress> pendingAddresses() {
    return pendingAddresses.recent();
  }

  @Override
  public Map<InetAddress, String> nodeAddresses() {
    Map<InetAddress, String> nodes = new HashMap<>();
    for (Members.Peer peer : peers.projected()) {
      peer.addresses().forEach(address -> nodes.put(address, peer.node()));
    }
    return nodes;
  }

  @Override
  public Map<String, PeerNode> peerNodes() {
    return peerNodes.projected().stream()
        .collect(Collectors.toUnmodifiableMap(PeerNode::name, Function.identity()));
  }

  @Override
  public List<String> terminatingPods() {
    return peers.projected().stream()
        .filter(peer -> peer.terminating() && peer.node().equals(settings.name()))
        .map(Members.Peer::pod)
        .sorted()
        .toList();
  }

  @Override
  public Set<String> leavingNodes() {
    Set<String> leaving = new HashSet<>();
    Set<String> remaining = new HashSet<>();
    for (Members.Peer peer : peers.projected()) {
      (peer.terminating() ? leaving : remaining).add(peer.node());
    }
    leaving.removeAll(remaining);
    return leaving;
  }

  @Override
  public NodeLocality locality() {
    return new NodeLocality(
        settings.name(), ownNode.projected().stream().findFirst().map(OwnNode::zone).orElse(""));
  }

  @Override
  public Optional<String> nodeUid() {
    return ownNode.projected().stream().findFirst().map(OwnNode::uid);
  }

  /** What the data plane uses of this node's Node. */
  private record OwnNode(String uid, String zone) {

    static OwnNode of(Node node) {
      var labels =
          Objects.requireNonNullElse(node.getMetadata().getLabels(), Map.<String, String>of());
      return new OwnNode(
          node.getMetadata().getUid(), labels.getOrDefault("topology.kubernetes.io/zone", ""));
    }
  }

  @Override
  public Optional<List<EndpointSliceSnapshot>> endpointSlices(ServiceKey id) {
    return slices.slicesOf(id);
  }

  @Override
  public void setServedServices(Set<ServiceKey> served, Set<ServiceKey> examined) {
    List<EndpointSliceStore.Subscription> urgent = new ArrayList<>();
    List<EndpointSliceStore.Subscription> deferrable = new ArrayList<>();
    for (EndpointSliceStore.Subscription added : slices.setServedServices(served, examined)) {
      (slices.slicesOf(added.id()).isPresent() ? deferrable : urgent).add(added);
    }
    endpointSliceLister.enqueue(urgent);
    endpointSliceLister.enqueueLater(deferrable);
  }

  public int peerCount() {
    Set<String> others = new TreeSet<>(members().nodes());
    others.remove(settings.name());
    return others.size();
  }

  /** Whether every watch is connected now. */
  private boolean isConnected() {
    return informers.stream().allMatch(SharedIndexInformer::isWatching);
  }

  @Override
  public void close() {
    all.forEach(SharedIndexInformer::stop);
    peerReadiness.close();
  }
}
