package dev.ballast.dataplane.server.handover;

import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Records what is sent to other nodes, which answer at once. */
public class FakeHandoverExchange implements HandoverExchange {

  public final Set<String> reached = new HashSet<>();
  private final List<String> calls;

  public FakeHandoverExchange(List<String> calls) {
    this.calls = calls;
  }

  @Override
  public boolean reaches(String node) {
    return reached.contains(node);
  }

  @Override
  public CompletionStage<Void> request(Map<String, Set<InetAddress>> addresses) {
    calls.add("request " + addresses.keySet());
    return CompletableFuture.completedStage(null);
  }

  @Override
  public void send(String node, InetAddress address, List<HandedOverFlows> flows) {
    int count = flows.stream().mapToInt(each -> each.flows().size()).sum();
    calls.add("send %d flows of %s to %s".formatted(count, address.getHostAddress(), node));
  }

  @Override
  public void released(Set<InetAddress> addresses) {
    calls.add("released " + addresses.stream().map(InetAddress::getHostAddress).toList());
  }
}
