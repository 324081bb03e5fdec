package dev.ballast.dataplane.server.kube;

import dev.ballast.dataplane.core.endpoint.Place;
import dev.ballast.dataplane.core.plan.ServiceId;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A cluster as a test wants it seen; it counts what is asked of it. */
final class FakeCluster implements View {

  final Map<ServiceId, Program> programs = new HashMap<>();
  final Map<ServiceId, List<Slice>> slices = new HashMap<>();
  final Set<ServiceId> served = new HashSet<>();
  final Set<InetAddress> foretold = new HashSet<>();
  Members members = new Members(new TreeSet<>(Set.of("n1")), false);

  /** How many Services were handed over or named since this was last set. */
  int work;

  @Override
  public Collection<Program> programs() {
    work += programs.size();
    return programs.values();
  }

  @Override
  public Optional<Program> program(ServiceId id) {
    work++;
    return Optional.ofNullable(programs.get(id));
  }

  @Override
  public Set<InetAddress> nodeAddresses() {
    return Set.of();
  }

  @Override
  public Set<InetAddress> foretold() {
    return foretold;
  }

  @Override
  public Place here() {
    return new Place("n1", "");
  }

  @Override
  public Members members() {
    return members;
  }

  @Override
  public void serve(Set<ServiceId> services, Set<ServiceId> among) {
    work += among.size();
    among.forEach(id -> served.remove(id));
    served.addAll(services);
  }

  @Override
  public Optional<List<Slice>> slices(ServiceId id) {
    work++;
    return Optional.ofNullable(slices.get(id));
  }
}
