package dev.ballast.dataplane.server.steering;

import dev.ballast.dataplane.server.nftables.NftablesBatch;
import dev.ballast.dataplane.server.nftables.NftablesBatch.Element;
import dev.ballast.dataplane.server.nftables.NftablesDump;
import dev.ballast.dataplane.server.nftables.NftablesSet;
import dev.ballast.dataplane.server.nftables.NftablesSocket;
import dev.ballast.dataplane.server.nftables.NftablesTable;
import dev.ballast.dataplane.server.steering.SteeringSets.Version;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The tables in the kernel. Not thread-safe, apart from {@link #isOwnPort}. */
final class SteeringTables implements AutoCloseable {

  private final NftablesSocket socket;
  private SteeringRuleset ruleset;
  private final TableOwner owner;
  private List<Long> ruleHandles = List.of();
  private volatile int ownPort;

  private SteeringTables(NftablesSocket socket, SteeringRuleset ruleset, TableOwner owner) {
    this.socket = socket;
    this.ruleset = ruleset;
    this.owner = owner;
  }

  /** Replaces the tables of any process. */
  static SteeringTables create(
      NftablesSocket socket, SteeringRuleset ruleset, TableOwner owner, SteeringState state)
      throws IOException {
    var tables = new SteeringTables(socket, ruleset, owner);
    tables.replace(state);
    return tables;
  }

  SteeringMode mode() {
    return ruleset.mode();
  }

  /** Whether the kernel has tables for ARP. */
  boolean arp() {
    return ruleset.arp();
  }

  boolean isOwnPort(int portId) {
    return portId == ownPort;
  }

  /** For other tables of this process. */
  NftablesSocket socket() {
    return socket;
  }

  void commit(NftablesBatch batch) throws IOException {
    socket.commit(batch);
  }

  /** Replaces the tables, as a whole and in one transaction. */
  void replace(SteeringState state) throws IOException {
    ruleset = ruleset.withBridges(steersFromBridges());
    NftablesBatch batch = ruleset.replace(owner);
    state.fill(batch, arp());
    socket.commit(batch);
    ownPort = socket.portId();
    ruleHandles = readRuleHandles();
  }

  private boolean steersFromBridges() throws IOException {
    return mode() == SteeringMode.TPROXY && BridgeNetfilter.isActive();
  }

  /** Whether bridge netfilter has become active since {@link #replace}. */
  boolean needsRulesForBridges() throws IOException {
    return !ruleset.bridges() && steersFromBridges();
  }

  /** Whether a process that started later has replaced the tables by its own. */
  boolean isReplacedByAnotherProcess() throws IOException {
    return owner.isAnother(socket.userData(SteeringSets.INET));
  }

  /** Whether the kernel has the rules of {@link #replace}, and the sets of {@code state}. */
  boolean isIntact(SteeringState state) throws IOException {
    if (!readRuleHandles().equals(ruleHandles)) {
      return false;
    }
    for (Version version : Version.values()) {
      for (NftablesSet set : version.sets()) {
        if (!isIntact(set, state.elements(version, set))) {
          return false;
        }
      }
    }
    if (!isIntact(SteeringSets.ARMED, state.elementsOfArmed())) {
      return false;
    }
    return !arp()
        || isIntact(
            SteeringSets.ARP_ADDRESSES, state.elements(Version.IPV4, Version.IPV4.addresses()));
  }

  private boolean isIntact(NftablesSet set, List<Element> elements) throws IOException {
    List<ByteBuffer> keys = NftablesDump.unchanging(() -> socket.keys(set));
    if (keys.size() != elements.size()) {
      return false;
    }
    Set<ByteBuffer> found = new HashSet<>(keys);
    return elements.stream().map(Element::key).allMatch(found::contains);
  }

  private List<Long> readRuleHandles() throws IOException {
    List<Long> handles = new ArrayList<>();
    for (NftablesTable table : ruleset.tables()) {
      handles.addAll(NftablesDump.unchanging(() -> socket.ruleHandles(table)));
    }
    return handles;
  }

  /** Deletes the tables. */
  void delete() throws IOException {
    socket.commit(ruleset.delete());
  }

  @Override
  public void close() {
    socket.close();
  }
}
