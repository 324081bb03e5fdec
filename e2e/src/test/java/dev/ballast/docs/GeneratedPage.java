package dev.ballast.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A page below docs/ whose whole text is generated. */
record GeneratedPage(String path) {

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  /** A file of the repository, as a tree. */
  static JsonNode yaml(String file) throws IOException {
    return new YAMLMapper().readTree(Files.readString(ROOT.resolve(file)));
  }

  static String text(String file) throws IOException {
    return Files.readString(ROOT.resolve(file));
  }

  /** Writes the page with {@code -Dballast.update=true}. Then compares it with the text. */
  void isUpToDate(String text) throws IOException {
    Path page = ROOT.resolve(path);
    if (Boolean.getBoolean("ballast.update")) {
      Files.writeString(page, text);
    }
    assertThat(page).content(UTF_8).isEqualTo(text);
  }

  /** One cell of a table. */
  static String cell(String text) {
    return text.strip().replaceAll("\\s+", " ").replace("|", "\\|");
  }
}
