package dev.ballast.operator;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** A real kube-apiserver with Ballast's CRDs, shared by all tests that use it. */
public final class ApiServer implements BeforeAllCallback, ParameterResolver {

  private static final Namespace HERE = Namespace.create(ApiServer.class);

  private record Running(Path folder, KubernetesClient client) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      client.close();
      lab("api-only-down", folder);
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    running(context);
  }

  private static Running running(ExtensionContext context) {
    return context.getRoot().getStore(HERE).computeIfAbsent("api", key -> start(), Running.class);
  }

  private static Running start() {
    try {
      // Its logs stay until the next mvn clean.
      Path folder = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "api-");
      String kubeconfig = lab("api-only", folder).lines().toList().getLast();
      KubernetesClient client =
          new KubernetesClientBuilder()
              .withConfig(Config.fromKubeconfig(new File(kubeconfig)))
              .build();
      try (var definitions = Files.newDirectoryStream(Path.of("../charts/ballast/files/crds"))) {
        for (Path definition : definitions) {
          client.load(Files.newInputStream(definition)).create();
        }
      }
      client
          .apiextensions()
          .v1()
          .customResourceDefinitions()
          .resources()
          .forEach(
              definition ->
                  definition.waitUntilCondition(
                      crd ->
                          crd.getStatus() != null
                              && crd.getStatus().getConditions().stream()
                                  .anyMatch(
                                      c ->
                                          c.getType().equals("Established")
                                              && c.getStatus().equals("True")),
                      10,
                      TimeUnit.SECONDS));
      return new Running(folder, client);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String lab(String command, Path folder) throws IOException {
    Process process =
        new ProcessBuilder("../e2e/lab/lab", command, folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (process.onExit().orTimeout(2, TimeUnit.MINUTES).join().exitValue() != 0) {
      throw new IllegalStateException(
          "e2e/lab/lab " + command + " failed; its programs are built by: ./dev build");
    }
    return output;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == KubernetesClient.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return running(context).client();
  }
}
