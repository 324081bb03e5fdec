package dev.ballast.operator.address;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.AddressStatus;
import dev.ballast.api.v1alpha1.AddressStatus.Phase;
import dev.ballast.logging.LogKeys;
import dev.ballast.operator.ipam.Allocator;
import dev.ballast.operator.reconciler.ConditionTransitions;
import dev.ballast.operator.reconciler.Debouncer;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells on Addresses what is worth telling: that one is kept, that no pool has it, or that another
 * machine has it. Of one that a Service holds, in a pool, there is nothing to tell as a rule. Looks
 * at all of them at once, after a change.
 */
public final class AddressStatusWriter implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(AddressStatusWriter.class);

  /** Looking at all of them costs something when there are many. */
  private static final Duration TOGETHER = Duration.ofSeconds(1);

  private static final Duration RETRY = Duration.ofSeconds(2);
  private static final String ORPHANED = "Orphaned";
  private static final String CONFLICT = "Conflict";

  private final KubernetesClient client;
  private final Allocator allocator;
  private final InstantSource clock;
  private final Supplier<Stream<Address>> shown;
  private volatile boolean started;
  private final Debouncer looks = new Debouncer("address-statuses", this::lookNow);

  /** {@code shown}: all Addresses, as the watch shows them. */
  public AddressStatusWriter(
      KubernetesClient client,
      Allocator allocator,
      InstantSource clock,
      Supplier<Stream<Address>> shown) {
    this.client = client;
    this.allocator = allocator;
    this.clock = clock;
    this.shown = shown;
  }

  /** From now on this process decides. */
  public void start() {
    started = true;
    look();
  }

  /** Something changed. Never blocks; before the start, it is too early. */
  public void look() {
    if (started) {
      looks.runAfter(TOGETHER);
    }
  }

  private void lookNow() {
    shown.get().forEach(this::tell);
  }

  private void tell(Address address) {
    AddressStatus before = address.getStatus();
    AddressStatus after = statusOf(address);
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
                              after, new AddressStatus(Phase.Bound, List.of())))));
    } catch (KubernetesClientException e) {
      log.atDebug()
          .addKeyValue(LogKeys.ADDRESS, address.getMetadata().getName())
          .setCause(e)
          .log("status not written; trying again, unless the Address is gone");
      looks.runAfter(RETRY);
    }
  }

  /** Null: nothing to tell, and nothing was told before. */
  private @Nullable AddressStatus statusOf(Address address) {
    AddressStatus before = address.getStatus();
    Optional<Condition> orphaned =
        AddressConverter.addressOf(address)
            .flatMap(allocator::whyOrphaned)
            .map(why -> orphaned(address, why, before));
    Optional<Condition> conflict =
        AddressConverter.addressOf(address)
            .flatMap(allocator::whyContested)
            .map(why -> conflict(address, why, before));
    boolean bound = !address.getSpec().claims().isEmpty();
    if (before == null && bound && orphaned.isEmpty() && conflict.isEmpty()) {
      return null;
    }
    Phase kept = address.getSpec().pool().isEmpty() ? Phase.Reserved : Phase.Released;
    return new AddressStatus(
        bound ? Phase.Bound : kept, Stream.concat(orphaned.stream(), conflict.stream()).toList());
  }

  private Condition orphaned(Address address, String why, @Nullable AddressStatus before) {
    String ip = address.getSpec().ip();
    boolean bound = !address.getSpec().claims().isEmpty();
    return ConditionTransitions.timed(
        new ConditionBuilder()
            .withType(ORPHANED)
            .withStatus("True")
            .withReason(bound ? "HeldOutsideOfPools" : "NotInPool")
            .withMessage(
                bound
                    ? "%s stays with its Service until that lets go of it: %s.".formatted(ip, why)
                    : "No Service can be given %s: %s. Add it to a pool, or delete this Address."
                        .formatted(ip, why))
            .withObservedGeneration(address.getMetadata().getGeneration())
            .build(),
        before == null ? List.of() : before.conditions(),
        clock.instant());
  }

  private Condition conflict(Address address, String why, @Nullable AddressStatus before) {
    return ConditionTransitions.timed(
        new ConditionBuilder()
            .withType(CONFLICT)
            .withStatus("True")
            .withReason(AddressReport.IN_USE)
            .withMessage("%s: %s.".formatted(address.getSpec().ip(), why))
            .withObservedGeneration(address.getMetadata().getGeneration())
            .build(),
        before == null ? List.of() : before.conditions(),
        clock.instant());
  }

  @Override
  public void close() {
    looks.close();
  }
}
