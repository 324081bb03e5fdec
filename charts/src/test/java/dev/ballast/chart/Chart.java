package dev.ballast.chart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.lab.Lab;
import dev.ballast.lab.LabProgram;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The chart of this repository, and the objects that helm renders from it. */
final class Chart {

  static final Path FOLDER = Lab.repository().resolve("charts/ballast");
  static final String NAMESPACE = "ballast-system";
  static final String RELEASE = "ballast";

  static final LabProgram HELM = LabProgram.of("helm");

  private Chart() {}

  /** The default values, and the files of values that only tests use. */
  static Stream<Path> filesOfValues() {
    List<Path> found = new ArrayList<>(List.of(FOLDER.resolve("values.yaml")));
    try (var more = Files.newDirectoryStream(FOLDER.resolve("ci"), "*-values.yaml")) {
      more.forEach(found::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertThat(found).hasSizeGreaterThan(1);
    return found.stream();
  }

  /** The manifests of the chart's own objects; hooks only without {@code --no-hooks}. */
  static String manifests(String... options) {
    LabProgram.CompletedProcess output =
        HELM.run(with(options, "template", RELEASE, FOLDER.toString(), "--namespace", NAMESPACE));
    assertThat(output.succeeded()).as(output.err()).isTrue();
    return output.out();
  }

  static ChartObjects objects(String... options) {
    List<HasMetadata> all = new KubernetesSerialization().unmarshal(manifests(options));
    return new ChartObjects(all);
  }

  static String[] with(String[] options, String... command) {
    return Stream.concat(Stream.of(command), Stream.of(options)).toArray(String[]::new);
  }
}
