package dev.ballast.dataplane.core.address;

import static dev.ballast.dataplane.core.Endpoints.address;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class AddressCandidatesTest {

  @Example
  void without_members_an_address_has_no_owner() {
    assertThat(candidates(1, List.of(), Set.of("node-0")).owner()).isEmpty();
  }

  @Example
  void without_reports_the_owner_is_the_one_of_every_release() {
    List<String> nodes = List.of("node-a", "node-b", "node-c");
    assertThat(new AddressCandidates(address("192.0.2.1"), nodes, Set.of()).owner())
        .hasValue("node-a");
  }

  @Property(tries = 300)
  void a_member_that_is_off_link_owns_an_address_only_if_all_are(
      @ForAll int address, @ForAll @IntRange(min = 1, max = 12) int count, @ForAll int bits) {
    // Given
    List<String> members = nodes(count);
    Set<String> offLink = subset(members, bits);

    // When
    String owner = candidates(address, members, offLink).owner().orElseThrow();

    // Then
    if (offLink.size() == count) {
      assertThat(owner).isEqualTo(candidates(address, members, Set.of()).owner().orElseThrow());
    } else {
      assertThat(offLink).doesNotContain(owner);
    }
  }

  @Property(tries = 300)
  void a_report_moves_only_the_addresses_of_the_node_that_reports(
      @ForAll int address, @ForAll @IntRange(min = 2, max = 12) int count, @ForAll int bits) {
    // Given: a member that is on-link remains
    List<String> members = nodes(count);
    Set<String> before = subset(members, bits & ~3);
    Set<String> after = plus(before, "node-1");
    String owner = candidates(address, members, before).owner().orElseThrow();

    // When
    String next = candidates(address, members, after).owner().orElseThrow();

    // Then
    if (owner.equals("node-1")) {
      assertThat(after).doesNotContain(next);
    } else {
      assertThat(next).isEqualTo(owner);
    }
  }

  @Property(tries = 300)
  void a_member_that_leaves_moves_only_its_own_addresses(
      @ForAll int address, @ForAll @IntRange(min = 2, max = 12) int count, @ForAll int bits) {
    // Given
    List<String> members = nodes(count);
    Set<String> offLink = subset(members, bits & ~2);
    String owner = candidates(address, members, offLink).owner().orElseThrow();
    List<String> left = members.stream().filter(node -> !node.equals("node-0")).toList();

    // When
    String next = candidates(address, left, offLink).owner().orElseThrow();

    // Then
    if (!owner.equals("node-0")) {
      assertThat(next).isEqualTo(owner);
    }
  }

  @Property(tries = 300)
  void only_a_selected_member_owns_an_address_even_if_it_is_off_link(
      @ForAll int address,
      @ForAll @IntRange(min = 1, max = 12) int count,
      @ForAll int selectedBits,
      @ForAll int offLinkBits) {
    // Given
    List<String> members = nodes(count);
    Set<String> selected = subset(members, selectedBits);
    Set<String> offLink = subset(members, offLinkBits);

    // When
    Optional<String> owner = selecting(address, members, offLink, selected, Set.of()).owner();

    // Then
    assertThat(owner.isPresent()).isEqualTo(!selected.isEmpty());
    assertThat(selected).containsAll(owner.stream().toList());
    if (!offLink.containsAll(selected)) {
      assertThat(offLink).doesNotContain(owner.orElseThrow());
    }
  }

  @Property(tries = 300)
  void the_owner_is_preferred_if_a_preferred_member_may_own_the_address(
      @ForAll int address,
      @ForAll @IntRange(min = 1, max = 12) int count,
      @ForAll int selectedBits,
      @ForAll int preferredBits) {
    // Given
    List<String> members = nodes(count);
    Set<String> selected = subset(members, selectedBits | 1);
    Set<String> preferred = subset(members, preferredBits);

    // When
    String owner = selecting(address, members, Set.of(), selected, preferred).owner().orElseThrow();

    // Then
    assertThat(preferred.contains(owner))
        .isEqualTo(selected.stream().anyMatch(preferred::contains));
  }

  @Property(tries = 300)
  void the_order_of_members_does_not_matter(
      @ForAll int address,
      @ForAll @IntRange(min = 1, max = 12) int count,
      @ForAll int selectedBits,
      @ForAll int preferredBits) {
    // Given
    List<String> members = nodes(count);
    Set<String> selected = subset(members, selectedBits);
    Set<String> preferred = subset(members, preferredBits);

    // When
    Optional<String> owner =
        selecting(address, members.reversed(), Set.of(), selected, preferred).owner();

    // Then
    assertThat(owner).isEqualTo(selecting(address, members, Set.of(), selected, preferred).owner());
  }

  private static AddressCandidates selecting(
      int address,
      List<String> members,
      Set<String> offLink,
      Set<String> selected,
      Set<String> preferred) {
    return new AddressCandidates(
        address(address),
        members,
        offLink,
        new AnnouncePolicy("pool", Optional.of(selected), preferred, List.of()));
  }

  private static AddressCandidates candidates(
      int address, List<String> members, Set<String> offLink) {
    return new AddressCandidates(address(address), members, offLink);
  }

  private static Set<String> subset(List<String> nodes, int bits) {
    return IntStream.range(0, nodes.size())
        .filter(number -> (bits >> number & 1) == 1)
        .mapToObj(nodes::get)
        .collect(Collectors.toUnmodifiableSet());
  }

  private static Set<String> plus(Set<String> nodes, String node) {
    return Stream.concat(nodes.stream(), Stream.of(node)).collect(Collectors.toUnmodifiableSet());
  }

  private static List<String> nodes(int count) {
    return IntStream.range(0, count).mapToObj(number -> "node-" + number).toList();
  }
}
