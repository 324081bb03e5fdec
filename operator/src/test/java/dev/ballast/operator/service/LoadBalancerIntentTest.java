package dev.ballast.operator.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.api.v1alpha1.BalancingAlgorithm;
import dev.ballast.api.v1alpha1.FrontendSpec;
import dev.ballast.api.v1alpha1.HealthCheckSpec;
import dev.ballast.api.v1alpha1.LimitsSpec;
import dev.ballast.api.v1alpha1.TimeoutsSpec;
import dev.ballast.operator.ipam.AddressRequests;
import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.service.settings.InstallationDefaults;
import dev.ballast.operator.service.settings.SettingDefaults;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("feature:traffic")
class LoadBalancerIntentTest {

  private static final SettingDefaults NO_DEFAULTS =
      new SettingDefaults("shop", Map.of(), InstallationDefaults.NONE);

  @ParameterizedTest
  @CsvSource({
    "LoadBalancer, ballast.dev/proxy,  true,  true",
    "LoadBalancer, ballast.dev/proxy,  false, true",
    "LoadBalancer, example.com/other,  true,  false",
    "LoadBalancer, example.com/other,  false, false",
    "LoadBalancer, ballast.dev/proxy2, true,  false",
    "LoadBalancer, Ballast.dev/Proxy,  true,  false",
    "LoadBalancer, ,                   true,  true",
    "LoadBalancer, ,                   false, false",
    "ClusterIP,    ,                   true,  false",
    "NodePort,     ,                   true,  false",
    "ExternalName, ,                   true,  false",
    ",             ,                   true,  false",
  })
  void type_and_class_decide_whether_ballast_serves_a_service(
      String type, String loadBalancerClass, boolean takeClassless, boolean ours) {
    // Given
    Service service =
        service()
            .editSpec()
            .withType(type)
            .withLoadBalancerClass(loadBalancerClass)
            .endSpec()
            .build();

    // When
    LoadBalancerIntent intent = LoadBalancerIntent.of(service, takeClassless, NO_DEFAULTS);

    // Then
    assertThat(intent)
        .isInstanceOf(
            ours
                ? LoadBalancerIntent.LoadBalancerWanted.class
                : LoadBalancerIntent.NotWanted.class);
  }

  @Test
  void a_deleted_service_requests_nothing() {
    // Given
    Service service =
        service()
            .editMetadata()
            .withDeletionTimestamp("2026-01-01T00:00:00Z")
            .endMetadata()
            .build();

    // When
    LoadBalancerIntent intent = LoadBalancerIntent.of(service, true, NO_DEFAULTS);

    // Then
    assertThat(intent).isEqualTo(new LoadBalancerIntent.NotWanted());
  }

  @Test
  void a_port_without_name_or_protocol_is_an_unnamed_tcp_port() {
    // Given
    Service service =
        service()
            .editSpec()
            .addNewPort()
            .withPort(80)
            .endPort()
            .addNewPort()
            .withName("dns")
            .withPort(53)
            .withProtocol("UDP")
            .endPort()
            .endSpec()
            .build();

    // When
    LoadBalancerIntent.LoadBalancerWanted wanted = wanted(service);

    // Then
    assertThat(wanted.spec().frontends())
        .containsExactly(new FrontendSpec("", 80, "TCP"), new FrontendSpec("dns", 53, "UDP"));
  }

