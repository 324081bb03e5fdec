package dev.ballast.chart;

import static dev.ballast.chart.Chart.NAMESPACE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.lab.LabProgram.CompletedProcess;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code helm uninstall}, once: the Job that releases the addresses while helm waits for it, and
 * then what is left.
 */
@Order(Order.DEFAULT + 1)
@ExtendWith(ChartRelease.OnApiServer.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChartUninstallTest {

  private final ChartRelease release;
  private Uninstallation uninstallation;

  ChartUninstallTest(ChartRelease release) {
    this.release = release;
  }

  @BeforeAll
  void begin() {
    release.isInstalled();
    release.hasPool("left");
    uninstallation = Uninstallation.begin(release);
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
  void the_Job_names_the_Deployment_to_stop_and_the_Secret_to_delete() {
    assertThat(container().getEnv())
        .contains(
            new EnvVarBuilder()
                .withName("BALLAST_DEPLOYMENT")
                .withValue(operator().getMetadata().getName())
                .build(),
            new EnvVarBuilder()
                .withName("BALLAST_HEARTBEAT_SECRET")
                .withValue("ballast-heartbeat-keys")
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
    "delete secrets/ballast-heartbeat-keys -n ballast-system, true",
    "delete secrets/other -n ballast-system, false",
    "patch services --subresource=status -n default, true",
    "delete addresses.ballast.dev -n default, true"
  })
  void the_API_server_allows_the_Job_what_it_needs(String action, boolean expected) {
    assertThat(release.may("uninstall", action)).isEqualTo(expected);
  }

  @Test
  @Order(Order.DEFAULT + 1)
  void helm_uninstall_leaves_the_kinds_and_the_pools_and_nothing_else() {
    // When
    CompletedProcess helm = uninstallation.finish();

    // Then
    assertThat(helm.succeeded()).as(helm.err()).isTrue();
    assertThat(release.kinds()).hasSize(4);
    assertThat(pools()).contains("addresspool.ballast.dev/left");
    assertThat(release.objects()).isEmpty();
    assertThat(release.client().batch().v1().jobs().inAnyNamespace().list().getItems())
        .filteredOn(it -> !it.isMarkedForDeletion())
        .isEmpty();
  }

  @Test
  @Order(Order.DEFAULT + 2)
  void the_chart_can_be_installed_again_over_what_was_left() {
    // When
    release.install(Chart.FOLDER);

    // Then
    assertThat(pools()).contains("addresspool.ballast.dev/left");
  }

  private List<String> pools() {
    return ChartRelease.succeeded(release.kubectl().run("get", "addresspools", "-o", "name"))
        .lines()
        .toList();
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
