package dev.ballast.operator.service.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.api.v1alpha1.FrontendReport;
import dev.ballast.api.v1alpha1.OwnershipClaim;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.LoadBalancerIngressBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServiceStatus;
import io.fabric8.kubernetes.api.model.ServiceStatusBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("feature:status")
class PublishedStatusTest {

  private static final Instant NOW = Instant.parse("2026-01-01T12:00:00.123Z");
  private static final Instant LATER = NOW.plus(Duration.ofMinutes(5));
  private static final String THEN = "2026-01-01T12:00:00Z";
  private static final String V4 = "192.0.2.10";
  private static final String FINALIZER = ApiNames.SERVICE_FINALIZER;

  private static final FrontendReport LISTENING = new FrontendReport(80, "TCP", true, null, null);
  private static final FrontendReport TAKEN =
      new FrontendReport(9, "TCP", false, "PortInUse", "Another process uses it.");
  private static final FrontendReport SILENT = new FrontendReport(10, "UDP", false, null, null);

  @Test
  void an_announced_address_is_published_with_ip_mode_proxy() {
    // When
    PublishedStatus published = publish(announced("n1", LISTENING), PublishedStatus.NOTHING, NOW);

    // Then
    assertThat(published.ingress())
        .singleElement()
        .satisfies(
            ingress -> {
              assertThat(ingress.getIp()).isEqualTo(V4);
              assertThat(ingress.getIpMode()).isEqualTo("Proxy");
              assertThat(ingress.getPorts()).isEmpty();
            });
    assertThat(texts(published))
        .containsExactly(
            "ballast.dev/Allocated True AddressAssigned: 192.0.2.10 is assigned.",
            "ballast.dev/Announced True Announced: Node n1 announces 192.0.2.10.");
    assertThat(published.conditions())
        .extracting(Condition::getLastTransitionTime)
        .containsOnly(THEN);
  }

  @Test
  void an_address_that_is_not_announced_is_not_published_and_the_message_says_where_to_look() {
    // When
    PublishedStatus published = publish(unannounced(), PublishedStatus.NOTHING, NOW);

    // Then
    assertThat(published.ingress()).isEmpty();
    assertThat(texts(published))
        .containsExactly(
            "ballast.dev/Allocated True AddressAssigned: 192.0.2.10 is assigned.",
            "ballast.dev/Announced False WaitingForDataPlane: No node announces 192.0.2.10 yet. The"
                + " data plane has not reported. Check that a data plane Pod is Ready: kubectl get"
                + " pods -A -l app.kubernetes.io/name=ballast");
  }

  @Test
  void a_published_address_stays_while_it_moves() {
    // Given
    PublishedStatus before = publish(announced("n1", LISTENING), PublishedStatus.NOTHING, NOW);

    // When
    PublishedStatus after = publish(unannounced(), before, LATER);

    // Then
    assertThat(after.ingress()).isEqualTo(before.ingress());
    assertThat(after.find(ServiceConditionType.ANNOUNCED).orElseThrow().getStatus())
        .isEqualTo("False");
  }

  @Test
  void an_address_that_the_service_lost_is_withdrawn_at_once() {
    // Given
    PublishedStatus before = publish(announced("n1", LISTENING), PublishedStatus.NOTHING, NOW);

    // When
    PublishedStatus after =
        publish(
            new LoadBalancerState.Unannounced(List.of("192.0.2.11"), List.of(), Optional.empty()),
            before,
            LATER);

    // Then
    assertThat(after.ingress()).isEmpty();
  }

  @Test
  void without_an_address_only_the_reason_is_published() {
    // Given
    PublishedStatus before = publish(announced("n1", LISTENING), PublishedStatus.NOTHING, NOW);

    // When
    PublishedStatus after =
        publish(
            new LoadBalancerState.Pending(ServiceConditionReason.NO_POOL, "Create one."),
            before,
            LATER);

    // Then
    assertThat(after.ingress()).isEmpty();
    assertThat(texts(after)).containsExactly("ballast.dev/Allocated False NoPool: Create one.");
  }

