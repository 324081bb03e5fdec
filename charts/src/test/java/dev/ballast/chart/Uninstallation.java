package dev.ballast.chart;

import static dev.ballast.chart.Chart.NAMESPACE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.lab.LabProgram.CompletedProcess;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A {@code helm uninstall} under way: helm waits for a Job, and no controller runs it here. */
final class Uninstallation {

  private static final String JOB = "ballast-uninstall";

  private final ChartRelease release;
  private final CompletableFuture<CompletedProcess> helm;

  private Uninstallation(ChartRelease release) {
    this.release = release;
    this.helm =
        CompletableFuture.supplyAsync(release::uninstall, task -> Thread.ofVirtual().start(task));
  }

  /** Begins one, and returns when the Job is there. */
  static Uninstallation begin(ChartRelease release) {
    var uninstallation = new Uninstallation(release);
    await()
        .atMost(ChartRelease.PATIENCE)
        .until(() -> uninstallation.find() != null || uninstallation.helm.isDone());
    assertThat(uninstallation.find())
        .as("helm uninstall first runs the Job that releases all addresses")
        .isNotNull();
    return uninstallation;
  }

  Job job() {
    return release.client().batch().v1().jobs().inNamespace(NAMESPACE).withName(JOB).require();
  }

  private @Nullable Job find() {
    return release.client().batch().v1().jobs().inNamespace(NAMESPACE).withName(JOB).get();
  }

  /** The Job succeeds, and helm ends. */
  CompletedProcess finish() {
    String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    release
        .client()
        .batch()
        .v1()
        .jobs()
        .inNamespace(NAMESPACE)
        .withName(JOB)
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            """
            {"status": {"startTime": "NOW", "completionTime": "NOW", "succeeded": 1, "uncountedTerminatedPods": {},
              "conditions": [
                {"type": "SuccessCriteriaMet", "status": "True", "lastTransitionTime": "NOW"},
                {"type": "Complete", "status": "True", "lastTransitionTime": "NOW"}]}}
            """
                .replace("NOW", now));
    return helm.orTimeout(2, TimeUnit.MINUTES).join();
  }
}
