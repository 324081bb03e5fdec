package dev.ballast.dataplane.server.kube;

import dev.ballast.dataplane.core.endpoint.Place;
import dev.ballast.dataplane.core.plan.ServiceId;
import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a pass sees of the cluster. */
interface View {

  Collection<Program> programs();

  Members members();

  /** The addresses of the nodes with a data plane, members or not. */
  Set<InetAddress> nodeAddresses();

  /** Where this node is. */
  Place here();

  /** Names the Services whose slices to keep; those of new ones come later. */
  void serve(Set<ServiceId> services);

  /** The slices of a Service that {@link #serve} named; empty while they are not all known. */
  Optional<List<Slice>> slices(ServiceId id);
}
