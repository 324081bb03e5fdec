package dev.ballast.operator.pool;

import dev.ballast.api.v1alpha1.AddressCount;
import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.AddressPoolStatus;
import dev.ballast.api.v1alpha1.AnnounceSpec;
import dev.ballast.api.v1alpha1.AnnounceStatus;
import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.operator.ipam.PoolReport;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.PoolUsage;
import dev.ballast.operator.reconciler.ConditionTransitions;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.LabelSelector;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Builds the status of an AddressPool: its counts and its conditions. */
final class PoolStatusBuilder {

  /** The most Services or ranges that a message lists. */
  private static final int MAX_LISTED = 5;

  private record ConditionText(PoolConditionReason reason, String message) {}

  static AddressPoolStatus of(
      AddressPool pool,
      PoolReport report,
      List<String> dependentServices,
      NodeLabels nodes,
      Instant now) {
    Long generation = pool.getMetadata().getGeneration();
    PoolParseResult parsed = PoolParseResult.of(pool);
    List<ConditionText> texts = new ArrayList<>();
    texts.add(ready(pool, parsed, report));
    if (pool.isMarkedForDeletion()) {
      texts.add(inUse(dependentServices));
    }
    if (parsed instanceof PoolParseResult.MalformedPool) {
      return new AddressPoolStatus(
          generation,
          null,
          null,
          null,
          null,
          null,
          report.orphaned(),
          // Until the spec is corrected, the nodes stay as they are.
          pool.getStatus() == null ? null : pool.getStatus().announce(),
          conditions(texts, pool, now));
    }
    AnnounceStatus announce = announce(pool.getSpec().announce(), nodes);
    announceable(pool.getSpec().announce(), announce).ifPresent(texts::add);
    if (!report.overlaps().isEmpty()) {
      texts.add(new ConditionText(PoolConditionReason.OVERLAP, sentences(report.overlaps())));
    }
    if (!report.conflicts().isEmpty()) {
      texts.add(
          new ConditionText(PoolConditionReason.ADDRESS_IN_USE, sentences(report.conflicts())));
    }
    PoolUsage total = report.total();
    return new AddressPoolStatus(
        generation,
        total.capacity(),
        total.allocated(),
        total.available(),
        count(report, IpFamily.IPv4),
        count(report, IpFamily.IPv6),
        report.orphaned(),
        announce,
        conditions(texts, pool, now));
  }

  private static @Nullable AddressCount count(PoolReport report, IpFamily family) {
    return report
        .of(family)
        .map(usage -> new AddressCount(usage.capacity(), usage.allocated(), usage.available()))
        .orElse(null);
  }

  private static ConditionText ready(AddressPool pool, PoolParseResult parsed, PoolReport report) {
    if (pool.isMarkedForDeletion()) {
      return new ConditionText(
          PoolConditionReason.DELETING, "The pool is being deleted and assigns no more addresses.");
    }
    if (parsed instanceof PoolParseResult.MalformedPool(var field, var entry, var reason)) {
      return new ConditionText(
          PoolConditionReason.MALFORMED,
          "The pool assigns no addresses. The entry '%s' of spec.%s is invalid, because %s. Correct spec.%s."
              .formatted(entry, field, reason, field));
    }
    if (pool.getSpec().disabled()) {
      return new ConditionText(
          PoolConditionReason.DISABLED,
          "The pool assigns no more addresses. spec.disabled is true. Set it to false to use the pool.");
    }
    if (report.total().capacity() == 0) {
      return new ConditionText(
          PoolConditionReason.EMPTY,
          "The pool has no address to assign. Each one is excluded, avoided, used by a node, or assigned by another pool. Add other addresses.");
    }
    return report.total().available() == 0
        ? new ConditionText(
            PoolConditionReason.EXHAUSTED,
            "The pool has no free address. Every address is in use. Add addresses, or delete Services that need none.")
        : new ConditionText(PoolConditionReason.USABLE, "The pool assigns addresses.");
  }

  /** Null if the pool selects no nodes, so that all can announce. */
  private static @Nullable AnnounceStatus announce(@Nullable AnnounceSpec spec, NodeLabels nodes) {
    return spec == null || (spec.nodeSelector() == null && spec.preferredNodeSelector() == null)
        ? null
        : new AnnounceStatus(
            matching(spec.nodeSelector(), nodes), matching(spec.preferredNodeSelector(), nodes));
  }

  private static List<String> matching(@Nullable LabelSelector selector, NodeLabels nodes) {
    return selector == null ? List.of() : nodes.matching(PoolParseResult.selector(selector));
  }

  private static Optional<ConditionText> announceable(
      @Nullable AnnounceSpec spec, @Nullable AnnounceStatus status) {
    if (spec == null || spec.nodeSelector() == null || status == null) {
      return Optional.empty();
    }
    List<String> nodes = status.nodes();
    return Optional.of(
        nodes.isEmpty()
            ? new ConditionText(
                PoolConditionReason.NO_NODE_SELECTED,
                "No node can take an address of the pool. No node matches spec.announce.nodeSelector (%s). Addresses that a node announces stay there. Label a node, or correct the selector."
                    .formatted(PoolParseResult.selector(spec.nodeSelector())))
            : new ConditionText(
                PoolConditionReason.NODES_SELECTED,
                "spec.announce.nodeSelector matches %s: %s."
                    .formatted(
                        nodes.size() == 1 ? "one node" : nodes.size() + " nodes",
                        String.join(", ", listed(nodes)) + more(nodes, " and "))));
  }

  private static ConditionText inUse(List<String> dependentServices) {
    return dependentServices.isEmpty()
        ? new ConditionText(
            PoolConditionReason.UNUSED, "No Service depends on the pool. It can be deleted.")
        : new ConditionText(
            PoolConditionReason.WAITING_FOR_SERVICES,
            "The deletion of the pool waits for Services. They hold addresses that no other pool contains: %s. To move one to another pool, run: kubectl annotate service NAME %s=true"
                .formatted(
                    String.join(", ", listed(dependentServices)) + more(dependentServices, " and "),
                    ApiNames.READDRESS_ANNOTATION));
  }

  private static String sentences(List<String> texts) {
    return listed(texts).stream()
            .map(text -> text.endsWith(".") ? text : text + ".")
            .collect(Collectors.joining(" "))
        + (texts.size() > MAX_LISTED ? more(texts, " ") + "." : "");
  }

  private static List<String> listed(List<String> all) {
    return all.subList(0, Math.min(all.size(), MAX_LISTED));
  }

  private static String more(List<String> all, String separator) {
    return all.size() > MAX_LISTED ? separator + (all.size() - MAX_LISTED) + " more" : "";
  }

  private static List<Condition> conditions(
      List<ConditionText> texts, AddressPool pool, Instant now) {
    List<Condition> before = pool.getStatus() == null ? List.of() : pool.getStatus().conditions();
    return texts.stream()
        .map(
            text ->
                ConditionTransitions.withTransitionTime(
                    new ConditionBuilder()
                        .withType(text.reason().type().type())
                        .withStatus(text.reason().status() ? "True" : "False")
                        .withReason(text.reason().reason())
                        .withMessage(text.message())
                        .withObservedGeneration(pool.getMetadata().getGeneration())
                        .build(),
                    before,
                    now))
        .toList();
  }

  private PoolStatusBuilder() {}
}
