package dev.ballast.dataplane.server.handover;

import dev.ballast.dataplane.core.plan.FiveTuple;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves addresses between living nodes without an end of their connections. One thread uses it,
 * apart from {@link #draining}.
 */
public final class Handovers {

  private static final Logger log = LoggerFactory.getLogger(Handovers.class);

  /** An owner that does not answer within that time goes on to answer neighbors for a moment. */
  private static final Duration ANSWER_TIMEOUT = Duration.ofMillis(200);

  private final HandoverExchange exchange;
  private final FormerOwners formerOwners;
  private final DrainingAddresses draining;

  /** For how long an owner that was asked is silent, so that it need not be asked again. */
  private static final long REQUEST_LIFETIME = Duration.ofMillis(900).toNanos();

  /** The owners that were asked just now. */
  private final Map<InetAddress, OwnerRequest> requested = new HashMap<>();

  private final LongSupplier nanoTime;

  private record OwnerRequest(String owner, long time) {}

  /** Finds connections and flows. */
  public interface FlowSource {

    /** Those of each of these addresses that has some. Does not block. */
    CompletionStage<Map<InetAddress, List<FiveTuple>>> flows(Set<InetAddress> addresses);
  }

  private Handovers(
      HandoverExchange exchange,
      FormerOwners formerOwners,
      DrainingAddresses draining,
      LongSupplier nanoTime) {
    this.exchange = exchange;
    this.nanoTime = nanoTime;
    this.formerOwners = formerOwners;
    this.draining = draining;
  }

  /**
   * Creates it, with nothing on the move.
   *
   * @param self the name of this node
   * @param drain how long connections go on at the former owner at most; zero: not at all
   * @param flows of this node
   * @param formerOwners which the exchange tells what other nodes send
   */
  public static Handovers create(
      String self,
      Duration drain,
      FlowSource flows,
      HandoverExchange exchange,
      FormerOwners formerOwners,
      LongSupplier nanoTime) {
    return new Handovers(
        exchange,
        formerOwners,
        new DrainingAddresses(self, drain, flows, exchange, formerOwners::of, nanoTime),
        nanoTime);
  }

  /**
   * To be called before this node announces addresses that other nodes have. Waits for a moment
   * until they answer no neighbor about these addresses.
   *
   * @param owners the node that has each address
   */
  public void take(Map<InetAddress, String> owners) throws InterruptedException {
    long now = nanoTime.getAsLong();
    requested.values().removeIf(request -> now - request.time() > REQUEST_LIFETIME);
    Map<String, Set<InetAddress>> byNode = new HashMap<>();
    owners.forEach(
        (address, node) -> {
          OwnerRequest before = requested.get(address);
          if (exchange.reaches(node) && (before == null || !before.owner().equals(node))) {
            requested.put(address, new OwnerRequest(node, now));
            byNode.computeIfAbsent(node, _ -> new HashSet<>()).add(address);
          }
        });
    if (byNode.isEmpty()) {
      return;
    }
    CompletionStage<Void> ready = exchange.request(byNode);
    formerOwners.await(byNode);
    try {
      ready.toCompletableFuture().get(ANSWER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      log.debug("An owner of {} has not answered in time", owners.keySet(), e);
    }
  }

  /** Whether that node passes packets on to this one after it has announced an address. */
  public boolean passesOn(String node) {
    return exchange.reaches(node);
  }

  /** Whether connections go on here after another node has announced their address. */
  public boolean isDrainEnabled() {
    return draining.isEnabled();
  }

  /**
   * Tells the new owners which connections this node has. To be called when this node announces the
   * addresses no longer.
   *
   * @param successors the new owner of each address
   */
  public void begin(Map<InetAddress, String> successors) {
    draining.begin(successors);
  }

  /** Whether this node serves connections of the address, and has told another node of them. */
  public boolean isDrainingForAnother(InetAddress address, String successor) {
    return draining.isForAnother(address, successor);
  }

  /**
   * Tells the new owners once more which connections this node has: some began while the network
   * learned the new owner. Thread-safe.
   */
  public void sendAgain() {
    draining.sendAgain();
  }

  /** The addresses that another node announces, and whose connections this node serves yet. */
  public Set<InetAddress> draining() {
    return draining.addresses();
  }

  /** This node announces these addresses, or has nothing to do with them any longer. */
  public void forget(Set<InetAddress> addresses) {
    draining.forget(addresses);
  }

  /**
   * The addresses that this node has to release now, and no longer has in {@link #draining}: their
   * connections have ended, or have had their time.
   */
  public Set<InetAddress> ended() {
    return draining.ended();
  }

  /** Other nodes need pass nothing on to this one: it has released these addresses. Thread-safe. */
  public void released(Set<InetAddress> addresses) {
    draining.released(addresses);
  }
}
