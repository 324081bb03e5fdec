package dev.ballast.dataplane.server.handover;

import dev.ballast.dataplane.core.plan.FiveTuple;
import dev.ballast.dataplane.server.steering.forwarding.FlowForwarder;
import dev.ballast.dataplane.server.steering.forwarding.FormerOwner;
import dev.ballast.logging.LogKeys;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The side of the new owner: makes the kernel pass packets on to the nodes that have connections of
 * its addresses. One thread of its own waits for the kernel.
 */
public final class FormerOwners implements HandoverListener, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(FormerOwners.class);

  /** Then the former owner has sent its flows, and once more those that came late. */
  static final Duration AWAIT_FLOWS = Duration.ofSeconds(3);

  /** So many are kept in memory, for the next owners. The kernel keeps no more of one node. */
  private static final int MAX_FLOWS = 65_536;

  private final String self;
  private final FlowForwarder forwarder;
  private final FormerOwnerLookup lookup;
  private final Consumer<Set<InetAddress>> silence;
  private final LongSupplier nanoTime;
  private final ExecutorService executor =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("former-owners").factory());

  /** What each former owner has of each address, for the next owner. */
  private final Map<InetAddress, Map<String, KnownFlows>> known = new HashMap<>();

  /** The addresses whose flows each node was to list when this node took them last. */
  private final Map<String, Set<InetAddress>> awaited = new HashMap<>();

  /** Finds out how this node reaches another one. */
  public interface FormerOwnerLookup {

    /** Empty when the two are not on one link, by the IP version of the address. */
    Optional<FormerOwner> find(String node, InetAddress address);
  }

  private record KnownFlows(Set<FiveTuple> flows, long end) {}

  /**
   * Starts its thread.
   *
   * @param self the name of this node
   * @param silence has to stop this node's answers to neighbors about addresses for a moment
   */
  public FormerOwners(
      String self,
      FlowForwarder forwarder,
      FormerOwnerLookup lookup,
      Consumer<Set<InetAddress>> silence,
      LongSupplier nanoTime) {
    this.self = self;
    this.forwarder = forwarder;
    this.silence = silence;
    this.lookup = lookup;
    this.nanoTime = nanoTime;
  }

  /**
   * To be called before this node announces addresses that other nodes have.
   *
   * @param addresses of each former owner
   */
  void await(Map<String, Set<InetAddress>> addresses) {
    synchronized (this) {
      awaited.putAll(addresses);
    }
    addresses.forEach(
        (node, moving) ->
            byFormerOwner(node, moving).forEach((it, all) -> awaitFlows(node, it, all)));
  }

  /** One for each IP version. The addresses of a node that is not on the link are left out. */
  private Map<FormerOwner, Set<InetAddress>> byFormerOwner(
      String node, Set<InetAddress> addresses) {
    Map<FormerOwner, Set<InetAddress>> byFormerOwner = new HashMap<>();
    for (InetAddress address : addresses) {
      lookup
          .find(node, address)
          .ifPresent(
              it -> byFormerOwner.computeIfAbsent(it, _ -> new LinkedHashSet<>()).add(address));
    }
    return byFormerOwner;
  }

  private void awaitFlows(String node, FormerOwner formerOwner, Set<InetAddress> addresses) {
    try {
      forwarder.awaitFlows(formerOwner, addresses, AWAIT_FLOWS);
    } catch (IOException e) {
      logFailure(node, e);
    }
  }

  private static void logFailure(String node, IOException cause) {
    log.atWarn()
        .addKeyValue(LogKeys.NODE, node)
        .addKeyValue(LogKeys.CAUSE, cause.getMessage())
        .log(
            "Cannot pass packets on to the node that had an address before, so its connections are reset. Load the kernel modules nft_dup_ipv4, nft_dup_ipv6 and nft_socket");
  }

  @Override
  public void requested(Set<InetAddress> addresses) {
    silence.accept(addresses);
  }

  @Override
  public void received(HandedOverFlows flows) {
    // Its own packets would come back to it for ever.
    if (!flows.formerOwner().equals(self)) {
      execute(() -> forward(flows));
    }
  }

  private void forward(HandedOverFlows flows) throws IOException {
    Optional<FormerOwner> formerOwner = lookup.find(flows.formerOwner(), flows.address());
    if (formerOwner.isEmpty()) {
      log.atInfo()
          .addKeyValue(LogKeys.ADDRESS, flows.address().getHostAddress())
          .addKeyValue(LogKeys.NODE, flows.formerOwner())
          .log(
              "Resets {} connections of the node that had an address before, because the two nodes are not on one link",
              flows.flows().size());
      return;
    }
    remember(flows);
    int count = forwarder.forward(formerOwner.orElseThrow(), flows.flows(), flows.remaining());
    log.atDebug()
        .addKeyValue(LogKeys.NODE, flows.formerOwner())
        .log("Passes on {} of {} flows", count, flows.flows().size());
  }

  private synchronized void remember(HandedOverFlows flows) {
    long now = nanoTime.getAsLong();
    long end = now + flows.remaining().toNanos();
    known.values().forEach(nodes -> nodes.values().removeIf(it -> it.end() - now <= 0));
    known.values().removeIf(Map::isEmpty);
    int count =
        known.values().stream()
            .flatMap(nodes -> nodes.values().stream())
            .mapToInt(it -> it.flows().size())
            .sum();
    KnownFlows all =
        known
            .computeIfAbsent(flows.address(), _ -> new HashMap<>())
            .compute(
                flows.formerOwner(),
                (_, before) ->
                    new KnownFlows(before == null ? new LinkedHashSet<>() : before.flows(), end));
    flows.flows().stream().limit(Math.max(0, MAX_FLOWS - count)).forEach(all.flows()::add);
  }

  @Override
  public void complete(String node, InetAddress address) {
    execute(
        () -> {
          Optional<FormerOwner> formerOwner = lookup.find(node, address);
          if (formerOwner.isPresent()) {
            forwarder.flowsComplete(formerOwner.orElseThrow(), address);
          }
        });
  }

  @Override
  public void released(String node, Set<InetAddress> addresses) {
    execute(() -> stop(node, addresses));
  }

  @Override
  public void ended(String node) {
    execute(() -> stop(node, addressesAt(node)));
  }

  private synchronized Set<InetAddress> addressesAt(String node) {
    Set<InetAddress> all = new LinkedHashSet<>(awaited.getOrDefault(node, Set.of()));
    awaited.remove(node);
    known.forEach(
        (address, nodes) -> {
          if (nodes.containsKey(node)) {
            all.add(address);
          }
        });
    return all;
  }

  /** Also what is passed on before the list of flows has come. */
  private void stop(String node, Set<InetAddress> addresses) throws IOException {
    addresses.forEach(address -> forget(node, address));
    for (var entry : byFormerOwner(node, addresses).entrySet()) {
      forwarder.stopForwarding(entry.getKey().address(), entry.getValue());
    }
  }

  private synchronized void forget(String node, InetAddress address) {
    Map<String, KnownFlows> nodes = known.getOrDefault(address, new HashMap<>());
    nodes.remove(node);
    if (nodes.isEmpty()) {
      known.remove(address);
    }
  }

  /** What this node passes on, for the next owner of the address. Forgets what has ended. */
  synchronized List<HandedOverFlows> of(InetAddress address) {
    long now = nanoTime.getAsLong();
    Map<String, KnownFlows> nodes = known.getOrDefault(address, new HashMap<>());
    nodes.values().removeIf(flows -> flows.end() - now <= 0);
    return nodes.entrySet().stream()
        .map(
            entry ->
                new HandedOverFlows(
                    address,
                    entry.getKey(),
                    Duration.ofNanos(entry.getValue().end() - now),
                    List.copyOf(entry.getValue().flows())))
        .toList();
  }

  private interface KernelTask {
    void run() throws IOException;
  }

  private void execute(KernelTask task) {
    try {
      executor.execute(
          () -> {
            try {
              task.run();
            } catch (IOException e) {
              log.atWarn()
                  .addKeyValue(LogKeys.CAUSE, e.getMessage())
                  .log(
                      "Cannot pass packets on to the node that had an address before, so its connections are reset");
            } catch (RuntimeException e) {
              log.atError().setCause(e).log("A handover of connections failed because of a bug");
            }
          });
    } catch (RejectedExecutionException e) {
      log.debug("Closed: {}", e.getMessage());
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
