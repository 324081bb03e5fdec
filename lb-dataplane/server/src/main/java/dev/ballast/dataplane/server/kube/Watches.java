package dev.ballast.dataplane.server.kube;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.dataplane.core.endpoint.Place;
import dev.ballast.dataplane.core.plan.ServiceId;
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
final class Watches implements View, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Watches.class);

  /** So a cluster's slices are never in memory all at once, not even at the start. */
  private static final long PAGE = 500;

  private final KubernetesClient client;
  private final NodeSettings settings;
  private final ScheduledExecutorService threads;
  private final Kept<LoadBalancer, Program> programs;
  private final Kept<Pod, Members.Peer> peers;
  private final Readiness readiness = new Readiness();
  private final Inquiries inquiries;
  private final Faltering faltering = new Faltering();
  private final Agenda agenda;
  private final Kept<Node, String> excluded;
  private final Kept<Node, String> zone;
  private final Foretold foretold;
  private final SliceStore slices;
  private final Listings listings;
  private final List<SharedIndexInformer<?>> informers = new CopyOnWriteArrayList<>();

  /**
   * @param agenda gets what has changed, on a watch's thread
   */
  Watches(
      KubernetesClient client,
      NodeSettings settings,
      ScheduledExecutorService threads,
      Agenda agenda,
      MeterRegistry metrics) {
    this.client = client;
    this.settings = settings;
    this.threads = threads;
    this.agenda = agenda;
    this.inquiries = new Inquiries(settings.name(), readiness, threads, agenda::surroundings);
    this.programs =
        new Kept<>(
            object -> Programs.read(object, settings.name()),
            object -> shell(object, new LoadBalancer()),
            new WatchEvents<>(metrics, "LoadBalancer", key -> agenda.add(serviceOf(key))));
    this.peers =
        new Kept<>(
            Members::read,
            object -> shell(object, new Pod()),
            new WatchEvents<>(metrics, "Pod", pod -> agenda.surroundings()));
    this.excluded =
        new Kept<>(
            node -> node.getMetadata().getName(),
            object -> shell(object, new Node()),
            new WatchEvents<>(metrics, "Node", node -> agenda.surroundings()));
    this.zone =
        new Kept<>(
            Watches::zone,
            object -> shell(object, new Node()),
            new WatchEvents<>(metrics, "Node", node -> agenda.surroundings()));
    this.foretold =
        new Foretold(
            InstantSource.system(),
            new WatchEvents<>(metrics, "Address", address -> agenda.surroundings()));
    this.slices = new SliceStore(new WatchEvents<>(metrics, "EndpointSlice", agenda::add));
    this.listings = new Listings(client, slices, threads);
    Gauge.builder("ballast.endpointslices.kept", slices, SliceStore::size)
        .description("EndpointSlices in memory: those of the Services that this node serves")
        .register(metrics);
  }

  /** Starts watching; completes when everything was listed once. Retries until then. */
  CompletableFuture<Void> start() {
    List<CompletableFuture<?>> started = new ArrayList<>();
    started.add(inform(client.resources(LoadBalancer.class).inAnyNamespace(), programs));
    started.add(
        inform(client.discovery().v1().endpointSlices().inAnyNamespace().withLimit(PAGE), slices));
    // Nothing depends on it: who waits for the rest need not wait for this.
    var unused = inform(client.resources(Address.class).withLimit(PAGE), foretold);
    switch (settings.membership()) {
      case NodeSettings.Membership.Pods(String namespace, String selector) -> {
        started.add(
            inform(client.pods().inNamespace(namespace).withLabelSelector(selector), peers));
        // Only those with the label: every node hears of every one of these, heartbeats included.
        started.add(inform(client.nodes().withLabel(Members.EXCLUSION_LABEL), excluded));
        started.add(inform(client.nodes().withField("metadata.name", settings.name()), zone));
      }
      case NodeSettings.Membership.Static _ -> {}
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

  private static ServiceId serviceOf(String key) {
    String[] parts = key.split("/", 2);
    return new ServiceId(parts[0], parts[1]);
  }

  @Override
  public Collection<Program> programs() {
    return programs.kept();
  }

  @Override
  public Optional<Program> program(ServiceId id) {
    return programs.kept(id.toString());
  }

  @Override
  public Members members() {
    return switch (settings.membership()) {
      case NodeSettings.Membership.Static(Set<String> nodes) ->
          new Members(new TreeSet<>(nodes), false);
      case NodeSettings.Membership.Pods _ ->
          Members.of(steadyPeers(), excluded.kept(), settings.name());
    };
  }

  @Override
  public Set<InetAddress> foretold() {
    return foretold.now();
  }

  @Override
  public Set<InetAddress> nodeAddresses() {
    return peers.kept().stream()
        .flatMap(peer -> peer.addresses().stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public Place here() {
    return new Place(settings.name(), zone.kept().stream().findFirst().orElse(""));
  }

  private static String zone(Node node) {
    return Objects.requireNonNullElse(node.getMetadata().getLabels(), Map.<String, String>of())
        .getOrDefault("topology.kubernetes.io/zone", "");
  }

  @Override
  public Optional<List<Slice>> slices(ServiceId id) {
    return slices.of(id);
  }

  @Override
  public void serve(Set<ServiceId> services, Set<ServiceId> among) {
    List<SliceStore.Interest> now = new ArrayList<>();
    List<SliceStore.Interest> later = new ArrayList<>();
    for (SliceStore.Interest added : slices.serve(services, among)) {
      (slices.of(added.id()).isPresent() ? later : now).add(added);
    }
    listings.add(now);
    listings.addLater(later);
  }

  private List<Members.Peer> steadyPeers() {
    List<Members.Peer> steady = faltering.bridge(inquiries.judged(peers.kept()), System.nanoTime());
    if (faltering.isPending()) {
      var unused =
          threads.schedule(
              agenda::surroundings, Faltering.GRACE.toMillis() + 1, TimeUnit.MILLISECONDS);
    }
    return steady;
  }

  int peers() {
    Set<String> others = new TreeSet<>(members().nodes());
    others.remove(settings.name());
    return others.size();
  }

  /** Whether every watch is connected at this moment. */
  boolean connected() {
    return informers.stream().allMatch(SharedIndexInformer::isWatching);
  }

  @Override
  public void close() {
    informers.forEach(SharedIndexInformer::stop);
    readiness.close();
  }
}
