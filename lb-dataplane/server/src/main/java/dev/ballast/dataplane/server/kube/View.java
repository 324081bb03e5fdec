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

  Optional<Program> program(ServiceId id);

  Members members();

  /** Addresses that LoadBalancers are about to have, of whatever node. */
  Set<InetAddress> foretold();

  /** The addresses of the nodes with a data plane, members or not. */
  Set<InetAddress> nodeAddresses();

  /** Where this node is. */
  Place here();

  /**
   * Of the Services {@code among}, the slices of these are to be kept, and of no others; those of
   * new ones come later. Nothing changes for the Services that are not named.
   */
  void serve(Set<ServiceId> services, Set<ServiceId> among);

  /** The slices of a Service that {@link #serve} named; empty while they are not all known. */
  Optional<List<Slice>> slices(ServiceId id);
}
