package dev.ballast.dataplane.server.announce;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.dataplane.server.steering.FrontendChanges;
import dev.ballast.dataplane.server.steering.PrivateListeners;
import dev.ballast.dataplane.server.steering.Steering;
import dev.ballast.dataplane.server.steering.SteeringMode;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;

/**
 * What an announcer needs of the steering, made by the program nft: the table that silences the
 * kernel's own ARP answers, and with ports of private listeners, the one that steers port 8080 there.
 */
final class NftProgramSteering implements Steering {

  private static final String ARP_TABLE =
      """
      table arp ballast
      delete table arp ballast
      table arp ballast {
        set addresses { type ipv4_addr; }
        chain input {
          type filter hook input priority filter;
          arp operation request arp daddr ip @addresses drop
        }
      }
      table inet ballast
      delete table inet ballast
      table inet ballast {
        set addresses4 { type ipv4_addr; }
        set addresses6 { type ipv6_addr; }
      }
      """;

  private static final String STEERING_CHAINS =
      """
      table inet ballast {
        chain prerouting {
          type filter hook prerouting priority mangle;
          ip daddr @addresses4 goto steer4
          ip6 daddr @addresses6 goto steer6
        }
        chain steer4 {
          tcp dport 8080 tproxy ip to 127.66.0.1:%d accept
          meta l4proto icmp accept
          meta l4proto tcp reject with tcp reset
          reject
        }
        chain steer6 {
          tcp dport 8080 tproxy ip6 to [::1]:%d accept
          meta l4proto icmpv6 accept
          meta l4proto tcp reject with tcp reset
          reject
        }
      }
      """;

  /** Without private listeners. */
  static NftProgramSteering arpTable() throws IOException {
    nft(ARP_TABLE);
    return new NftProgramSteering();
  }

  @Override
  public SteeringMode start(PrivateListeners listeners) {
    try {
      nft(
          STEERING_CHAINS.formatted(
              listeners.tcpIpv4().getAsInt(), listeners.tcpIpv6().getAsInt()));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return SteeringMode.TPROXY;
  }

  @Override
  public SteeringMode mode() {
    return SteeringMode.BIND;
  }

  @Override
  public void addAddress(InetAddress address) throws IOException {
    change("add", address);
  }

  @Override
  public void removeAddress(InetAddress address) throws IOException {
    change("delete", address);
  }

  private static void change(String action, InetAddress address) throws IOException {
    String literal = address.getHostAddress();
    nft(
        address instanceof Inet4Address
            ? "%1$s element arp ballast addresses { %2$s }\n%1$s element inet ballast addresses4 { %2$s }"
                .formatted(action, literal)
            : "%s element inet ballast addresses6 { %s }".formatted(action, literal));
  }

  @Override
  public void apply(FrontendChanges changes) {}

  @Override
  public void close() {}

  private static void nft(String rules) throws IOException {
    Process nft =
        new ProcessBuilder("nft", "-f", "-")
            .redirectErrorStream(true)
            .start();
    try (var writer = nft.outputWriter(UTF_8)) {
      writer.append(rules);
    }
    String output = new String(nft.getInputStream().readAllBytes(), UTF_8);
    if (nft.onExit().join().exitValue() != 0) {
      throw new IOException("nft fails: " + output);
    }
  }
}
