package dev.ballast.api.v1alpha1;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The chart contains the CustomResourceDefinitions that these classes generate. After a change of a
 * class, run {@code ./mvnw -pl crds test -Dballast.update=true} and commit the YAML.
 */
class CustomResourceDefinitionsTest {

  private static final Path COMMITTED = Path.of("../charts/ballast/files/crds");

  private static final List<Class<? extends HasMetadata>> KINDS =
      List.of(Address.class, AddressPool.class, LoadBalancer.class, LoadBalancerNode.class);

  @Test
  void the_committed_yaml_is_what_the_classes_generate(@TempDir Path generated) throws IOException {
    // When
    new CRDGenerator()
        .inOutputDir(generated.toFile())
        .withMinQuotes(true)
        .withPostProcessor(
            new RequiredSpecPostProcessor(
                new DescriptionsOfClasses(
                    new AddressRulesPostProcessor(new PrinterColumnOrderPostProcessor(KINDS)),
                    KINDS)))
        .customResourceClasses(KINDS)
        .forCRDVersions("v1")
        .generate();

    // Then
    List<Path> files = new ArrayList<>();
    try (var stream = Files.newDirectoryStream(generated)) {
      stream.forEach(files::add);
    }
    assertThat(files).hasSameSizeAs(KINDS);
    for (Path file : files) {
      Path committed = COMMITTED.resolve(file.getFileName().toString().replace("-v1.yml", ".yaml"));
      if (Boolean.getBoolean("ballast.update")) {
        Files.createDirectories(COMMITTED);
        Files.copy(file, committed, StandardCopyOption.REPLACE_EXISTING);
      }
      assertThat(committed).content(UTF_8).isEqualTo(Files.readString(file));
    }
  }
}