  @Test
  void one_address_is_requested_for_each_family_in_order() {
    // Given
    Service service = service().editSpec().withIpFamilies("IPv6", "IPv4").endSpec().build();

    // When
    LoadBalancerIntent.LoadBalancerWanted wanted = wanted(service);

    // Then
    assertThat(wanted.families()).containsExactly(IpFamily.IPv6, IpFamily.IPv4);
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.10, ,           ,    192.0.2.10, ",
    "'',         192.0.2.11, ,    192.0.2.11, ",
    ",           192.0.2.11, ,    192.0.2.11, ",
    "192.0.2.10, 192.0.2.11, ,    192.0.2.10, ",
    ",           ,           lan, ,           lan",
    "192.0.2.10, ,           lan, 192.0.2.10, lan",
    ",           ,           ,    ,           ",
  })
  void the_annotation_takes_precedence_over_the_deprecated_field(
      String annotation, String field, String pool, String address, String from) {
    // Given
    Map<String, String> annotations = new HashMap<>();
    annotations.put(ApiNames.ADDRESS_ANNOTATION, annotation);
    annotations.put(ApiNames.POOL_ANNOTATION, pool);
    annotations.values().removeIf(Objects::isNull);
    Service service =
        service()
            .editMetadata()
            .withAnnotations(annotations)
            .endMetadata()
            .editSpec()
            .withIpFamilies("IPv4")
            .withLoadBalancerIP(field)
            .endSpec()
            .build();

    // When
    LoadBalancerIntent.LoadBalancerWanted wanted = wanted(service);

    // Then
    assertThat(wanted.requests())
        .isEqualTo(AddressRequests.parse(List.of(IpFamily.IPv4), address, from));
  }

  @ParameterizedTest
  @CsvSource({"SingleStack, false", "PreferDualStack, true", "RequireDualStack, false"})
  void only_prefer_dual_stack_accepts_one_family(String policy, boolean content) {
    // Given
    Service service = service().editSpec().withIpFamilyPolicy(policy).endSpec().build();

    // When
    LoadBalancerIntent.LoadBalancerWanted wanted = wanted(service);

    // Then
    assertThat(wanted.accepts(new AllocationResult.NoPool(IpFamily.IPv6, null))).isEqualTo(content);
    assertThat(wanted.accepts(new AllocationResult.UnknownPool("lan"))).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "None,     ,    ",
    "None,     60,  ",
    ",         ,    ",
    "ClientIP, 60,  60",
    "ClientIP, ,    10800",
  })
  void the_service_sets_the_timeout_of_affinity(
      String affinity, Integer timeoutSeconds, Integer expected) {
    // Given
    ServiceBuilder builder = service().editSpec().withSessionAffinity(affinity).endSpec();
    if (timeoutSeconds != null) {
      builder
          .editSpec()
          .withNewSessionAffinityConfig()
          .withNewClientIP(timeoutSeconds)
          .endSessionAffinityConfig()
          .endSpec();
    }

    // When
    LoadBalancerIntent.LoadBalancerWanted wanted = wanted(builder.build());

    // Then
    assertThat(wanted.spec().clientIpAffinitySeconds()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "RoundRobin,       RoundRobin",
    "LeastConnections, LeastConnections",
    "leastconnections, RoundRobin",
    "Random,           RoundRobin",
    "'',               RoundRobin",
    ",                 RoundRobin",
  })
  void the_annotation_selects_the_balancing_and_a_typo_does_not_stop_the_service(
      String annotation, BalancingAlgorithm expected) {
    // Given
    ServiceBuilder builder = service();
    if (annotation != null) {
      builder
          .editMetadata()
          .withAnnotations(Map.of(ApiNames.BALANCING_ANNOTATION, annotation))
          .endMetadata();
    }

    // When
    LoadBalancerIntent.LoadBalancerWanted wanted = wanted(builder.build());

    // Then
    assertThat(wanted.spec().balancing()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "ballast.dev/balancing | LeastConnections | -",
        "ballast.dev/balancing | leastconnections | The annotation ballast.dev/balancing has"
            + " the invalid value 'leastconnections'. RoundRobin is used. Valid values are"
            + " RoundRobin and LeastConnections.",
        "ballast.dev/balancing | ''               | The annotation ballast.dev/balancing has"
            + " the invalid value ''. RoundRobin is used. Valid values are RoundRobin and"
            + " LeastConnections.",
        "ballast.dev/readdress | true             | -",
        "ballast.dev/readdress | false            | -",
        "ballast.dev/readdress | yes              | The annotation ballast.dev/readdress has"
            + " the invalid value 'yes'. The default false is used. Valid values are true and"
            + " false.",
      })
  void an_unknown_value_of_an_annotation_is_reported(
      String annotation, String value, @Nullable String remark) {
    // Given
    Service service =
        service().editMetadata().withAnnotations(Map.of(annotation, value)).endMetadata().build();

    // When
    LoadBalancerIntent.LoadBalancerWanted wanted = wanted(service);

    // Then
    assertThat(wanted.ignoredAnnotations()).isEqualTo(remark == null ? List.of() : List.of(remark));
  }

  @Test
  void the_load_balancer_has_defaults_for_what_the_service_leaves_out() {
    // Given
    LoadBalancerIntent.LoadBalancerWanted wanted = wanted(service().build());

    // When
    var spec = wanted.specFor(List.of(IpAddress.parse("2001:db8:0::1").orElseThrow()), List.of());

    // Then
    assertThat(spec.addresses()).containsExactly("2001:db8::1");
    assertThat(spec.healthCheck()).isEqualTo(HealthCheckSpec.DEFAULT);
    assertThat(spec.timeouts()).isEqualTo(TimeoutsSpec.DEFAULT);
    assertThat(spec.limits()).isNull();
    assertThat(spec.frontends()).isEqualTo(wanted.spec().frontends());
  }

  @Test
  void the_load_balancer_has_the_limits_and_timeouts_of_the_service_and_of_its_namespace() {
    // Given
    Service service =
        service()
            .editMetadata()
            .withAnnotations(
                Map.of("ballast.dev/idle-timeout", "24h", "ballast.dev/max-connections", "100"))
            .endMetadata()
            .build();
    SettingDefaults defaults =
        new SettingDefaults(
            "shop",
            Map.of(
                "ballast.dev/max-connections", "10",
                "ballast.dev/max-connections-per-client", "5"),
            InstallationDefaults.from(Map.of("BALLAST_DEFAULT_UDP_IDLE_TIMEOUT", "3m")));

    // When
    LoadBalancerIntent.LoadBalancerWanted wanted = wanted(service, defaults);

    // Then
    assertThat(wanted.spec().limits()).isEqualTo(new LimitsSpec(100, null, 5, null));
    assertThat(wanted.spec().timeouts())
        .isEqualTo(new TimeoutsSpec(TimeoutsSpec.DEFAULT.connectMilliseconds(), 86_400, 180));
    assertThat(wanted.ignoredAnnotations()).isEmpty();
  }

  @Test
  void ignored_annotations_of_the_service_and_of_its_namespace_are_reported_together() {
    // Given
    Service service =
        service()
            .editMetadata()
            .withAnnotations(
                Map.of(ApiNames.BALANCING_ANNOTATION, "Random", "ballast.dev/idle-timeout", "24"))
            .endMetadata()
            .build();
    SettingDefaults defaults =
        new SettingDefaults(
            "shop", Map.of("ballast.dev/max-connections", "0"), InstallationDefaults.NONE);

    // When
    LoadBalancerIntent.LoadBalancerWanted wanted = wanted(service, defaults);

    // Then
    assertThat(wanted.ignoredAnnotations())
        .satisfiesExactly(
            message -> assertThat(message).contains("ballast.dev/balancing has", "'Random'"),
            message -> assertThat(message).contains("ballast.dev/idle-timeout has", "'24'"),
            message ->
                assertThat(message).contains("ballast.dev/max-connections of namespace shop has"));
  }

  private static LoadBalancerIntent.LoadBalancerWanted wanted(Service service) {
    return wanted(service, NO_DEFAULTS);
  }

  private static LoadBalancerIntent.LoadBalancerWanted wanted(
      Service service, SettingDefaults defaults) {
    return (LoadBalancerIntent.LoadBalancerWanted) LoadBalancerIntent.of(service, true, defaults);
  }

  private static ServiceBuilder service() {
    return new ServiceBuilder()
        .withNewMetadata()
        .withName("web")
        .endMetadata()
        .withNewSpec()
        .withType("LoadBalancer")
        .withIpFamilies("IPv4")
        .endSpec();
  }
}
