package dev.ballast.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.e2e.TaggedTests.Tagged;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/contributing/features.md}: what of a Service is served, and the tests that say so.
 * After a change of tests: {@code ./mvnw -pl e2e test -Dballast.update=true}, and commit the page.
 */
class FeaturesPageTest {

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path PAGE = ROOT.resolve("docs/contributing/features.md");

  /** What a test may be tagged with, {@code feature:} before it. */
  private static final Map<String, String> FEATURES = new LinkedHashMap<>();

  static {
    FEATURES.put("protocols", "Protocols and ports");
    FEATURES.put("families", "IPv4, IPv6, both");
    FEATURES.put("address", "Which address");
    FEATURES.put("traffic", "Traffic");
    FEATURES.put("endpoints", "Which Pods");
    FEATURES.put("faults", "When things break");
    FEATURES.put("lifecycle", "From the first day to the last");
    FEATURES.put("status", "What it says about itself");
  }

  @Test
  void the_committed_page_lists_the_tests_that_there_are() throws IOException {
    // When
    String page = page(TaggedTests.below(ROOT));

    // Then
    if (Boolean.getBoolean("ballast.update")) {
      Files.writeString(PAGE, page);
    }
    assertThat(PAGE).content(UTF_8).isEqualTo(page);
  }

  @Test
  void every_tag_is_one_of_a_feature() throws IOException {
    assertThat(TaggedTests.below(ROOT))
        .isNotEmpty()
        .allSatisfy(
            test -> assertThat(FEATURES.keySet()).as("%s", test).containsAll(test.features()));
  }

  @Test
  void tests_are_read_from_their_source() {
    // Given
    String source =
        """
        /** A class that tests. */
        @Order(3)
        @DisplayName("Things (all of them)")
        @Feature(one)
        class ThingIT {
          @BeforeAll
          static void set_up() {}

          @Test
          @DisplayName(
              "A very \\"long\\""
                  + " name")
          void named() {}

          @ParameterizedTest(name = "{0} (a)")
          @CsvSource({"a, (", "b, ')'"})
          @Feature(two)
          void sentence_of_words(String what) {}

          private void helper() {}
        }
        """
            // so that this file itself has no such tags
            .replaceAll("@Feature\\((\\w+)\\)", "@Tag(\"feature:$1\")");

    // When
    List<Tagged> tests = TaggedTests.in("ThingIT", source);

    // Then
    assertThat(tests)
        .containsExactly(
            new Tagged(Set.of("one"), "ThingIT", "A very \"long\" name"),
            new Tagged(Set.of("one", "two"), "ThingIT", "Sentence of words"));
  }

  @Test
  void tests_without_a_feature_are_left_out() {
    assertThat(
            TaggedTests.in("ATest", "class ATest {\n  @Test\n  @Tag(\"slow\")\n  void it() {}\n}"))
        .isEmpty();
  }

  private static String page(List<Tagged> tests) {
    StringBuilder page =
        new StringBuilder(
            """
            # What of a Service is served, and which tests say so

            <!-- Written from the tests' tags by FeaturesPageTest; not by hand. -->

            Scenarios run on a cluster, with kubectl and clients outside of it: `./dev test scenarios`. Kubernetes' own specs beside
            them: [conformance](conformance.md).
            """);
    FEATURES.forEach(
        (feature, title) -> {
          page.append("\n## ").append(title).append("\n");
          append(page, "Scenarios", feature, tests, Tagged::isScenario);
          append(page, "Tables and other tests", feature, tests, it -> !it.isScenario());
        });
    return page.toString();
  }

  private static void append(
      StringBuilder page, String title, String feature, List<Tagged> tests, Predicate<Tagged> of) {
    List<String> lines =
        tests.stream()
            .filter(of)
            .filter(it -> it.features().contains(feature))
            .map(it -> "- %s (%s)".formatted(it.sentence(), it.className()))
            .toList();
    page.append("\n").append(title).append(lines.isEmpty() ? ": none.\n" : ":\n\n");
    lines.forEach(line -> page.append(line).append("\n"));
  }
}
