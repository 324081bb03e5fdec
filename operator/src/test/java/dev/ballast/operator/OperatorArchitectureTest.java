package dev.ballast.operator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;

@AnalyzeClasses(packages = "dev.ballast.operator", importOptions = DoNotIncludeTests.class)
class OperatorArchitectureTest {

  private static final String DECISIONS =
      "dev\\.ballast\\.operator\\.service\\.(LoadBalancerIntent|settings\\.|status\\.).*";

  private static final Pattern LITERAL_KEY = Pattern.compile("addKeyValue\\(\\s*\"([^\"]*)\"");

  @ArchTest
  static final ArchRule ipam_depends_only_on_the_jdk_and_itself =
      classes()
          .that()
          .resideInAPackage("..ipam..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("..ipam..", "java..", "org.jspecify.annotations..");

  @ArchTest
  static final ArchRule decisions_do_no_io_and_read_no_clock =
      noClasses()
          .that()
          .resideInAPackage("..ipam..")
          .or()
          .haveNameMatching(DECISIONS)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.fabric8.kubernetes.client..",
              "io.javaoperatorsdk..",
              "org.slf4j..",
              "java.net.http..")
          .orShould()
          .dependOnClassesThat()
          .belongToAnyOf(Clock.class, InstantSource.class, Random.class)
          .orShould()
          .callMethod(Instant.class, "now")
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis");

  @ArchTest
  static final ArchRule packages_have_no_cycles =
      slices().matching("dev.ballast.operator.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule only_the_root_package_creates_the_operator =
      noClasses()
          .that()
          .resideInAPackage("dev.ballast.operator.*..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.ballast.operator")
          .orShould()
          .dependOnClassesThat()
          .haveFullyQualifiedName("io.javaoperatorsdk.operator.Operator");

  @ArchTest
  static final ArchRule pools_and_addresses_do_not_depend_on_services =
      noClasses()
          .that()
          .resideInAnyPackage("..pool..", "..address..", "..observe..", "..ipam..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.ballast.operator.service..");

  @ArchTest
  static final ArchRule no_class_has_a_vague_name =
      noClasses().should().haveNameMatching(".*(Utils?|Helper|Manager|Impl)");

  /** The compiler replaces constants by their values, so that only the source shows a literal. */
  @ArchTest
  static void log_keys_are_constants_of_LogKeys(JavaClasses classes) throws IOException {
    try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
      assertThat(
              sources
                  .filter(path -> path.toString().endsWith(".java"))
                  .flatMap(OperatorArchitectureTest::literalKeys))
          .isEmpty();
    }
  }

  private static Stream<String> literalKeys(Path source) {
    try {
      return LITERAL_KEY.matcher(Files.readString(source)).results().map(match -> match.group(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ArchTest
  static void how_much_is_package_private(JavaClasses classes) {
    long all = classes.stream().filter(JavaClass::isTopLevelClass).count();
    long open =
        classes.stream()
            .filter(JavaClass::isTopLevelClass)
            .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
            .count();
    System.out.printf("operator: %d of %d types are package-private%n", all - open, all);
  }
}
