package dev.ballast.dataplane.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;

/** The core is pure: it depends on no network, no cluster and no clock. */
@AnalyzeClasses(packages = "dev.ballast.dataplane.core", importOptions = DoNotIncludeTests.class)
class CoreArchitectureTest {

  @ArchTest
  static final ArchRule core_depends_on_the_language_and_on_itself =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "dev.ballast.dataplane.core..",
              "java.lang..",
              "java.util..",
              "java.time..",
              "java.net..",
              "org.jspecify.annotations..");

  @ArchTest
  static final ArchRule core_reads_no_clock_and_draws_no_random_number =
      noClasses()
          .should()
          .dependOnClassesThat()
          .belongToAnyOf(Clock.class, Random.class, ThreadLocalRandom.class)
          .orShould()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(java.time.Instant.class, "now");

  @ArchTest
  static final ArchRule core_looks_up_no_host_name =
      noClasses().should().callMethod(java.net.InetAddress.class, "getByName", String.class);

  @ArchTest
  static final ArchRule packages_have_no_cycles =
      slices().matching("dev.ballast.dataplane.core.(*)..").should().beFreeOfCycles();
}
