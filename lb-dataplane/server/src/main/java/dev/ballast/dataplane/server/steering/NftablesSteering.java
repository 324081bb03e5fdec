package dev.ballast.dataplane.server.steering;

import dev.ballast.dataplane.core.plan.FiveTuple;
import dev.ballast.dataplane.server.nftables.NftablesBatch;
import dev.ballast.dataplane.server.nftables.NftablesSocket;
import dev.ballast.dataplane.server.steering.forwarding.FlowForwarding;
import dev.ballast.dataplane.server.steering.forwarding.FormerOwner;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Steering by the tables {@code inet ballast} and {@code arp ballast}. They stay when the process
 * is killed, and then refuse everything. Another program's changes of them are undone within a
 * second.
 */
final class NftablesSteering implements Steering {

  private static final Logger log = LoggerFactory.getLogger(NftablesSteering.class);

  private final SteeringSetting setting;
  private final SelfFencing fencing;
  private final SteeringState state;
  private final FlowForwarding forwarding = new FlowForwarding();
  private volatile SteeringMode mode = SteeringMode.BIND_UNFILTERED;
  private final AtomicLong repairs = new AtomicLong();

  private final TableOwner owner = TableOwner.random();

  /** Null before the start, and when the kernel takes none. */
  private @Nullable SteeringRuleset ruleset;

  /** Null while this process is not active, and when another process has the tables. */
  private @Nullable SteeringTables tables;

  private @Nullable SteeringVerifier verifier;

  NftablesSteering(SteeringSetting setting, SelfFencing fencing) {
    this.setting = setting;
    this.fencing = fencing;
    this.state = new SteeringState(fencing);
  }

  @Override
  public synchronized SteeringMode start(PrivateListeners listeners) {
    try (NftablesSocket socket = NftablesSocket.open()) {
      SteeringRuleset found =
          new SteeringProbe(setting, listeners, fencing.peerPort()).find(socket, owner);
      ruleset = found;
      mode = found.mode();
      log.info("Steers with nftables in mode {}", mode);
    } catch (IOException e) {
      log.warn(
          "Cannot use nftables ({}). Daemons and NAT rules of this node can answer for load"
              + " balancer addresses, and Services take ports from the node. Use Linux 5.10 or"
              + " later with nf_tables, and give the container the capability NET_ADMIN",
          e.getMessage());
    }
    return mode;
  }

