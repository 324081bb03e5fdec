package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.api.v1alpha1.BalancingAlgorithm;
import dev.ballast.api.v1alpha1.FrontendSpec;
import dev.ballast.api.v1alpha1.HealthCheckSpec;
import dev.ballast.api.v1alpha1.LoadBalancerSpec;
import dev.ballast.api.v1alpha1.TimeoutsSpec;
import dev.ballast.operator.ipam.AddressClaim;
import dev.ballast.operator.ipam.AddressRequests;
import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.ProtocolPort;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.ServiceContext;
import dev.ballast.operator.ipam.pool.ServiceRef;
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
sealed interface LoadBalancerIntent {

  /** Not a LoadBalancer, another's class, or being deleted: whatever we hold for it is let go. */
  record NotWanted() implements LoadBalancerIntent {}

  /**
   * A load balancer.
   *
   * @param families one address each
   * @param requests which addresses
   * @param sharingKey of those that it may share its addresses with; null: with nobody
   * @param serviceContext how it stands towards the pools
   * @param prefersDualStack content with one family where the other cannot be had
   * @param spec the program, but for the addresses
   * @param remarks what of it is not heeded, and why: for a person
   */
  record LoadBalancerWanted(
      List<IpFamily> families,
      AddressRequests requests,
      @Nullable String sharingKey,
      ServiceContext serviceContext,
      boolean prefersDualStack,
      LoadBalancerSpec spec,
      List<String> remarks)
      implements LoadBalancerIntent {

    /** Whether that is no fault: {@code PreferDualStack} takes what the pools have. */
    boolean contentWithout(AllocationResult.Rejected why) {
      return prefersDualStack
          && (why instanceof AllocationResult.NoPool
              || why instanceof AllocationResult.Exhausted
              || why instanceof AllocationResult.RejectedByPools);
    }

    AddressClaim share(ServiceRef serviceRef) {
      return new AddressClaim(
          serviceRef,
          sharingKey,
          spec.frontends().stream().map(LoadBalancerWanted::portOf).toList());
    }

    /** {@code taken}: ports that another Service has. */
    LoadBalancerSpec programAt(List<IpAddress> addresses, List<AllocationResult.PortTaken> taken) {
      List<ProtocolPort> without = taken.stream().map(AllocationResult.PortTaken::port).toList();
      return new LoadBalancerSpec(
          addresses.stream().map(IpAddress::toString).toList(),
          spec.frontends().stream()
              .filter(frontend -> !without.contains(portOf(frontend)))
              .toList(),
          spec.balancing(),
          spec.clientIpAffinitySeconds(),
          spec.sourceRanges(),
          spec.healthCheck(),
          spec.timeouts());
    }

    private static ProtocolPort portOf(FrontendSpec frontend) {
      return new ProtocolPort(frontend.protocol(), frontend.port());
    }
  }

  /** {@code takeClassless}: Services without a class are ours, as on clusters with no cloud. */
  static LoadBalancerIntent of(Service service, boolean takeClassless) {
    ServiceSpec spec = service.getSpec();
    if (service.isMarkedForDeletion()
        || !"LoadBalancer".equals(spec.getType())
        || !isOurs(spec.getLoadBalancerClass(), takeClassless)) {
      return new NotWanted();
    }
    List<IpFamily> families = spec.getIpFamilies().stream().map(IpFamily::valueOf).toList();
    return new LoadBalancerWanted(
        families,
        request(service, families),
        ServiceAnnotations.SHARING_KEY.of(service),
        standing(service),
        "PreferDualStack".equals(spec.getIpFamilyPolicy()),
        new LoadBalancerSpec(
            List.of(),
            spec.getPorts().stream().map(LoadBalancerIntent::frontend).toList(),
            balancing(service),
            affinity(spec),
            sourceRanges(spec),
            HealthCheckSpec.DEFAULT,
            TimeoutsSpec.DEFAULT),
        remarks(service));
  }

  private static boolean isOurs(@Nullable String loadBalancerClass, boolean takeClassless) {
    return loadBalancerClass == null
        ? takeClassless
        : loadBalancerClass.equals(ApiNames.LOAD_BALANCER_CLASS);
  }

  private static FrontendSpec frontend(ServicePort port) {
    return new FrontendSpec(
        Objects.requireNonNullElse(port.getName(), ""),
        port.getPort(),
        Objects.requireNonNullElse(port.getProtocol(), "TCP"));
  }

  /** The annotation names addresses of both families; the deprecated field, one. */
  private static AddressRequests request(Service service, List<IpFamily> families) {
    return ServiceAnnotations.contradiction(service)
        .<AddressRequests>map(contradiction -> contradiction)
        .orElseGet(
            () -> {
              String annotated = ServiceAnnotations.ADDRESS.of(service);
              return AddressRequests.parse(
                  families,
                  annotated == null ? service.getSpec().getLoadBalancerIP() : annotated,
                  ServiceAnnotations.POOL.of(service));
            });
  }

  private static ServiceContext standing(Service service) {
    return new ServiceContext(
        Objects.requireNonNullElse(service.getMetadata().getLabels(), Map.of()),
        "true".equals(annotation(service, ApiNames.READDRESS_ANNOTATION)),
        PublishedStatus.in(service.getStatus()).addresses());
  }

  private static @Nullable String annotation(Service service, String name) {
    return Objects.requireNonNullElse(
            service.getMetadata().getAnnotations(), Map.<String, String>of())
        .get(name);
  }

  /** An unknown word falls back to round robin: a typo must not take a Service down. */
  private static BalancingAlgorithm balancing(Service service) {
    return balancingNamed(annotation(service, ApiNames.BALANCING_ANNOTATION))
        .orElse(BalancingAlgorithm.RoundRobin);
  }

  private static Optional<BalancingAlgorithm> balancingNamed(@Nullable String word) {
    return Arrays.stream(BalancingAlgorithm.values())
        .filter(balancing -> balancing.name().equals(word))
        .findFirst();
  }

  private static List<String> remarks(Service service) {
    List<String> remarks = new ArrayList<>();
    String balancing = annotation(service, ApiNames.BALANCING_ANNOTATION);
    if (balancing != null && balancingNamed(balancing).isEmpty()) {
      remarks.add(
          "The annotation %s says '%s', which is none of %s: RoundRobin is used."
              .formatted(
                  ApiNames.BALANCING_ANNOTATION,
                  balancing,
                  Arrays.stream(BalancingAlgorithm.values())
                      .map(BalancingAlgorithm::name)
                      .collect(Collectors.joining(", "))));
    }
    String readdress = annotation(service, ApiNames.READDRESS_ANNOTATION);
    if (readdress != null && !List.of("true", "false").contains(readdress)) {
      remarks.add(
          "The annotation %s says '%s', which is neither true nor false: it counts as false."
              .formatted(ApiNames.READDRESS_ANNOTATION, readdress));
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
