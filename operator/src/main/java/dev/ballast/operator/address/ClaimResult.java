package dev.ballast.operator.address;

import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.net.IpAddress;
import java.util.List;

/** The addresses that a Service holds after a claim, and what it lacks. */
public sealed interface ClaimResult {

  /**
   * The Service holds one address of every family that it requests.
   *
   * @param takenPorts ports of a shared address that other Services hold
   */
  record Claimed(List<IpAddress> addresses, List<AllocationResult.PortTaken> takenPorts)
      implements ClaimResult {
    public Claimed {
      addresses = List.copyOf(addresses);
      takenPorts = List.copyOf(takenPorts);
    }
  }

  /**
   * At least one request was rejected.
   *
   * @param reason the first rejection
   * @param addresses what the Service holds: of each family the requested address, else the address
   *     that it held before
   * @param takenPorts ports of a shared address that other Services hold
   */
  record NotClaimed(
      AllocationResult.Rejected reason,
      List<IpAddress> addresses,
      List<AllocationResult.PortTaken> takenPorts)
      implements ClaimResult {
    public NotClaimed {
      addresses = List.copyOf(addresses);
      takenPorts = List.copyOf(takenPorts);
    }
  }
}
