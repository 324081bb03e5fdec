package dev.ballast.dataplane.core.address;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The nodes and interfaces that may announce an address, by the AddressPool that has it.
 *
 * @param pool the name of the AddressPool; empty if there is none
 * @param nodes the nodes that the pool selects, members or not; empty: all nodes
 * @param preferredNodes the nodes that get an address that no node claims, if they may own it
 * @param interfaces names, each possibly with {@code *} at the end; without any, all interfaces may
 *     announce
 */
public record AnnouncePolicy(
    String pool, Optional<Set<String>> nodes, Set<String> preferredNodes, List<String> interfaces) {

  /** All nodes and interfaces may announce. */
  public static final AnnouncePolicy ALL =
      new AnnouncePolicy("", Optional.empty(), Set.of(), List.of());

  private static final String WILDCARD = "*";

  public AnnouncePolicy {
    nodes = nodes.map(Set::copyOf);
    preferredNodes = Set.copyOf(preferredNodes);
    interfaces = List.copyOf(interfaces);
  }

  /** Whether the pool selects the node. */
  public boolean selects(String node) {
    return nodes.isEmpty() || nodes.orElseThrow().contains(node);
  }

  /** Those of these nodes that the pool selects. */
  Collection<String> selected(Collection<String> among) {
    return nodes.isEmpty() ? among : among.stream().filter(this::selects).toList();
  }

  /** The preferred ones of these nodes, or all of them if none is preferred. */
  Collection<String> preferred(Collection<String> among) {
    if (preferredNodes.isEmpty()) {
      return among;
    }
    List<String> preferred = among.stream().filter(preferredNodes::contains).toList();
    return preferred.isEmpty() ? among : preferred;
  }

  /** Whether only some interfaces may announce. */
  public boolean restrictsInterfaces() {
    return !interfaces.isEmpty();
  }

  /** Whether the interface may announce. */
  public boolean allowsInterface(String name) {
    return interfaces.isEmpty()
        || interfaces.stream()
            .anyMatch(
                entry ->
                    entry.endsWith(WILDCARD)
                        ? name.startsWith(entry.substring(0, entry.length() - 1))
                        : name.equals(entry));
  }

  /** Whether the pool has the whole name of the interface, and not only its beginning. */
  public boolean namesInterface(String name) {
    return interfaces.contains(name);
  }
}
