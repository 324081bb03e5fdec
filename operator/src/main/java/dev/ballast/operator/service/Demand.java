package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.Balancing;
import dev.ballast.api.v1alpha1.Ballast;
import dev.ballast.api.v1alpha1.Frontend;
import dev.ballast.api.v1alpha1.HealthCheck;
import dev.ballast.api.v1alpha1.LoadBalancerSpec;
import dev.ballast.api.v1alpha1.Timeouts;
import dev.ballast.operator.ipam.Choice;
import dev.ballast.operator.ipam.Claimant;
import dev.ballast.operator.ipam.IpAddress;
import dev.ballast.operator.ipam.IpFamily;
import dev.ballast.operator.ipam.Port;
import dev.ballast.operator.ipam.Request;
import dev.ballast.operator.ipam.Share;
import dev.ballast.operator.ipam.Standing;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServiceSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a Service asks of us, read from its spec alone. */
sealed interface Demand {

  /** Not a LoadBalancer, another's class, or being deleted: whatever we hold for it is let go. */
  record None() implements Demand {}

  /**
   * A load balancer.
   *
   * @param families one address each
   * @param request which addresses
   * @param sharingKey of those that it may share its addresses with; null: with nobody
   * @param standing how it stands towards the pools
   * @param prefersDualStack content with one family where the other cannot be had
   * @param program the program, but for the addresses
   * @param remarks what of it is not heeded, and why: for a person
   */
  record Wanted(
      List<IpFamily> families,
      Request request,
      @Nullable String sharingKey,
      Standing standing,
      boolean prefersDualStack,
      LoadBalancerSpec program,
      List<String> remarks)
      implements Demand {

    /** Whether that is no fault: {@code PreferDualStack} takes what the pools have. */
    boolean contentWithout(Choice.Refused why) {
      return prefersDualStack
          && (why instanceof Choice.NoPool
              || why instanceof Choice.Exhausted
              || why instanceof Choice.Barred);
    }

    Share share(Claimant claimant) {
      return new Share(
          claimant, sharingKey, program.frontends().stream().map(Wanted::portOf).toList());
    }

    /** {@code taken}: ports that another Service has. */
    LoadBalancerSpec programAt(List<IpAddress> addresses, List<Choice.PortTaken> taken) {
      List<Port> without = taken.stream().map(Choice.PortTaken::port).toList();
      return new LoadBalancerSpec(
          addresses.stream().map(IpAddress::toString).toList(),
          program.frontends().stream()
              .filter(frontend -> !without.contains(portOf(frontend)))
              .toList(),
          program.balancing(),
          program.clientIpAffinitySeconds(),
          program.sourceRanges(),
          program.healthCheck(),
          program.timeouts());
    }

    private static Port portOf(Frontend frontend) {
      return new Port(frontend.protocol(), frontend.port());
    }
  }

  /** {@code takeClassless}: Services without a class are ours, as on clusters with no cloud. */
  static Demand of(Service service, boolean takeClassless) {
    ServiceSpec spec = service.getSpec();
    if (service.isMarkedForDeletion()
        || !"LoadBalancer".equals(spec.getType())
        || !isOurs(spec.getLoadBalancerClass(), takeClassless)) {
      return new None();
    }
    List<IpFamily> families = spec.getIpFamilies().stream().map(IpFamily::valueOf).toList();
    return new Wanted(
        families,
        request(service, families),
        Annotations.SHARING_KEY.of(service),
        standing(service),
        "PreferDualStack".equals(spec.getIpFamilyPolicy()),
        new LoadBalancerSpec(
            List.of(),
            spec.getPorts().stream().map(Demand::frontend).toList(),
            balancing(service),
            affinity(spec),
            sourceRanges(spec),
            HealthCheck.DEFAULT,
            Timeouts.DEFAULT),
        remarks(service));
  }

  private static boolean isOurs(@Nullable String loadBalancerClass, boolean takeClassless) {
    return loadBalancerClass == null
        ? takeClassless
        : loadBalancerClass.equals(Ballast.LOAD_BALANCER_CLASS);
  }

  private static Frontend frontend(ServicePort port) {
    return new Frontend(
        Objects.requireNonNullElse(port.getName(), ""),
        port.getPort(),
        Objects.requireNonNullElse(port.getProtocol(), "TCP"));
  }

  /** The annotation names addresses of both families; the deprecated field, one. */
  private static Request request(Service service, List<IpFamily> families) {
    return Annotations.contradiction(service)
        .<Request>map(contradiction -> contradiction)
        .orElseGet(
            () -> {
              String annotated = Annotations.ADDRESS.of(service);
              return Request.parse(
                  families,
                  annotated == null ? service.getSpec().getLoadBalancerIP() : annotated,
                  Annotations.POOL.of(service));
            });
  }

  private static Standing standing(Service service) {
    return new Standing(
        Objects.requireNonNullElse(service.getMetadata().getLabels(), Map.of()),
        "true".equals(annotation(service, Ballast.READDRESS_ANNOTATION)),
        Publication.in(service.getStatus()).addresses());
  }

  private static @Nullable String annotation(Service service, String name) {
    return Objects.requireNonNullElse(
            service.getMetadata().getAnnotations(), Map.<String, String>of())
        .get(name);
  }

  /** An unknown word falls back to round robin: a typo must not take a Service down. */
  private static Balancing balancing(Service service) {
    return balancingNamed(annotation(service, Ballast.BALANCING_ANNOTATION))
        .orElse(Balancing.RoundRobin);
  }

  private static Optional<Balancing> balancingNamed(@Nullable String word) {
    return Arrays.stream(Balancing.values())
        .filter(balancing -> balancing.name().equals(word))
        .findFirst();
  }

  private static List<String> remarks(Service service) {
    List<String> remarks = new ArrayList<>();
    String balancing = annotation(service, Ballast.BALANCING_ANNOTATION);
    if (balancing != null && balancingNamed(balancing).isEmpty()) {
      remarks.add(
          "The annotation %s says '%s', which is none of %s: RoundRobin is used."
              .formatted(
                  Ballast.BALANCING_ANNOTATION,
                  balancing,
                  Arrays.stream(Balancing.values())
                      .map(Balancing::name)
                      .collect(Collectors.joining(", "))));
    }
    String readdress = annotation(service, Ballast.READDRESS_ANNOTATION);
    if (readdress != null && !List.of("true", "false").contains(readdress)) {
      remarks.add(
          "The annotation %s says '%s', which is neither true nor false: it counts as false."
              .formatted(Ballast.READDRESS_ANNOTATION, readdress));
    }
    return remarks;
  }

  /** The API server has checked that each is a CIDR; older ones may be padded with spaces. */
  private static List<String> sourceRanges(ServiceSpec spec) {
    return Objects.requireNonNullElse(spec.getLoadBalancerSourceRanges(), List.<String>of())
        .stream()
        .map(String::strip)
        .toList();
  }

  private static @Nullable Integer affinity(ServiceSpec spec) {
    if (!"ClientIP".equals(spec.getSessionAffinity())) {
      return null;
    }
    // The API server fills in 10800; a Service from before that default has none.
    return Optional.ofNullable(spec.getSessionAffinityConfig())
        .map(config -> config.getClientIP())
        .map(client -> client.getTimeoutSeconds())
        .orElse(10_800);
  }
}
