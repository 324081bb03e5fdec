package dev.ballast.dataplane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Reads the sources, because the compiler replaces constants by their values. */
class LiteralLogKeyTest {

  private static final Pattern LITERAL_KEY = Pattern.compile("addKeyValue\\(\\s*\"[^\"]*\"");

  @Test
  void every_log_key_is_a_constant_of_log_keys() throws IOException {
    // When
    List<String> literals;
    try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
      literals =
          sources
              .filter(path -> path.toString().endsWith(".java"))
              .flatMap(LiteralLogKeyTest::literalKeys)
              .toList();
    }

    // Then
    assertThat(literals).isEmpty();
  }

  private static Stream<String> literalKeys(Path source) {
    try {
      return LITERAL_KEY
          .matcher(Files.readString(source))
          .results()
          .map(match -> source.getFileName() + ": " + match.group());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
