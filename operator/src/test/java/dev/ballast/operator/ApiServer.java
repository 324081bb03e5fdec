package dev.ballast.operator;

import dev.ballast.lab.LabApiServer;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
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

  private record Running(LabApiServer server, KubernetesClient client) implements AutoCloseable {
    @Override
    public void close() {
      client.close();
      server.close();
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
      LabApiServer server = LabApiServer.start(folder);
      KubernetesClient client =
          new KubernetesClientBuilder()
              .withConfig(Config.fromKubeconfig(server.kubeconfig().toFile()))
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
      return new Running(server, client);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
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
