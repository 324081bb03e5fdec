package dev.ballast.dataplane.server.announce;

import static dev.ballast.dataplane.server.announce.InterfaceSnapshotTest.DEFAULT_BY_ETH9;
import static dev.ballast.dataplane.server.announce.InterfaceSnapshotTest.configured;
import static dev.ballast.dataplane.server.announce.InterfaceSnapshotTest.down;
import static dev.ballast.dataplane.server.announce.InterfaceSnapshotTest.message;
import static dev.ballast.dataplane.server.announce.InterfaceSnapshotTest.name;
import static dev.ballast.dataplane.server.announce.InterfaceSnapshotTest.reason;
import static dev.ballast.dataplane.server.announce.InterfaceSnapshotTest.snapshot;
import static dev.ballast.dataplane.server.announce.InterfaceSnapshotTest.up;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.address.AnnouncePolicy;
import dev.ballast.dataplane.server.announce.AcquireResult.RejectionReason;
import dev.ballast.dataplane.server.announce.InterfaceSnapshot.InterfaceChoice;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which interface an address is announced at, if its pool allows only some. */
@Tag("feature:announce")
class InterfacePolicyTest {

  private static final InetAddress ADDRESS = InetAddress.ofLiteral("192.0.2.7");

  @ParameterizedTest
  @CsvSource({
    "eth1,      eth1",
    "'eth1,eth2', eth2",
    "eth*,      eth0",
    "*,         eth0",
    "eth3,      eth3",
    "'eth3,eth1', eth1",
    "eth7,      NotOnLink",
    "'eth3*',   NotOnLink",
    "enp*,      NotOnLink",
  })
  void the_best_allowed_interface_is_chosen(String interfaces, String expected) {
    // Given: eth0 has the smallest subnet, eth3 has another subnet, and eth7 is down
    var snapshot =
        snapshot(
            List.of(),
            up("eth0", "192.0.2.1/26"),
            up("eth1", "192.0.2.2/20"),
            up("eth2", "192.0.2.3/24"),
            up("eth3", "198.51.100.1/24"),
            down("eth7", "192.0.2.4/24"));

    // When
    InterfaceChoice choice = snapshot.choose(ADDRESS, policy(interfaces.split(",")), false);

    // Then
    assertThat(name(choice)).isEqualTo(expected);
  }

  @Test
  void the_interface_of_the_default_route_is_used_only_if_the_pool_allows_it() {
    // Given
    var snapshot = snapshot(List.of(DEFAULT_BY_ETH9), up("eth9", "198.51.100.1/24"));

    // When
    InterfaceChoice allowed = snapshot.choose(ADDRESS, policy("eth*"), true);
    InterfaceChoice other = snapshot.choose(ADDRESS, policy("enp*"), true);

    // Then
    assertThat(name(allowed)).isEqualTo("eth9");
    assertThat(reason(other)).isEqualTo(RejectionReason.NOT_ON_LINK);
    assertThat(message(other))
        .isEqualTo(
            "no interface of this node that spec.announce.interfaces (enp*) of the AddressPool lan allows has the subnet of 192.0.2.7. Add the interface to the pool, or give an allowed one an address of the subnet.");
  }

  @Test
  void a_configured_interface_has_to_be_allowed_too() {
    // Given
    var snapshot =
        configured("eth1", List.of(), up("eth0", "192.0.2.1/24"), up("eth1", "192.0.2.2/24"));

    // When
    InterfaceChoice choice = snapshot.choose(ADDRESS, policy("eth0"), false);

    // Then
    assertThat(reason(choice)).isEqualTo(RejectionReason.NOT_ON_LINK);
    assertThat(message(choice)).contains("eth1", "dataplane.interface", "AddressPool lan");
    assertThat(name(snapshot.choose(ADDRESS, policy("eth1"), false))).isEqualTo("eth1");
  }

  private static AnnouncePolicy policy(String... interfaces) {
    return new AnnouncePolicy("lan", Optional.empty(), Set.of(), List.of(interfaces));
  }
}
