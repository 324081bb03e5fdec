package dev.ballast.dataplane.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Each edge touches its own part of the world. */
@AnalyzeClasses(packages = "dev.ballast.dataplane.server", importOptions = DoNotIncludeTests.class)
class ServerArchitectureTest {

  @ArchTest
  static final ArchRule only_kube_knows_the_cluster =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.ballast.dataplane.server.kube")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.fabric8..", "dev.ballast.api..");

  @ArchTest
  static final ArchRule only_two_packages_call_native_code =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "dev.ballast.dataplane.server.announce", "dev.ballast.dataplane.server.datagram")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("java.lang.foreign..");

  @ArchTest
  static final ArchRule datagram_is_system_calls_and_nothing_else =
      noClasses()
          .that()
          .resideInAPackage("dev.ballast.dataplane.server.datagram")
          .should()
          .dependOnClassesThat()
          .resideOutsideOfPackages(
              "dev.ballast.dataplane.server.datagram", "java..", "org.jspecify.annotations..");

  @ArchTest
  static final ArchRule announcing_needs_neither_cluster_nor_event_loops =
      noClasses()
          .that()
          .resideInAPackage("dev.ballast.dataplane.server.announce")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.vertx..", "io.netty..", "dev.ballast.dataplane.server.kube..");

  @ArchTest
  static final ArchRule bytes_are_carried_without_the_cluster =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.ballast.dataplane.server.relay..", "dev.ballast.dataplane.server.probe..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.ballast.dataplane.server.kube..",
              "dev.ballast.dataplane.server.announce..",
              "dev.ballast.dataplane.server.admin..");

  @ArchTest
  static final ArchRule no_thread_here_is_virtual =
      noClasses()
          .should()
          .callMethod(Thread.class, "ofVirtual")
          .orShould()
          .callMethod(Thread.class, "startVirtualThread", Runnable.class);

  @ArchTest
  static final ArchRule no_host_name_is_looked_up =
      noClasses().should().callMethod(java.net.InetAddress.class, "getByName", String.class);

  @ArchTest
  static final ArchRule names_say_what_a_class_is =
      noClasses()
          .should()
          .haveNameMatching(".*(Utils|Helper|Manager|Impl)(\\$.*)?")
          .orShould()
          .haveNameMatching(".*Util(\\$.*)?");

  @ArchTest
  static final ArchRule packages_have_no_cycles =
      slices().matching("dev.ballast.dataplane.server.(*)..").should().beFreeOfCycles();
}
