package dev.ballast.dataplane.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.ballast.dataplane.server.status.StatusReport;

/** The architecture of the data plane: the direction of dependencies, and who may use which API. */
@AnalyzeClasses(packages = "dev.ballast.dataplane.server", importOptions = DoNotIncludeTests.class)
class ServerArchitectureTest {

  private static final String SERVER = "dev.ballast.dataplane.server.";

  /** A package depends on packages after it only. */
  @ArchTest
  static final ArchRule packages_are_layers =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("sync")
          .definedBy(SERVER + "sync..")
          .layer("status")
          .definedBy(SERVER + "status..")
          .layer("diagnosis")
          .definedBy(SERVER + "diagnosis..")
          .layer("cluster")
          .definedBy(SERVER + "cluster..")
          .layer("claims")
          .definedBy(SERVER + "claims..")
          .layer("membership")
          .definedBy(SERVER + "membership..")
          .layer("relay")
          .definedBy(SERVER + "relay")
          .layer("tcp")
          .definedBy(SERVER + "relay.tcp..")
          .layer("udp")
          .definedBy(SERVER + "relay.udp..")
          .layer("session")
          .definedBy(SERVER + "relay.session..")
          .layer("backend")
          .definedBy(SERVER + "relay.backend..")
          .layer("datagram")
          .definedBy(SERVER + "relay.datagram..")
          .layer("health")
          .definedBy(SERVER + "health..")
          .layer("reachability")
          .definedBy(SERVER + "reachability..")
          .layer("announce")
          .definedBy(SERVER + "announce..")
          .layer("steering")
          .definedBy(SERVER + "steering..")
          .layer("firewall")
          .definedBy(SERVER + "firewall..")
          .layer("diagnosis")
          .definedBy(SERVER + "diagnosis..")
          .optionalLayer("nftables")
          .definedBy(SERVER + "nftables..")
          .layer("netlink")
          .definedBy(SERVER + "netlink..")
          .layer("socket")
          .definedBy(SERVER + "socket..")
          .layer("heartbeat")
          .definedBy(SERVER + "heartbeat..")
          .layer("handover")
          .definedBy(SERVER + "handover..")
          .whereLayer("handover")
          .mayOnlyBeAccessedByLayers("sync", "claims")
          .whereLayer("heartbeat")
          .mayOnlyBeAccessedByLayers("sync", "cluster", "membership", "reachability", "claims")
          .whereLayer("sync")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("status")
          .mayOnlyBeAccessedByLayers("sync")
          .whereLayer("cluster")
          .mayOnlyBeAccessedByLayers("sync", "status")
          .whereLayer("claims")
          .mayOnlyBeAccessedByLayers("sync")
          .whereLayer("membership")
          .mayOnlyBeAccessedByLayers("sync", "status", "cluster", "claims")
          .whereLayer("relay")
          .mayOnlyBeAccessedByLayers("sync", "status")
          .whereLayer("tcp")
          .mayOnlyBeAccessedByLayers("relay")
          .whereLayer("udp")
          .mayOnlyBeAccessedByLayers("relay")
          .whereLayer("session")
          .mayOnlyBeAccessedByLayers("relay", "tcp", "udp")
          .whereLayer("backend")
          .mayOnlyBeAccessedByLayers("relay", "tcp", "udp", "session", "status")
          .whereLayer("datagram")
          .mayOnlyBeAccessedByLayers("udp", "session")
          .whereLayer("health")
          .mayOnlyBeAccessedByLayers("relay", "backend")
          .whereLayer("diagnosis")
          .mayOnlyBeAccessedByLayers("sync", "status", "heartbeat", "claims")
          .whereLayer("reachability")
          .mayOnlyBeAccessedByLayers("sync")
          .whereLayer("announce")
          .mayOnlyBeAccessedByLayers("sync", "status", "diagnosis", "reachability")
          .whereLayer("steering")
          .mayOnlyBeAccessedByLayers(
              "sync", "status", "relay", "announce", "diagnosis", "heartbeat", "claims", "handover")
          .whereLayer("firewall")
          .mayOnlyBeAccessedByLayers("diagnosis")
          .whereLayer("nftables")
          .mayOnlyBeAccessedByLayers("steering", "firewall")
          .whereLayer("netlink")
          .mayOnlyBeAccessedByLayers("steering", "firewall", "announce", "nftables")
          .whereLayer("socket")
          .mayOnlyBeAccessedByLayers(
              "steering",
              "firewall",
              "announce",
              "reachability",
              "nftables",
              "netlink",
              "udp",
              "heartbeat",
              "claims");

  @ArchTest
  static final ArchRule only_four_packages_know_the_kubernetes_api =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              SERVER + "sync..", SERVER + "status", SERVER + "cluster", SERVER + "membership")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.fabric8..", "dev.ballast.api..", "dev.ballast.apiclient..");

  @ArchTest
  static final ArchRule only_two_packages_call_native_code =
      noClasses()
          .that()
          .resideOutsideOfPackages(SERVER + "socket", SERVER + "relay.datagram")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("java.lang.foreign..");

  @ArchTest
  static final ArchRule datagram_is_system_calls_and_nothing_else =
      noClasses()
          .that()
          .resideInAPackage(SERVER + "relay.datagram")
          .should()
          .dependOnClassesThat()
          .resideOutsideOfPackages(
              SERVER + "relay.datagram", "java..", "org.jspecify.annotations..");

  @ArchTest
  static final ArchRule the_announcer_and_its_checks_need_no_event_loop =
      noClasses()
          .that()
          .resideInAnyPackage(SERVER + "announce..", SERVER + "reachability..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.vertx..", "io.netty..");

  @ArchTest
  static final ArchRule the_relay_does_not_know_the_admin_server =
      noClasses()
          .that()
          .resideInAnyPackage(SERVER + "relay..", SERVER + "health..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(SERVER + "admin..");

  @ArchTest
  static final ArchRule conditions_have_reasons_of_one_list =
      noClasses()
          .that()
          .areNotAssignableTo(StatusReport.ReportedCondition.class)
          .should()
          .callConstructor(
              StatusReport.ReportedCondition.class,
              String.class,
              boolean.class,
              String.class,
              String.class)
          .because("a reason belongs to LoadBalancerReason, with its meaning and remedy");

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
      slices().matching("dev.ballast.dataplane.server.(**)").should().beFreeOfCycles();
}
