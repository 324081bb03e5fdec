package dev.ballast.dataplane.server.relay;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The relay depends on sockets, not on the Kubernetes API. */
@AnalyzeClasses(
    packages = {"dev.ballast.dataplane.server.relay", "dev.ballast.dataplane.server.health"},
    importOptions = DoNotIncludeTests.class)
class RelayArchitectureTest {

  @ArchTest
  static final ArchRule relay_and_health_depend_on_core_and_the_network_libraries =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "dev.ballast.dataplane.core..",
              "dev.ballast.dataplane.server.relay..",
              "dev.ballast.dataplane.server.health..",
              "dev.ballast.dataplane.server.steering..",
              "dev.ballast.dataplane.server.socket..",
              "dev.ballast.logging..",
              "io.netty..",
              "io.vertx.core..",
              "io.micrometer.core..",
              "java..",
              "org.jspecify.annotations..",
              "org.slf4j..");

  @ArchTest
  static final ArchRule health_does_not_know_the_relay =
      noClasses()
          .that()
          .resideInAPackage("..server.health..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("..server.relay..");

  @ArchTest
  static final ArchRule nothing_on_an_event_loop_locks =
      noClasses().should().dependOnClassesThat().resideInAPackage("java.util.concurrent.locks..");
}
