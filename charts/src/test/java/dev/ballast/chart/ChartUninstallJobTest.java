package dev.ballast.chart;

import static dev.ballast.chart.Chart.NAMESPACE;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The Job that takes back what Services were given, while helm waits for it. */
@ExtendWith(ChartRelease.OnApiServer.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChartUninstallJobTest {

  private final ChartRelease release;
  private Uninstallation uninstallation;

  ChartUninstallJobTest(ChartRelease release) {
    this.release = release;
  }

  @BeforeAll
  void begin() {
    release.isInstalled();
    uninstallation = Uninstallation.begin(release);
  }

  @AfterAll
  void finish() {
    uninstallation.finish();
  }

  @Test
  void the_operators_are_still_there_while_the_Job_runs_for_it_to_stop_them() {
    assertThat(operator().isMarkedForDeletion()).isFalse();
  }

  @Test
  void the_Job_runs_the_operators_image_to_release_all() {
    Container ofOperator = operator().getSpec().getTemplate().getSpec().getContainers().getFirst();

    assertThat(container().getArgs()).containsExactly("--release-all");
    assertThat(container().getImage()).isEqualTo(ofOperator.getImage());
  }

  @Test
  void the_Job_names_the_Deployment_to_stop() {
    assertThat(container().getEnv())
        .contains(
            new EnvVarBuilder()
                .withName("BALLAST_DEPLOYMENT")
                .withValue(operator().getMetadata().getName())
                .build());
  }

  @Test
  void the_Job_is_bounded_in_time_by_less_than_helm_waits() {
    assertThat(job().getSpec().getActiveDeadlineSeconds()).isLessThan(300);
  }

  @Test
  void the_Job_is_confined_as_the_operator_is() {
    var context = container().getSecurityContext();

    assertThat(pod().getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(context.getReadOnlyRootFilesystem()).isTrue();
    assertThat(context.getAllowPrivilegeEscalation()).isFalse();
    assertThat(context.getCapabilities().getDrop()).containsExactly("ALL");
  }

  @ParameterizedTest(name = "the Job may {0}: {1}")
  @CsvSource({
    "update deployments.apps/ballast-operator --subresource=scale -n ballast-system, true",
    "update deployments.apps/other --subresource=scale -n ballast-system, false",
    "delete deployments.apps/ballast-operator -n ballast-system, false",
    "update leases.coordination.k8s.io -n ballast-system, true",
    "patch services --subresource=status -n default, true",
    "delete addresses.ballast.dev -n default, true"
  })
  void the_API_server_allows_the_Job_what_it_needs(String action, boolean expected) {
    assertThat(release.may("uninstall", action)).isEqualTo(expected);
  }

  private Job job() {
    return uninstallation.job();
  }

  private PodSpec pod() {
    return job().getSpec().getTemplate().getSpec();
  }

  private Container container() {
    return pod().getContainers().getFirst();
  }

  private Deployment operator() {
    return release
        .client()
        .apps()
        .deployments()
        .inNamespace(NAMESPACE)
        .withName("ballast-operator")
        .require();
  }
}