  @Test
  void a_condition_that_keeps_its_status_keeps_its_transition_time() {
    // Given
    PublishedStatus before = publish(unannounced(), PublishedStatus.NOTHING, NOW);

    // When
    PublishedStatus after = publish(announced("n1", LISTENING), before, LATER);

    // Then
    assertThat(after.conditions())
        .extracting(Condition::getType, Condition::getLastTransitionTime)
        .containsExactly(
            tuple(ServiceConditionType.ALLOCATED.type(), THEN),
            tuple(ServiceConditionType.ANNOUNCED.type(), "2026-01-01T12:05:00Z"));
  }

  @Test
  void another_node_is_a_change_without_a_transition() {
    // Given
    PublishedStatus before = publish(announced("n1", LISTENING), PublishedStatus.NOTHING, NOW);

    // When
    PublishedStatus after = publish(announced("n2", LISTENING), before, LATER);

    // Then
    assertThat(after.eventsSince(before))
        .extracting(Condition::getMessage)
        .containsExactly("Node n2 announces 192.0.2.10.");
    assertThat(after.find(ServiceConditionType.ANNOUNCED).orElseThrow().getLastTransitionTime())
        .isEqualTo(THEN);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "NodeLost | , which was lost.",
        "NodeLeaving | , whose data plane was shut down.",
        "NodeNotSelected | , which its AddressPool does not select.",
        "NodeExcluded | , which was excluded by its label.",
        "NotOnLink | , which had no interface in the subnet of the address, or failed to announce it.",
        "ClaimConflict | , which claimed it at the same time.",
        "OfNewerVersion | (OfNewerVersion)."
      })
  void the_event_of_a_move_says_why(String reason, String cause) {
    // Given
    PublishedStatus before = publish(announced("n1", LISTENING), PublishedStatus.NOTHING, NOW);
    var claim = new OwnershipClaim(V4, 2, "2026-01-01T12:00:00Z", "n1", reason);

    // When
    PublishedStatus after =
        publish(
            new LoadBalancerState.Announced(
                List.of(
                    new LoadBalancerState.Announcement(
                        V4, "n2", List.of(LISTENING), Optional.of(claim)))),
            before,
            LATER);

    // Then
    assertThat(after.eventsSince(before))
        .singleElement()
        .extracting(Condition::getMessage)
        .asString()
        .startsWith("Node n2 announces 192.0.2.10. Node n2 took 192.0.2.10 from node n1")
        .endsWith(cause);
  }

  @Test
  void an_obstacle_has_the_message_of_the_node() {
    // When
    PublishedStatus after =
        publish(
            new LoadBalancerState.Unannounced(
                List.of(V4),
                List.of(),
                Optional.of(
                    new LoadBalancerState.Obstacle("IPv6Disabled", "IPv6 is off. Turn it on."))),
            PublishedStatus.NOTHING,
            NOW);

    // Then
    assertThat(after.find(ServiceConditionType.ANNOUNCED).orElseThrow())
        .extracting(Condition::getReason, Condition::getMessage)
        .containsExactly("IPv6Disabled", "192.0.2.10 is not announced: IPv6 is off. Turn it on.");
  }

  @Test
  void an_address_that_is_announced_at_once_causes_one_event() {
    // When
    PublishedStatus after = publish(announced("n1", LISTENING), PublishedStatus.NOTHING, NOW);

    // Then
    assertThat(after.eventsSince(PublishedStatus.NOTHING))
        .extracting(Condition::getMessage)
        .containsExactly("Node n1 announces 192.0.2.10.");
  }

  @Test
  void an_ignored_annotation_is_reported_beside_the_address() {
    // When
    PublishedStatus after =
        new PublishedStatusBuilder(PublishedStatus.NOTHING, NOW)
            .state(announced("n1", LISTENING))
            .ignoredAnnotations(List.of("The value is invalid."))
            .build();

    // Then
    assertThat(texts(after))
        .contains(
            "ballast.dev/Allocated True AnnotationIgnored: 192.0.2.10 is assigned. The value is"
                + " invalid.");
    assertThat(after.eventsSince(PublishedStatus.NOTHING))
        .extracting(Condition::getReason)
        .containsExactly("AnnotationIgnored", "Announced");
  }

  @Test
  @Tag("feature:limits")
  void rejected_connections_cause_one_event_and_a_condition_until_they_end() {
    // Given
    PublishedStatus quiet = limited(PublishedStatus.NOTHING, Optional.empty());
    PublishedStatus begun = limited(quiet, Optional.of("Node n1 rejects new connections."));

    // When
    PublishedStatus changed = limited(begun, Optional.of("Nodes n1, n2 reject new connections."));

    // Then
    assertThat(texts(quiet)).hasSize(2);
    assertThat(begun.eventsSince(quiet))
        .extracting(Condition::getReason)
        .containsExactly("ConnectionsRejected");
    assertThat(changed.eventsSince(begun)).isEmpty();
    assertThat(texts(changed))
        .last()
        .isEqualTo(
            "ballast.dev/Limited True ConnectionsRejected: Nodes n1, n2 reject new connections.");
    assertThat(limited(changed, Optional.empty())).isEqualTo(quiet);
  }

  private static PublishedStatus limited(PublishedStatus before, Optional<String> why) {
    return new PublishedStatusBuilder(before, NOW)
        .state(announced("n1", LISTENING))
        .limited(why)
        .build();
  }

  @Test
  void a_replaced_address_stays_published_until_the_new_one_is_announced() {
    // Given
    PublishedStatus before = publish(announced("n1", LISTENING), PublishedStatus.NOTHING, NOW);
    LoadBalancerState moving =
        new LoadBalancerState.Unannounced(List.of("192.0.2.11"), List.of(V4), Optional.empty());

    // When
    PublishedStatus after = publish(moving, before, LATER);

    // Then
    assertThat(after.ingress()).isEqualTo(before.ingress());
    assertThat(after.find(ServiceConditionType.ANNOUNCED).orElseThrow().getMessage())
        .startsWith("No node announces 192.0.2.11 yet.");
  }

  @Test
  void the_same_state_later_is_the_same_status_without_an_event() {
    // Given
    PublishedStatus before = publish(announced("n1", TAKEN), PublishedStatus.NOTHING, NOW);

    // When
    PublishedStatus after = publish(announced("n1", TAKEN), before, LATER);

    // Then
    assertThat(after).isEqualTo(before);
    assertThat(after.eventsSince(before)).isEmpty();
  }

  @Test
  void a_written_status_is_parsed_back() {
    // Given
    PublishedStatus written =
        publish(announced("n1", LISTENING, TAKEN), PublishedStatus.NOTHING, NOW);

    // When
    PublishedStatus read = PublishedStatus.in(written.toStatus());

    // Then
    assertThat(read).isEqualTo(written);
  }

  @Test
  void a_service_without_status_has_nothing_published() {
    assertThat(PublishedStatus.in(null)).isEqualTo(PublishedStatus.NOTHING);
    assertThat(PublishedStatus.in(new ServiceStatus())).isEqualTo(PublishedStatus.NOTHING);
  }

  @Test
  void conditions_of_other_controllers_are_not_written() {
    // Given
    ServiceStatus status =
        new ServiceStatusBuilder()
            .withConditions(
                new ConditionBuilder()
                    .withType("example.com/Other")
                    .withStatus("True")
                    .withReason("Because")
                    .build())
            .build();

    // When
    PublishedStatus after = publish(unannounced(), PublishedStatus.in(status), NOW);

    // Then
    assertThat(after.toStatus().getConditions())
        .extracting(Condition::getType)
        .containsExactly(
            ServiceConditionType.ALLOCATED.type(), ServiceConditionType.ANNOUNCED.type());
  }

  @Test
  void a_port_that_does_not_listen_is_reported_beside_the_others() {
    // When
    PublishedStatus published =
        publish(announced("n1", LISTENING, TAKEN, SILENT), PublishedStatus.NOTHING, NOW);

    // Then
    assertThat(published.ingress().getFirst().getPorts())
        .extracting(port -> port.getPort() + "/" + port.getProtocol() + " " + port.getError())
        .containsExactly(
            "80/TCP null", "9/TCP ballast.dev/PortInUse", "10/UDP ballast.dev/NotListening");
    assertThat(texts(published))
        .last()
        .isEqualTo(
            "LoadBalancerPortsError True PortError: Port 9/TCP: Another process uses it. Port"
                + " 10/UDP: NotListening");
  }

  @Test
  void a_port_that_listens_again_leaves_no_error_behind() {
    // Given
    PublishedStatus before = publish(announced("n1", TAKEN), PublishedStatus.NOTHING, NOW);

    // When
    PublishedStatus after = publish(announced("n1", LISTENING), before, LATER);

    // Then
    assertThat(after.find(ServiceConditionType.PORTS_ERROR)).isEmpty();
    assertThat(after.ingress().getFirst().getPorts()).isEmpty();
  }

  @Test
  void each_address_has_the_ports_of_its_node_and_an_error_is_reported_once() {
    // Given
    LoadBalancerState state =
        new LoadBalancerState.Announced(
            List.of(
                new LoadBalancerState.Announcement(V4, "n1", List.of(LISTENING), Optional.empty()),
                new LoadBalancerState.Announcement(
                    "2001:db8::10", "n2", List.of(TAKEN), Optional.empty()),
                new LoadBalancerState.Announcement(
                    "2001:db8::11", "n2", List.of(TAKEN), Optional.empty())));

    // When
    PublishedStatus published = publish(state, PublishedStatus.NOTHING, NOW);

    // Then
    assertThat(published.ingress())
        .extracting(ingress -> ingress.getIp() + " " + ingress.getPorts().size())
        .containsExactly("192.0.2.10 0", "2001:db8::10 1", "2001:db8::11 1");
    assertThat(texts(published))
        .containsExactly(
            "ballast.dev/Allocated True AddressAssigned: 192.0.2.10, 2001:db8::10, 2001:db8::11 are"
                + " assigned.",
            "ballast.dev/Announced True Announced: Nodes n1, n2 announce 192.0.2.10, 2001:db8::10,"
                + " 2001:db8::11.",
            "LoadBalancerPortsError True PortError: Port 9/TCP: Another process uses it.");
  }

  @Test
  void the_first_publication_names_the_version_that_was_read() {
    assertThat(PublishedStatus.isFirst(service(List.of(), List.of()))).isTrue();
    assertThat(PublishedStatus.isFirst(service(List.of(FINALIZER), List.of()))).isTrue();
    assertThat(PublishedStatus.isFirst(service(List.of(), List.of(V4)))).isTrue();
    assertThat(PublishedStatus.isFirst(service(List.of(FINALIZER), List.of(V4)))).isFalse();
  }

  @Test
  void an_applied_status_has_the_finalizer_and_no_foreign_fields() {
    // Given
    PublishedStatus published = publish(announced("n1", LISTENING), PublishedStatus.NOTHING, NOW);

    // When
    Service applied =
        published.toApply(service(List.of("example.com/keep"), List.of()), true, true);

    // Then
    assertThat(applied.getFinalizers()).containsExactly(FINALIZER);
    assertThat(applied.getMetadata().getUid()).isEqualTo("u1");
    assertThat(applied.getMetadata().getResourceVersion()).isEqualTo("7");
    assertThat(applied.getMetadata().getLabels()).isNullOrEmpty();
    assertThat(applied.getSpec()).isNull();
  }

  private static Service service(List<String> finalizers, List<String> published) {
    return new ServiceBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName("web")
        .withUid("u1")
        .withResourceVersion("7")
        .withFinalizers(finalizers)
        .addToLabels("app", "web")
        .endMetadata()
        .withNewStatus()
        .withNewLoadBalancer()
        .withIngress(
            published.stream()
                .map(ip -> new LoadBalancerIngressBuilder().withIp(ip).build())
                .toList())
        .endLoadBalancer()
        .endStatus()
        .build();
  }

  private static LoadBalancerState unannounced() {
    return new LoadBalancerState.Unannounced(List.of(V4), List.of(), Optional.empty());
  }

  private static LoadBalancerState announced(String node, FrontendReport... ports) {
    return new LoadBalancerState.Announced(
        List.of(new LoadBalancerState.Announcement(V4, node, List.of(ports), Optional.empty())));
  }

  private static PublishedStatus publish(
      LoadBalancerState state, PublishedStatus before, Instant now) {
    return new PublishedStatusBuilder(before, now).state(state).build();
  }

  private static List<String> texts(PublishedStatus published) {
    return published.conditions().stream().map(PublishedStatusTest::text).toList();
  }

  private static String text(Condition condition) {
    String head = condition.getType() + " " + condition.getStatus() + " " + condition.getReason();
    return head + ": " + condition.getMessage();
  }
}