  @Override
  public synchronized void activate() throws IOException {
    SteeringRuleset found = ruleset;
    if (found == null || tables != null) {
      return;
    }
    NftablesSocket socket = NftablesSocket.open();
    try {
      tables = SteeringTables.create(socket, found, owner, state);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    watch();
  }

  @Override
  public synchronized void deactivate() {
    stopWatching();
    SteeringTables current = tables;
    tables = null;
    if (current != null) {
      current.close();
    }
  }

  private void watch() {
    SteeringTables current = tables;
    if (current == null) {
      return;
    }
    try {
      verifier = SteeringVerifier.start(current::isOwnPort, this::verify);
    } catch (IOException e) {
      log.warn(
          "Cannot watch nftables ({}). Changes by other programs, such as nft flush ruleset, are"
              + " not undone. Restart this Pod after such a change",
          e.getMessage());
    }
  }

  @Override
  public SteeringMode mode() {
    return mode;
  }

  @Override
  public long repairs() {
    return repairs.get();
  }

  @Override
  public synchronized void addAddress(InetAddress address) throws IOException {
    if (!state.has(address)) {
      change(arp -> SteeringState.batch(address, true, arp), next -> next.add(address));
    }
  }

  @Override
  public synchronized void removeAddress(InetAddress address) throws IOException {
    if (state.has(address)) {
      change(arp -> SteeringState.batch(address, false, arp), next -> next.remove(address));
    }
  }

  @Override
  public synchronized void apply(FrontendChanges changes) throws IOException {
    change(arp -> state.batch(changes), next -> next.apply(changes));
  }

  @Override
  public synchronized void setArpSource(int interfaceIndex, Inet4Address address)
      throws IOException {
    change(
        arp -> arp ? state.batch(interfaceIndex, address) : new NftablesBatch(),
        next -> next.setArpSource(interfaceIndex, address));
  }

  @Override
  public SelfFencing fencing() {
    return fencing;
  }

  @Override
  public synchronized void setFencing(boolean armed) throws IOException {
    if (armed != state.isArmed()) {
      change(arp -> state.batchOfArmed(armed), next -> next.setArmed(armed));
      fencing.setArmed(armed);
    }
  }

  @Override
  public synchronized void awaitFlows(
      FormerOwner formerOwner, Collection<InetAddress> addresses, Duration timeout)
      throws IOException {
    SteeringTables current = tables;
    // Without a private listener, the kernel finds no socket of this process that it could spare.
    if (current != null && mode == SteeringMode.TPROXY) {
      forwarding.await(current.socket(), formerOwner, addresses, timeout);
    }
  }

  @Override
  public synchronized int forward(
      FormerOwner formerOwner, Collection<FiveTuple> flows, Duration timeout) throws IOException {
    SteeringTables current = tables;
    return current == null ? 0 : forwarding.forward(current.socket(), formerOwner, flows, timeout);
  }

  @Override
  public synchronized void flowsComplete(FormerOwner formerOwner, InetAddress address)
      throws IOException {
    SteeringTables current = tables;
    if (current != null) {
      forwarding.endAwaitingDatagrams(current.socket(), formerOwner, address);
    }
  }

  @Override
  public synchronized void stopForwarding(InetAddress formerOwner, Set<InetAddress> addresses)
      throws IOException {
    SteeringTables current = tables;
    if (current != null) {
      forwarding.stop(current.socket(), formerOwner, addresses);
    }
  }

  /** Makes the transaction for a change. */
  private interface Transaction {
    NftablesBatch batch(boolean arp);
  }

  /**
   * Commits a change, and makes the same change of the state. The kernel rejects it if another
   * program has changed the tables before; then all is replaced.
   */
  private void change(Transaction transaction, Consumer<SteeringState> change) throws IOException {
    SteeringTables current = tables;
    if (current != null) {
      try {
        current.commit(transaction.batch(current.arp()));
      } catch (IOException e) {
        log.debug("A change of the tables failed, replacing them", e);
        SteeringState next = new SteeringState(state);
        change.accept(next);
        restore(current, next);
      }
    }
    change.accept(state);
  }

  private void restore(SteeringTables current, SteeringState wanted) throws IOException {
    if (current.isReplacedByAnotherProcess()) {
      log.warn(
          "Another Ballast process on this node has replaced the nftables tables. It serves from"
              + " now on. Let this process end");
      tables = null;
      current.close();
    } else {
      current.replace(wanted);
      repairs.incrementAndGet();
      log.warn(
          "Another program changed or deleted Ballast's nftables tables, as nft flush ruleset does."
              + " They are restored. Exclude the tables named ballast from what that program"
              + " changes");
    }
  }

  @Override
  public synchronized void interfacesChanged() {
    SteeringTables current = tables;
    try {
      if (current != null && current.needsRulesForBridges()) {
        current.replace(state);
        log.info("Steers what bridges receive too, because bridge netfilter is active");
      }
    } catch (IOException e) {
      log.warn(
          "Cannot add the nftables rules for bridges ({}). Pods of this node may not reach load"
              + " balancer addresses. Restart this Pod",
          e.getMessage());
    }
  }

  /** Called when another program may have changed the tables. */
  private synchronized void verify() throws IOException {
    SteeringTables current = tables;
    if (current != null && !current.isIntact(state)) {
      restore(current, state);
    }
    SteeringTables restored = tables;
    if (restored != null) {
      forwarding.deleteEmpty(restored.socket());
    }
  }

  private void stopWatching() {
    if (verifier != null) {
      verifier.close();
      verifier = null;
    }
  }

  @Override
  public synchronized void close() {
    stopWatching();
    SteeringTables current = tables;
    tables = null;
    if (current == null) {
      return;
    }
    try (current) {
      if (!current.isReplacedByAnotherProcess()) {
        current.delete();
        forwarding.deleteAll(current.socket());
      }
    } catch (IOException e) {
      log.warn(
          "Cannot delete the nftables tables ({}). They refuse connections to addresses that this"
              + " node had. Delete them with nft delete table inet ballast and nft delete table arp"
              + " ballast",
          e.getMessage());
    }
  }
}
