package dev.ballast.dataplane.server.steering;

import static dev.ballast.dataplane.server.steering.SteeringSets.ARP;
import static dev.ballast.dataplane.server.steering.SteeringSets.INET;

import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.nftables.NftablesBatch;
import dev.ballast.dataplane.server.nftables.NftablesExpression;
import dev.ballast.dataplane.server.nftables.NftablesHook;
import dev.ballast.dataplane.server.nftables.NftablesTable;
import dev.ballast.dataplane.server.steering.SteeringRules.End;
import dev.ballast.dataplane.server.steering.SteeringSets.Version;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The tables, chains and rules.
 *
 * @param mode TPROXY or BIND
 * @param arp whether there is a table for ARP
 * @param bridges whether packets from bridges are steered once more
 * @param peerPort of heartbeats
 */
record SteeringRuleset(
    SteeringMode mode, boolean arp, boolean bridges, PrivateListeners listeners, int peerPort) {

  private static final String FENCE = "fence";

  private static final byte[] LISTENER4 = InetAddress.ofLiteral(PrivateListeners.IPV4).getAddress();
  private static final byte[] LISTENER6 = InetAddress.ofLiteral(PrivateListeners.IPV6).getAddress();

  /** The same for bridges as the node has them now. */
  SteeringRuleset withBridges(boolean now) {
    return new SteeringRuleset(mode, arp, now, listeners, peerPort);
  }

  /** Deletes the tables, which may be missing. */
  NftablesBatch delete() {
    var batch = new NftablesBatch();
    tables().forEach(batch::deleteTable);
    return batch;
  }

  List<NftablesTable> tables() {
    return arp ? List.of(INET, ARP) : List.of(INET);
  }

  /**
   * Creates tables with empty sets under other names, and deletes them. The kernel rejects this
   * transaction if it rejects {@link #replace}. It changes nothing, so another process goes on.
   */
  NftablesBatch trial(TableOwner owner) {
    var batch = new NftablesBatch("-trial");
    create(batch, owner);
    tables().forEach(batch::deleteTable);
    return batch;
  }

  /** Replaces the tables, whoever made them, by ones with empty sets. */
  NftablesBatch replace(TableOwner owner) {
    NftablesBatch batch = delete();
    create(batch, owner);
    return batch;
  }

  private void create(NftablesBatch batch, TableOwner owner) {
    tables().forEach(table -> batch.addTable(table, owner.userData()));
    for (Version version : Version.values()) {
      version.sets().forEach(batch::addSet);
    }
    excludeFromTracking(batch);
    fence(batch);
    steer(batch);
    if (bridges) {
      steerFromBridges(batch);
    }
    if (arp) {
      arp(batch);
    }
  }

  private static void excludeFromTracking(NftablesBatch batch) {
    batch.addBaseChain(INET, "raw_output", NftablesHook.output(NftablesHook.RAW));
    for (Version version : Version.values()) {
      var toFrontend = SteeringRules.excludeFromTracking(version, End.DESTINATION);
      var fromFrontend = SteeringRules.excludeFromTracking(version, End.SOURCE);
      batch.addRule(INET, "raw_output", fromFrontend);
      batch.addRule(INET, "raw_output", SteeringRules.onLoopback(toFrontend));
    }
  }

  private void fence(NftablesBatch batch) {
    batch.addSet(SteeringSets.ARMED).addSet(SteeringSets.ALIVE);
    batch.addChain(INET, FENCE);
    batch.addRule(INET, FENCE, SteeringRules.dropWhenFenced());
    // Last, so that a heartbeat that a firewall drops does not count.
    batch.addBaseChain(INET, "output", NftablesHook.output(NftablesHook.LAST));
    batch.addRule(INET, "output", SteeringRules.refreshByHeartbeat(peerPort));
  }

  private void steer(NftablesBatch batch) {
    for (Version version : Version.values()) {
      String chain = chain(version);
      batch.addChain(INET, chain);
      batch.addRule(INET, chain, SteeringRules.fenceNewConnections(FENCE));
      batch.addRule(INET, chain, SteeringRules.fenceDatagrams(FENCE));
      acceptConnections(batch, version, chain);
      batch.addRule(INET, chain, SteeringRules.acceptEstablished(version));
      batch.addRule(INET, chain, SteeringRules.fenceEchoRequests(version, FENCE));
      batch.addRule(INET, chain, SteeringRules.acceptIcmp(version));
      batch.addRule(INET, chain, SteeringRules.acceptLaterFragments(version));
      batch.addRule(INET, chain, SteeringRules.resetTcp());
      batch.addRule(INET, chain, SteeringRules.refuse());
    }
    batch.addBaseChain(INET, "prerouting", NftablesHook.prerouting(NftablesHook.RAW));
    for (Version version : Version.values()) {
      batch.addRule(
          INET, "prerouting", SteeringRules.goToChainOfAddresses(version, chain(version)));
    }
  }

  private void steerFromBridges(NftablesBatch batch) {
    batch.addBaseChain(INET, "bridges", NftablesHook.prerouting(NftablesHook.FIRST));
    for (Version version : Version.values()) {
      steerRules(version)
          .forEach(rule -> batch.addRule(INET, "bridges", SteeringRules.fromBridge(rule)));
    }
  }

  private static String chain(Version version) {
    return switch (version) {
      case IPV4 -> "steer4";
      case IPV6 -> "steer6";
    };
  }

  private void acceptConnections(NftablesBatch batch, Version version, String chain) {
    switch (mode) {
      case TPROXY -> steerRules(version).forEach(rule -> batch.addRule(INET, chain, rule));
      case BIND -> batch.addRule(INET, chain, SteeringRules.acceptForSockets(version));
      case BIND_UNFILTERED -> throw new IllegalStateException("no ruleset");
    }
  }

  private List<List<NftablesExpression>> steerRules(Version version) {
    byte[] listener = version == Version.IPV4 ? LISTENER4 : LISTENER6;
    List<List<NftablesExpression>> rules = new ArrayList<>();
    for (Protocol protocol : Protocol.values()) {
      port(version, protocol)
          .ifPresent(port -> rules.add(SteeringRules.steer(version, protocol, listener, port)));
    }
    return rules;
  }

  private OptionalInt port(Version version, Protocol protocol) {
    return switch (protocol) {
      case TCP -> version == Version.IPV4 ? listeners.tcpIpv4() : listeners.tcpIpv6();
      case UDP -> version == Version.IPV4 ? listeners.udpIpv4() : listeners.udpIpv6();
      case SCTP -> OptionalInt.empty();
    };
  }

  private static void arp(NftablesBatch batch) {
    batch.addSet(SteeringSets.ARP_ADDRESSES).addSet(SteeringSets.ARP_SOURCES);
    batch.addBaseChain(ARP, "input", NftablesHook.arpInput());
    batch.addRule(ARP, "input", SteeringRules.dropArpRequests());
    batch.addBaseChain(ARP, "output", NftablesHook.arpOutput());
    batch.addRule(ARP, "output", SteeringRules.setArpSource());
  }
}
