package dev.ballast.operator.address;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.Ballast;
import dev.ballast.operator.ipam.Barrier;
import dev.ballast.operator.ipam.Choice;
import dev.ballast.operator.ipam.Claimant;
import dev.ballast.operator.ipam.IpAddress;
import dev.ballast.operator.ipam.Ledger;
import dev.ballast.operator.ipam.Share;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Quotas, counted over what the API server has. The ledger keeps to them among the claims of its
 * own process; of two leaders, each may have given the last one. So a claim is counted again once
 * it is made, before it is published: among as many as would exceed the quota, the one that was
 * made last sees all the others, whoever made them, and gives way.
 */
final class Quotas {

  private final KubernetesClient client;
  private final Ledger ledger;

  Quotas(KubernetesClient client, Ledger ledger) {
    this.client = client;
    this.ledger = ledger;
  }

  /** Why this one must give way; empty when it need not, as where there is no quota. */
  Optional<Choice.Refused> exceeded(IpAddress address, Claimant claimant) {
    OptionalInt quota = ledger.quotaOver(address);
    if (quota.isEmpty()) {
      return Optional.empty();
    }
    String pool = ledger.poolOf(address);
    int count = 0;
    List<String> holders = new ArrayList<>();
    for (Address live : listOf(claimant.namespace())) {
      Claims.observe(ledger, live);
      List<Share> shares = Claims.sharesOf(live);
      Optional<IpAddress> ip = Claims.addressOf(live).filter(at -> ledger.poolOf(at).equals(pool));
      if (ip.isPresent()
          && !ip.get().equals(address)
          && !isOwn(ip.get(), shares, address, claimant)) {
        count++;
        shares.forEach(share -> holders.add(share.claimant().name()));
      }
    }
    return count < quota.getAsInt()
        ? Optional.empty()
        : Optional.of(
            new Choice.Barred(
                address.family(),
                List.of(
                    new Barrier.QuotaReached(
                        pool,
                        claimant.namespace(),
                        quota.getAsInt(),
                        holders.stream().distinct().sorted().toList()))));
  }

  /** What the Service has of the family for itself does not count: it would be rid of it. */
  private static boolean isOwn(
      IpAddress ip, List<Share> shares, IpAddress address, Claimant claimant) {
    return ip.family() == address.family()
        && shares.stream().allMatch(share -> share.claimant().equals(claimant));
  }

  private List<Address> listOf(String namespace) {
    return client
        .resources(Address.class)
        .withLabel(Ballast.NAMESPACE_LABEL, namespace)
        .list()
        .getItems();
  }
}
