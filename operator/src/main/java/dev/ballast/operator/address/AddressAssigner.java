package dev.ballast.operator.address;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressSpec;
import dev.ballast.logging.LogKeys;
import dev.ballast.operator.ipam.AddressClaim;
import dev.ballast.operator.ipam.AddressRequest;
import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.Allocator;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.pool.ServiceContext;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Assigns an address to a Service that lacks one: allocates it, then creates its Address object or
 * adds the claim to an existing one. The API server decides. If another leader was first, the
 * allocation is repeated with what the API server returned.
 */
final class AddressAssigner {

  private static final Logger log = LoggerFactory.getLogger(AddressAssigner.class);

  /** Enough to get past the claims of another leader that the watch has not delivered yet. */
  private static final int MAX_ATTEMPTS = 32;

  private final KubernetesClient client;
  private final Allocator allocator;
  private final AddressObserver addressObserver;
  private final AddressClaimWriter addressClaimWriter;

  AddressAssigner(
      KubernetesClient client, Allocator allocator, AddressClaimWriter addressClaimWriter) {
    this.client = client;
    this.allocator = allocator;
    this.addressObserver = new AddressObserver(allocator);
    this.addressClaimWriter = addressClaimWriter;
  }

  AllocationResult assign(
      AddressClaim claim, AddressRequest request, ServiceContext serviceContext) {
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      switch (allocator.allocate(claim, request, serviceContext)) {
        case AllocationResult.Assigned assigned -> {
          if (create(assigned, claim)) {
            log.atInfo()
                .addKeyValue(LogKeys.SERVICE, claim.serviceRef())
                .addKeyValue(LogKeys.ADDRESS, assigned.address())
                .addKeyValue(LogKeys.POOL, assigned.pool())
                .log("Assigned address");
            return assigned;
          }
        }
        case AllocationResult.Shareable shareable -> {
          if (addressClaimWriter.addClaim(shareable.address(), claim, true)) {
            log.atInfo()
                .addKeyValue(LogKeys.SERVICE, claim.serviceRef())
                .addKeyValue(LogKeys.ADDRESS, shareable.address())
                .log("Added Service to address");
            return shareable;
          }
        }
        case AllocationResult.Rejected rejected -> {
          return rejected;
        }
      }
    }
    throw new IllegalStateException(
        "No address claimed after %d attempts. Each one was already held, because the watch of Addresses is behind. The claim is retried."
            .formatted(MAX_ATTEMPTS));
  }

  private boolean create(AllocationResult.Assigned assigned, AddressClaim claim) {
    String uid = claim.serviceRef().uid();
    IpAddress ip = assigned.address();
    Address address = new Address();
    address.getMetadata().setName(ip.objectName());
    address.setSpec(
        new AddressSpec(
            ip.toString(),
            assigned.pool(),
            List.of(AddressConverter.toServiceClaim(claim.withoutTakenPorts(ip, List.of()))),
            null));
    try {
      addressObserver.observe(client.resource(address).create());
      return true;
    } catch (KubernetesClientException e) {
      allocator.cancel(ip, uid);
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      // Either the answer to our own earlier create was lost, or another leader was first.
      Optional.ofNullable(client.resources(Address.class).withName(ip.objectName()).get())
          .ifPresent(addressObserver::observe);
      return allocator.addressesOf(uid).contains(ip);
    }
  }
}
