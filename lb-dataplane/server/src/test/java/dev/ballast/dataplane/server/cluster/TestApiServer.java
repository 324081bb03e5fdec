package dev.ballast.dataplane.server.cluster;

import dev.ballast.lab.LabApiServer;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** A real kube-apiserver with Ballast's CRDs, shared by all tests of a run. */
public final class TestApiServer implements BeforeAllCallback, ParameterResolver {

  private static final ExtensionContext.Namespace HERE =
      ExtensionContext.Namespace.create(TestApiServer.class);

  /** The server, with a client and namespaces for tests. */
  public static final class Api implements AutoCloseable {
    private final LabApiServer server;
    private final KubernetesClient client;
    private final AtomicInteger namespaces = new AtomicInteger();

    private Api(LabApiServer server) {
      this.server = server;
      this.client = new KubernetesClientBuilder().withConfig(config()).build();
    }

    public Path kubeconfig() {
      return server.kubeconfig();
    }

    public Config config() {
      return Config.fromKubeconfig(kubeconfig().toFile());
    }

    public KubernetesClient client() {
      return client;
    }

    /** Creates a namespace for one test. */
    public String namespace() {
      String name = "test-" + namespaces.incrementAndGet();
      client
          .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
          .create();
      return name;
    }

    @Override
    public void close() throws IOException {
      client.close();
      server.close();
      try (Stream<Path> files = Files.walk(server.folder())) {
        files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
      }
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    api(context);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Api.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return api(context);
  }

  private static Api api(ExtensionContext context) {
    return context.getRoot().getStore(HERE).computeIfAbsent("api", key -> start(), Api.class);
  }

  private static Api start() {
    try {
      var api = new Api(LabApiServer.start(Files.createTempDirectory("ballast-api-")));
      try (var definitions =
          Files.newDirectoryStream(Path.of("../../charts/ballast/files/crds"), "*.yaml")) {
        for (Path definition : definitions) {
          try (InputStream yaml = Files.newInputStream(definition)) {
            api.client.load(yaml).create();
          }
        }
      }
      api.client
          .apiextensions()
          .v1()
          .customResourceDefinitions()
          .withName("loadbalancers.ballast.dev")
          .waitUntilCondition(TestApiServer::isEstablished, 10, TimeUnit.SECONDS);
      return api;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isEstablished(
      io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition definition) {
    return definition.getStatus() != null
        && definition.getStatus().getConditions() != null
        && definition.getStatus().getConditions().stream()
            .anyMatch(c -> c.getType().equals("Established") && c.getStatus().equals("True"));
  }
}
