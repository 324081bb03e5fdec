package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.ApiNames;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Conflicts with another machine of the LAN, as the data plane reports them. */
@Tag("feature:address")
class ConflictTest extends OperatorTest {

  private static final String TEN = "192.0.2.10";
  private static final String ELEVEN = "192.0.2.11";

  ConflictTest(KubernetesClient client) {
    super(client);
  }

  @Test
  void a_service_gets_another_address_when_a_machine_has_the_first_one() {
    // Given
    pool(TEN);
    dataPlane.startConflict(TEN);
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(announced("web").getReason()).isEqualTo("AddressInUse"));
    assertThat(announced("web").getMessage()).contains(TEN, FakeDataPlane.CONFLICT);

    // When
    namedPool("second", ELEVEN);

    // Then
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo(ELEVEN));
    await()
        .untilAsserted(
            () ->
                assertThat(addresses())
                    .singleElement()
                    .matches(address -> address.getSpec().ip().equals(ELEVEN)));
    assertThat(condition("web", "ballast.dev/Conflict")).isEmpty();
    assertThat(eventReasons()).contains("AddressInUse", "Announced");
    await()
        .untilAsserted(
            () ->
                assertThat(conflictOf("pool").orElseThrow().getMessage())
                    .contains(TEN, FakeDataPlane.CONFLICT));
  }

  @Test
  void an_address_in_conflict_is_not_assigned_to_other_services() {
    // Given: either address may be the one of the first Service
    pool(TEN + "-" + ELEVEN);
    create(loadBalancer("probe", 80));
    await().untilAsserted(() -> assertThat(published("probe")).isNotEmpty());
    String first = published("probe");
    String other = first.equals(TEN) ? ELEVEN : TEN;
    dataPlane.startConflict(other);

    // When
    create(loadBalancer("web", 80));

    // Then
    await().untilAsserted(() -> assertThat(announced("web").getReason()).isEqualTo("AddressInUse"));
    client.services().inNamespace(namespace).withName("probe").delete();
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo(first));
    create(loadBalancer("late", 80));
    await()
        .untilAsserted(
            () ->
                assertThat(condition("late", "ballast.dev/Allocated").orElseThrow().getReason())
                    .isEqualTo("PoolExhausted"));
  }

  @Test
  void a_service_that_requests_the_address_waits_until_the_conflict_ends() {
    // Given
    pool(TEN + "-" + ELEVEN);
    dataPlane.startConflict(TEN);
    create(annotated(loadBalancer("web", 80), ApiNames.ADDRESS_ANNOTATION, TEN));
    await().untilAsserted(() -> assertThat(announced("web").getReason()).isEqualTo("AddressInUse"));
    assertThat(published("web")).isEmpty();
    await()
        .untilAsserted(
            () ->
                assertThat(addresses().getFirst().getStatus().conditions())
                    .anyMatch(condition -> condition.getType().equals("Conflict")));

    // When
    dataPlane.endConflict(TEN);

    // Then
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo(TEN));
    await().untilAsserted(() -> assertThat(conflictOf("pool")).isEmpty());
  }

  @Test
  void a_published_address_stays_and_the_conflict_is_reported_while_it_lasts() {
    // Given
    pool(TEN);
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo(TEN));
    namedPool("second", ELEVEN);

    // When
    dataPlane.startConflict(TEN);

    // Then
    await()
        .untilAsserted(
            () ->
                assertThat(condition("web", "ballast.dev/Conflict").orElseThrow().getMessage())
                    .isEqualTo(TEN + ": " + FakeDataPlane.CONFLICT + "."));
    await()
        .during(Duration.ofSeconds(1))
        .untilAsserted(() -> assertThat(published("web")).isEqualTo(TEN));
    assertThat(eventReasons()).contains("AddressInUse");
    dataPlane.endConflict(TEN);
    await().untilAsserted(() -> assertThat(condition("web", "ballast.dev/Conflict")).isEmpty());
    assertThat(published("web")).isEqualTo(TEN);
  }

  private Condition announced(String name) {
    return condition(name, "ballast.dev/Announced").orElseThrow();
  }

  private Optional<Condition> conflictOf(String pool) {
    return client
        .resources(AddressPool.class)
        .withName(pool)
        .get()
        .getStatus()
        .conditions()
        .stream()
        .filter(condition -> condition.getType().equals("Conflict"))
        .findFirst();
  }
}
