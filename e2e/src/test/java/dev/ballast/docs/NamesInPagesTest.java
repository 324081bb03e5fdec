package dev.ballast.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Pages that a person wrote name metrics and reasons that exist. */
class NamesInPagesTest {

  private static final Path DOCS = Path.of("../docs");
  private static final Pattern METRIC = Pattern.compile("`?(ballast_[a-z_]+)");
  private static final Pattern HEADING = Pattern.compile("^### .*`[A-Z].*");
  private static final Pattern WORD = Pattern.compile("`([A-Z][A-Za-z0-9]+)`");

  @Test
  void metrics_in_the_pages_exist() throws IOException {
    // Given
    Set<String> metrics =
        Files.readAllLines(DOCS.resolve("reference/metrics.md")).stream()
            .filter(line -> line.startsWith("| `ballast_"))
            .map(line -> line.split("`", -1)[1])
            .collect(Collectors.toSet());

    // When
    Set<String> named = new TreeSet<>();
    for (Path page : pages()) {
      METRIC.matcher(Files.readString(page)).results().forEach(it -> named.add(it.group(1)));
    }

    // Then
    named.removeIf(
        name -> name.startsWith("ballast_userspace") || name.startsWith("ballast_kernel"));
    assertThat(metrics).isNotEmpty().containsAll(named);
  }

  @Test
  void reasons_in_the_headings_of_troubleshooting_exist() throws IOException {
    // Given
    Set<String> reasons =
        Files.readAllLines(DOCS.resolve("reference/conditions.md")).stream()
            .filter(line -> line.startsWith("| True | `") || line.startsWith("| False | `"))
            .map(line -> line.split("`", -1)[1])
            .collect(Collectors.toSet());

    // When
    Set<String> named =
        Files.readAllLines(DOCS.resolve("troubleshooting.md")).stream()
            .filter(HEADING.asMatchPredicate())
            .flatMap(line -> WORD.matcher(line).results())
            .map(word -> word.group(1))
            .collect(Collectors.toSet());

    // Then
    assertThat(named).isNotEmpty();
    assertThat(reasons).containsAll(named);
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> files = Files.walk(DOCS)) {
      return files.filter(file -> file.toString().endsWith(".md")).toList();
    }
  }
}
