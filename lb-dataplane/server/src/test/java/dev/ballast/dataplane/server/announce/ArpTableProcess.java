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
 * {@link AnnouncerProcess} with nothing of the steering but the table that silences the kernel's
 * own ARP answers. It is made by the program nft, in the network namespace of the process.
 */
final class ArpTableProcess implements Steering {

  private static final String TABLE =
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
      """;

  public static void main(String[] args) throws Exception {
    var steering = new ArpTableProcess();
    nft(TABLE);
    AnnouncerProcess.run(args, steering);
  }

  @Override
  public SteeringMode start(PrivateListeners listeners) {
    return mode();
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
    if (address instanceof Inet4Address) {
      nft("%s element arp ballast addresses { %s }".formatted(action, address.getHostAddress()));
    }
  }

  @Override
  public void apply(FrontendChanges changes) {}

  @Override
  public void close() {}

  private static void nft(String rules) throws IOException {
    Process nft =
        new ProcessBuilder("nft", "-f", "-")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    nft.outputWriter(UTF_8).append(rules).close();
    if (nft.onExit().join().exitValue() != 0) {
      throw new IOException("nft fails: " + rules);
    }
  }
}
