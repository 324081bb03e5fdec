package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.api.v1alpha1.BalancingAlgorithm;
import dev.ballast.api.v1alpha1.FrontendSpec;
import dev.ballast.api.v1alpha1.HealthCheckSpec;
import dev.ballast.api.v1alpha1.LoadBalancerSpec;
import dev.ballast.operator.ipam.AddressClaim;
import dev.ballast.operator.ipam.AddressRequests;
import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.ProtocolPort;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.ServiceContext;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.service.settings.ServiceSettings;
import dev.ballast.operator.service.settings.SettingDefaults;
import dev.ballast.operator.service.status.PublishedStatus;
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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a Service wants of Ballast. It follows from the Service (spec, annotations, status) and from
 * the defaults of its namespace and of the installation.
 */
sealed interface LoadBalancerIntent {

  /**
   * The Service has another type, the class of another implementation, or is being deleted. What it
   * holds is released.
   */
  record NotWanted() implements LoadBalancerIntent {}

  /**
   * The Service wants a load balancer.
   *
   * @param families IP families, each with one address
   * @param requests which addresses it requests
   * @param sharingKey Services with the same key may share its addresses; null for no sharing
   * @param serviceContext what pools check: labels and published addresses
   * @param prefersDualStack whether one family suffices where the other has no address
   * @param spec the spec of the LoadBalancer, without addresses
   * @param ignoredAnnotations messages about annotations with invalid values
   */
  record LoadBalancerWanted(
      List<IpFamily> families,
      AddressRequests requests,
      @Nullable String sharingKey,
      ServiceContext serviceContext,
      boolean prefersDualStack,
      LoadBalancerSpec spec,
      List<String> ignoredAnnotations)
      implements LoadBalancerIntent {

    /** Whether the Service does without the address: {@code PreferDualStack} takes what it gets. */
    boolean accepts(AllocationResult.Rejected why) {
      return prefersDualStack
          && (why instanceof AllocationResult.NoPool
              || why instanceof AllocationResult.Exhausted
              || why instanceof AllocationResult.RejectedByPools);
    }

    AddressClaim claimFor(ServiceRef serviceRef) {
      return new AddressClaim(
          serviceRef,
          sharingKey,
          spec.frontends().stream().map(LoadBalancerWanted::portOf).toList());
    }

    /** {@code taken}: ports that another Service uses on a shared address. */
    LoadBalancerSpec specFor(List<IpAddress> addresses, List<AllocationResult.PortTaken> taken) {
      List<ProtocolPort> takenPorts = taken.stream().map(AllocationResult.PortTaken::port).toList();
      return new LoadBalancerSpec(
          addresses.stream().map(IpAddress::toString).toList(),
          spec.frontends().stream()
              .filter(frontend -> !takenPorts.contains(portOf(frontend)))
              .toList(),
          spec.balancing(),
          spec.clientIpAffinitySeconds(),
          spec.sourceRanges(),
          spec.healthCheck(),
          spec.timeouts(),
          spec.limits());
    }

    private static ProtocolPort portOf(FrontendSpec frontend) {
      return new ProtocolPort(frontend.protocol(), frontend.port());
    }
  }

  /**
   * Reads what the Service wants.
   *
   * @param takeClassless whether Services without a class are for Ballast
   * @param defaults limits and timeouts that apply where the Service has none
   */
  static LoadBalancerIntent of(Service service, boolean takeClassless, SettingDefaults defaults) {
    ServiceSpec spec = service.getSpec();
    if (service.isMarkedForDeletion()
        || !"LoadBalancer".equals(spec.getType())
        || !isOurs(spec.getLoadBalancerClass(), takeClassless)) {
      return new NotWanted();
    }
    ServiceSettings settings = ServiceSettings.of(annotations(service), defaults);
    List<IpFamily> families = spec.getIpFamilies().stream().map(IpFamily::valueOf).toList();
    return new LoadBalancerWanted(
        families,
        requests(service, families),
        ServiceAnnotations.SHARING_KEY.valueOn(service),
        serviceContext(service),
        "PreferDualStack".equals(spec.getIpFamilyPolicy()),
        new LoadBalancerSpec(
            List.of(),
            spec.getPorts().stream().map(LoadBalancerIntent::frontend).toList(),
            balancing(service),
            affinity(spec),
            sourceRanges(spec),
            HealthCheckSpec.DEFAULT,
            settings.timeouts(),
            settings.limits()),
        Stream.concat(ignoredAnnotations(service).stream(), settings.ignoredAnnotations().stream())
            .toList());
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
  private static AddressRequests requests(Service service, List<IpFamily> families) {
    return ServiceAnnotations.contradiction(service)
        .<AddressRequests>map(contradiction -> contradiction)
        .orElseGet(
            () -> {
              String annotated = ServiceAnnotations.ADDRESS.valueOn(service);
              return AddressRequests.parse(
                  families,
                  annotated == null ? service.getSpec().getLoadBalancerIP() : annotated,
                  ServiceAnnotations.POOL.valueOn(service));
            });
  }

  private static ServiceContext serviceContext(Service service) {
    return new ServiceContext(
        Objects.requireNonNullElse(service.getMetadata().getLabels(), Map.of()),
        "true".equals(annotation(service, ApiNames.READDRESS_ANNOTATION)),
        PublishedStatus.of(service).addresses());
  }

  private static @Nullable String annotation(Service service, String name) {
    return annotations(service).get(name);
  }

  private static Map<String, String> annotations(Service service) {
    return Objects.requireNonNullElse(service.getMetadata().getAnnotations(), Map.of());
  }

  /** An invalid value falls back to round robin: a typo must not break a Service. */
  private static BalancingAlgorithm balancing(Service service) {
    return balancingNamed(annotation(service, ApiNames.BALANCING_ANNOTATION))
        .orElse(BalancingAlgorithm.RoundRobin);
  }

  private static Optional<BalancingAlgorithm> balancingNamed(@Nullable String name) {
    return Arrays.stream(BalancingAlgorithm.values())
        .filter(balancing -> balancing.name().equals(name))
        .findFirst();
  }

  private static List<String> ignoredAnnotations(Service service) {
    List<String> messages = new ArrayList<>();
    String balancing = annotation(service, ApiNames.BALANCING_ANNOTATION);
    if (balancing != null && balancingNamed(balancing).isEmpty()) {
      messages.add(
          "The annotation %s has the invalid value '%s'. RoundRobin is used. Valid values are %s."
              .formatted(
                  ApiNames.BALANCING_ANNOTATION,
                  balancing,
                  Arrays.stream(BalancingAlgorithm.values())
                      .map(BalancingAlgorithm::name)
                      .collect(Collectors.joining(" and "))));
    }
    String readdress = annotation(service, ApiNames.READDRESS_ANNOTATION);
    if (readdress != null && !List.of("true", "false").contains(readdress)) {
      messages.add(
          "The annotation %s has the invalid value '%s'. The default false is used. Valid values are true and false."
              .formatted(ApiNames.READDRESS_ANNOTATION, readdress));
    }
    return messages;
  }

  /** The API server checks that each is a CIDR; ones from older versions may have spaces around. */
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
    // The API server sets the default 10800; a Service from before that default has none.
    return Optional.ofNullable(spec.getSessionAffinityConfig())
        .map(config -> config.getClientIP())
        .map(client -> client.getTimeoutSeconds())
        .orElse(10_800);
  }
}
