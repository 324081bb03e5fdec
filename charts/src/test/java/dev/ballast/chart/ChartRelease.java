package dev.ballast.chart;

import static dev.ballast.chart.Chart.FOLDER;
import static dev.ballast.chart.Chart.NAMESPACE;
import static dev.ballast.chart.Chart.RELEASE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.lab.LabApiServer;
import dev.ballast.lab.LabProgram;
import dev.ballast.lab.LabProgram.CompletedProcess;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesList;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A release of the chart on a real API server, that tests handle with helm and kubectl, as a user
 * does. No controller runs, so no Pod starts. All tests share the server. Each begins with what it
 * needs: {@link #isInstalled} or {@link #isAbsent}.
 */
record ChartRelease(
    LabApiServer server, LabProgram helm, LabProgram kubectl, KubernetesClient client)
    implements AutoCloseable {

  static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Gives tests the release. */
  static final class OnApiServer implements ParameterResolver {

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == ChartRelease.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return context
          .getRoot()
          .getStore(ExtensionContext.Namespace.create(ChartRelease.class))
          .computeIfAbsent("release", key -> start(), ChartRelease.class);
    }
  }

  private static ChartRelease start() {
    try {
      // Its logs stay until the next clean.
      Path target = Files.createDirectories(Path.of("target").toAbsolutePath());
      var server = LabApiServer.start(Files.createTempDirectory(target, "api-"));
      var client =
          new KubernetesClientBuilder()
              .withConfig(Config.fromKubeconfig(server.kubeconfig().toFile()))
              .build();
      client
          .resource(
              new NamespaceBuilder().withNewMetadata().withName(NAMESPACE).endMetadata().build())
          .create();
      return new ChartRelease(
          server,
          Chart.HELM.on(server.kubeconfig()),
          LabProgram.of("kubectl").on(server.kubeconfig()),
          client);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }

  /** Installs the chart in that folder. */
  void install(Path chart) {
    succeeded(helm.run("install", RELEASE, chart.toString(), "--namespace", NAMESPACE));
  }

  /** Upgrades to the chart of this repository, and returns what helm prints. */
  String upgrade() {
    return succeeded(helm.run("upgrade", RELEASE, FOLDER.toString(), "--namespace", NAMESPACE));
  }

  CompletedProcess uninstall(String... options) {
    return helm.run(Chart.with(options, "uninstall", RELEASE, "--namespace", NAMESPACE));
  }

  /** Given the chart: installs it unless it is. */
  void isInstalled() {
    if (!helm.run("status", RELEASE, "--namespace", NAMESPACE).succeeded()) {
      install(FOLDER);
    }
  }

  /** Given nothing of the chart, not even its kinds. */
  void isAbsent() {
    var kinds = client.apiextensions().v1().customResourceDefinitions();
    if (kinds.list().getItems().isEmpty()) {
      return; // the kinds outlive a release
    }
    succeeded(uninstall("--no-hooks", "--ignore-not-found"));
    // No controller is there to release a Job.
    var jobs = client.batch().v1().jobs().inNamespace(NAMESPACE);
    jobs.resources().forEach(job -> job.edit(ChartRelease::withoutFinalizers));
    jobs.delete();
    if (kinds().contains("AddressPool")) {
      succeeded(kubectl.run("delete", "addresspools", "--all"));
    }
    kinds.delete();
    await()
        .atMost(PATIENCE)
        .until(() -> jobs.list().getItems().isEmpty() && kinds.list().getItems().isEmpty());
  }

  /** Given an AddressPool of this name. */
  void hasPool(String name) {
    succeeded(
        createPool(
            """
            apiVersion: ballast.dev/v1alpha1
            kind: AddressPool
            metadata: {name: %s}
            spec: {addresses: [192.0.2.200-192.0.2.250]}
            """
                .formatted(name),
            "apply"));
  }

  /** An API server serves a kind a moment after it was stored. */
  CompletedProcess createPool(String manifest, String verb) {
    await().atMost(PATIENCE).until(() -> kubectl.run("get", "addresspools").succeeded());
    return kubectl.runWithInput(manifest, verb, "-f", "-");
  }

  private static Job withoutFinalizers(Job job) {
    return new JobBuilder(job).editMetadata().withFinalizers().endMetadata().build();
  }

  static String succeeded(CompletedProcess output) {
    assertThat(output.succeeded()).as(output.out() + output.err()).isTrue();
    return output.out();
  }

  /** The kinds that the API server has and keeps. */
  List<String> kinds() {
    return client.apiextensions().v1().customResourceDefinitions().list().getItems().stream()
        .filter(it -> !it.isMarkedForDeletion())
        .map(it -> it.getSpec().getNames().getKind())
        .toList();
  }

  /** ChartObjects that carry the chart's label. */
  List<HasMetadata> objects() {
    String all =
        "deployments,daemonsets,serviceaccounts,pdb,clusterroles,clusterrolebindings,roles,rolebindings";
    String json =
        succeeded(
            kubectl.run("get", "-A", "-l", "app.kubernetes.io/name=ballast", "-o", "json", all));
    return client.getKubernetesSerialization().unmarshal(json, KubernetesList.class).getItems();
  }

  /**
   * Whether a service account of the chart may do something: {@code kubectl auth can-i}.
   *
   * @param action the words after {@code can-i}: verb, resource, options
   */
  boolean may(String account, String action) {
    String[] words = action.split(" ", -1);
    String user = "--as=system:serviceaccount:%s:ballast-%s".formatted(NAMESPACE, account);
    String answer = kubectl.run(Chart.with(words, "auth", "can-i", user)).out().strip();
    assertThat(answer).isIn("yes", "no");
    return answer.equals("yes");
  }
}
