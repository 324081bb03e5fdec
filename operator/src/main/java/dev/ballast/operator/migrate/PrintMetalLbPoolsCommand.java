package dev.ballast.operator.migrate;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The command that prints our pools for a cluster's MetalLB pools. */
public final class PrintMetalLbPoolsCommand {

  /** The command's name, as an argument of the operator's program. */
  public static final String OPTION = "--print-metallb-pools";

  /** After the option: that the pools are to be read from standard input. */
  public static final String STDIN = "-";

  /**
   * Reads what {@code kubectl get ipaddresspools.metallb.io -A -o yaml} prints, or asks the
   * cluster.
   *
   * @param cluster asked only where {@code yaml} is null
   * @return the exit code
   */
  public static int run(
      @Nullable InputStream yaml,
      Supplier<KubernetesClient> cluster,
      PrintStream out,
      PrintStream problems)
      throws IOException {
    List<GenericKubernetesResource> objects;
    try {
      objects = yaml == null ? ask(cluster) : read(yaml);
    } catch (RuntimeException e) {
      // The parsers of YAML and JSON have no common word for what is not theirs.
      problems.println(
          "ballast-operator: the IPAddressPools cannot be read: "
              + e.getMessage()
              + ". Pass them: kubectl get ipaddresspools.metallb.io -A -o yaml | … "
              + OPTION
              + " "
              + STDIN);
      return 1;
    }
    String manifest = MetalLbPoolConverter.manifest(objects);
    if (manifest.isEmpty()) {
      problems.println("ballast-operator: there is no IPAddressPool of MetalLB in what was read");
      return 1;
    }
    out.print(manifest);
    return 0;
  }

  private static List<GenericKubernetesResource> ask(Supplier<KubernetesClient> cluster) {
    try (KubernetesClient client = cluster.get()) {
      return client
          .genericKubernetesResources(
              new ResourceDefinitionContext.Builder()
                  .withGroup("metallb.io")
                  .withVersion("v1beta1")
                  .withKind(MetalLbPoolConverter.KIND)
                  .withPlural("ipaddresspools")
                  .withNamespaced(true)
                  .build())
          .inAnyNamespace()
          .list()
          .getItems();
    }
  }

  private static List<GenericKubernetesResource> read(InputStream yaml) throws IOException {
    try (yaml) {
      Object read = new KubernetesSerialization().unmarshal(yaml);
      return flat(read)
          .filter(GenericKubernetesResource.class::isInstance)
          .map(GenericKubernetesResource.class::cast)
          .toList();
    }
  }

  /** One object, a list of kind List, or several documents. */
  private static Stream<Object> flat(Object read) {
    return switch (read) {
      case KubernetesResourceList<?> list ->
          list.getItems().stream().flatMap(PrintMetalLbPoolsCommand::flat);
      case Collection<?> documents -> documents.stream().flatMap(PrintMetalLbPoolsCommand::flat);
      case HasMetadata object -> Stream.of(object);
      default -> Stream.empty();
    };
  }

  private PrintMetalLbPoolsCommand() {}
}
