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
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The command that prints AddressPools for the IPAddressPools and L2Advertisements of MetalLB. */
public final class PrintMetalLbPoolsCommand {

  /** The option of the operator that runs this command. */
  public static final String OPTION = "--print-metallb-pools";

  /** The argument after the option that reads the pools from standard input. */
  public static final String STDIN = "-";

  /**
   * Reads the output of {@code kubectl get ipaddresspools.metallb.io,l2advertisements.metallb.io -A
   * -o yaml}, or the objects of the cluster.
   *
   * @param cluster used only where {@code yaml} is null
   * @return the exit code
   */
  public static int run(
      @Nullable InputStream yaml,
      Supplier<KubernetesClient> cluster,
      PrintStream out,
      PrintStream err)
      throws IOException {
    List<GenericKubernetesResource> objects;
    try {
      objects = yaml == null ? fetch(cluster) : read(yaml);
    } catch (RuntimeException e) {
      // The parsers of YAML and JSON have no common exception for invalid input.
      print(
          err,
          "Cannot read the IPAddressPools: %s. Use the options %s %s, and pass on standard input the output of: kubectl get ipaddresspools.metallb.io,l2advertisements.metallb.io -A -o yaml"
              .formatted(e.getMessage(), OPTION, STDIN));
      return 1;
    }
    String manifest = MetalLbPoolConverter.manifest(objects);
    if (manifest.isEmpty()) {
      print(err, "The input contains no IPAddressPool of MetalLB.");
      return 1;
    }
    out.print(manifest);
    return 0;
  }

  private static void print(PrintStream err, String message) {
    err.println("ballast-operator: " + message);
  }

  private static List<GenericKubernetesResource> fetch(Supplier<KubernetesClient> cluster) {
    try (KubernetesClient client = cluster.get()) {
      List<GenericKubernetesResource> objects =
          new ArrayList<>(list(client, MetalLbPoolConverter.KIND, "ipaddresspools"));
      objects.addAll(list(client, L2AdvertisementConverter.KIND, "l2advertisements"));
      return objects;
    }
  }

  private static List<GenericKubernetesResource> list(
      KubernetesClient client, String kind, String plural) {
    return client
        .genericKubernetesResources(
            new ResourceDefinitionContext.Builder()
                .withGroup("metallb.io")
                .withVersion("v1beta1")
                .withKind(kind)
                .withPlural(plural)
                .withNamespaced(true)
                .build())
        .inAnyNamespace()
        .list()
        .getItems();
  }

  private static List<GenericKubernetesResource> read(InputStream yaml) throws IOException {
    try (yaml) {
      Object read = new KubernetesSerialization().unmarshal(yaml);
      return flatten(read)
          .filter(GenericKubernetesResource.class::isInstance)
          .map(GenericKubernetesResource.class::cast)
          .toList();
    }
  }

  /** One object, a list of kind List, or several documents. */
  private static Stream<Object> flatten(Object read) {
    return switch (read) {
      case KubernetesResourceList<?> list ->
          list.getItems().stream().flatMap(PrintMetalLbPoolsCommand::flatten);
      case Collection<?> documents -> documents.stream().flatMap(PrintMetalLbPoolsCommand::flatten);
      case HasMetadata object -> Stream.of(object);
      default -> Stream.empty();
    };
  }

  private PrintMetalLbPoolsCommand() {}
}
