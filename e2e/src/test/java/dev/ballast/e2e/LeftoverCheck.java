package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Checks every class of scenarios: Ballast is ready before it. After it the cluster has no new
 * object or finalizer of Ballast, and no log has an ERROR line.
 */
final class LeftoverCheck implements BeforeAllCallback, AfterAllCallback {

  private Instant start = Instant.EPOCH;
  private Set<String> before = Set.of();

  @Override
  public void beforeAll(ExtensionContext context) {
    start = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    BallastDeployment.awaitReady();
    before = leftovers();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(() -> assertThat(leftovers()).as("left in the cluster").isSubsetOf(before));
    assertThat(BallastDeployment.errorsSince(start)).as("ERROR lines in Ballast's logs").isEmpty();
  }

  private static Set<String> leftovers() {
    Set<String> found = new TreeSet<>();
    for (String kind : List.of("addresspools", "addresses", "loadbalancers")) {
      Kubectl.names(kind + ".ballast.dev -A").forEach(name -> found.add(kind + " " + name));
    }
    Kubectl.list("services -A").stream()
        .filter(service -> new ServiceView(service).hasFinalizer())
        .forEach(service -> found.add("finalizer of Service " + Kubectl.name(service)));
    return found;
  }
}
