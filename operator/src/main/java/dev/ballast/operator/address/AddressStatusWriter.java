package dev.ballast.operator.address;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressStatus;
import dev.ballast.api.v1alpha1.AddressStatus.Phase;
import dev.ballast.logging.LogKeys;
import dev.ballast.operator.ipam.Ipam;
import dev.ballast.operator.reconciler.Debouncer;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the status of Addresses. An address that a Service holds, and that a pool contains, has no
 * status as a rule, so that most Addresses cost no write. After a change, all of them are checked.
 */
public final class AddressStatusWriter implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(AddressStatusWriter.class);

  /** Several changes are checked together, because there may be many Addresses. */
  private static final Duration DELAY = Duration.ofSeconds(1);

  private static final Duration RETRY = Duration.ofSeconds(2);

  private final KubernetesClient client;
  private final AddressStatusBuilder statusBuilder;
  private final InstantSource clock;
  private final Supplier<Stream<Address>> cachedAddresses;
  private volatile boolean started;
  private final Debouncer updates = new Debouncer("address-statuses", this::updateAll);

  /** {@code cachedAddresses}: all Addresses of the watch. */
  public AddressStatusWriter(
      KubernetesClient client,
      Ipam ipam,
      InstantSource clock,
      Supplier<Stream<Address>> cachedAddresses) {
    this.client = client;
    this.statusBuilder = new AddressStatusBuilder(ipam);
    this.clock = clock;
    this.cachedAddresses = cachedAddresses;
  }

  /** Call it once this process is the leader. */
  public void start() {
    started = true;
    requestUpdate();
  }

  /** Checks all Addresses soon. Never blocks. No effect before the start. */
  public void requestUpdate() {
    if (started) {
      updates.runAfter(DELAY);
    }
  }

  private void updateAll() {
    cachedAddresses.get().forEach(this::update);
  }

  private void update(Address address) {
    AddressStatus before = address.getStatus();
    AddressStatus after = statusBuilder.build(address, clock.instant());
    if (Objects.equals(before, after)) {
      return;
    }
    try {
      var metadata = address.getMetadata();
      client
          .resource(address)
          .subresource("status")
          .patch(
              PatchContext.of(PatchType.JSON_MERGE),
              client
                  .getKubernetesSerialization()
                  .asJson(
                      Map.of(
                          "metadata",
                          Map.of("uid", metadata.getUid()),
                          "status",
                          Objects.requireNonNullElse(
                              after, new AddressStatus(Phase.Bound, "", List.of())))));
    } catch (KubernetesClientException e) {
      log.atDebug()
          .addKeyValue(LogKeys.ADDRESS, address.getMetadata().getName())
          .setCause(e)
          .log("Failed to write the status of an Address, will retry");
      updates.runAfter(RETRY);
    }
  }

  @Override
  public void close() {
    updates.close();
  }
}
