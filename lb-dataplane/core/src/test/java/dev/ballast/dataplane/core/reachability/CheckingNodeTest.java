package dev.ballast.dataplane.core.reachability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.address.RendezvousHash;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("feature:reachability")
class CheckingNodeTest {

  private static final InetAddress ADDRESS = InetAddress.ofLiteral("198.18.100.7");
  private static final Set<String> MEMBERS = Set.of("n1", "n2", "n3", "n4");

  @Test
  void the_node_that_would_own_the_address_next_checks_it() {
    // Given
    String owner = RendezvousHash.ownerOf(ADDRESS, MEMBERS).orElseThrow();
    Set<String> others = new HashSet<>(MEMBERS);
    others.remove(owner);

    // When
    Optional<String> checking = CheckingNode.of(ADDRESS, owner, MEMBERS, node -> true);

    // Then
    assertThat(checking).isEqualTo(RendezvousHash.ownerOf(ADDRESS, others));
  }

  @Test
  void a_node_outside_the_subnet_does_not_check() {
    // When
    Optional<String> checking = CheckingNode.of(ADDRESS, "n1", MEMBERS, "n3"::equals);

    // Then
    assertThat(checking).contains("n3");
  }

  @Test
  void a_node_does_not_check_its_own_address() {
    // When
    Optional<String> checking = CheckingNode.of(ADDRESS, "n1", MEMBERS, "n1"::equals);

    // Then
    assertThat(checking).isEmpty();
  }
}
