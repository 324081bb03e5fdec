package dev.ballast.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/contributing/glossary.md} explains types that exist. */
class GlossaryTest {

  private static final Pattern TYPE = Pattern.compile("`([A-Z][A-Za-z]+)`");

  @Test
  void every_type_in_the_glossary_exists() throws IOException {
    // Given
    Set<String> explained =
        GeneratedPage.text("docs/contributing/glossary.md")
            .lines()
            .filter(line -> line.startsWith("| `"))
            .map(line -> line.split("\\|", -1)[1])
            .flatMap(cell -> TYPE.matcher(cell).results())
            .map((MatchResult type) -> type.group(1))
            .collect(Collectors.toSet());

    // When
    Set<String> types = types();

    // Then
    assertThat(explained).isNotEmpty();
    assertThat(types).containsAll(explained);
  }

  private static Set<String> types() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("..").toAbsolutePath().normalize())) {
      return files
          .map(Path::toString)
          .filter(path -> path.contains("/src/main/java/") && path.endsWith(".java"))
          .map(path -> path.substring(path.lastIndexOf('/') + 1).replace(".java", ""))
          .collect(Collectors.toSet());
    }
  }
}
