package dev.ballast.dataplane.server.diagnosis;

import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.steering.Steering;
import dev.ballast.dataplane.server.steering.SteeringMode;
import dev.ballast.dataplane.server.steering.SteeringSetting;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks every ten seconds for what is wrong with this node, on a thread of its own. The process
 * that serves the node also manages the firewall, if it should.
 */
public final class NodeDiagnosis implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(NodeDiagnosis.class);
  private static final Duration PERIOD = Duration.ofSeconds(10);

  private final Steering steering;
  private final NodeFactsReader factsReader;
  private final FirewallSetting firewallSetting;
  private final FirewallReconciler firewallReconciler = new FirewallReconciler();
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().daemon().name("node-diagnosis").factory());
  private final FindingLog findingLog = new FindingLog(log);
  private volatile List<Finding> findings = List.of();
  private volatile boolean active;

  private NodeDiagnosis(
      Announcer announcer,
      Steering steering,
      SteeringSetting steeringSetting,
      FirewallSetting firewallSetting) {
    this.steering = steering;
    this.factsReader = new NodeFactsReader(announcer, steering, steeringSetting);
    this.firewallSetting = firewallSetting;
    // The role of the process may change until its end.
    timer.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
  }

  /** Starts in the network namespace of this thread. */
  public static NodeDiagnosis start(
      Announcer announcer,
      Steering steering,
      SteeringSetting steeringSetting,
      FirewallSetting firewallSetting) {
    return start(announcer, steering, steeringSetting, firewallSetting, PERIOD);
  }

  static NodeDiagnosis start(
      Announcer announcer,
      Steering steering,
      SteeringSetting steeringSetting,
      FirewallSetting firewallSetting,
      Duration period) {
    var diagnosis = new NodeDiagnosis(announcer, steering, steeringSetting, firewallSetting);
    var unused =
        diagnosis.timer.scheduleWithFixedDelay(
            diagnosis::look, 0, period.toMillis(), TimeUnit.MILLISECONDS);
    return diagnosis;
  }

  /** The latest findings, the gravest first. Thread-safe. */
  public List<Finding> findings() {
    return findings;
  }

  /** Whether this process serves the node. */
  public void setActive(boolean active) {
    this.active = active;
    if (active && !managesFirewall()) {
      // An earlier process may have had another setting or mode.
      timer.execute(FirewallReconciler::remove);
    }
    timer.execute(this::look);
  }

  /** Sockets are transparent in the mode tproxy only. */
  private boolean managesFirewall() {
    return firewallSetting == FirewallSetting.MANAGE && steering.mode() == SteeringMode.TPROXY;
  }

  private void look() {
    try {
      if (active && managesFirewall()) {
        firewallReconciler.reconcile();
      }
      findings = NodeFindings.of(factsReader.read(System.nanoTime()));
      if (active) {
        findingLog.update(findings);
      }
    } catch (IOException e) {
      log.debug("Cannot examine this node, retrying: {}", e.getMessage());
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("The examination of this node failed");
    }
  }

  /** Removes what it has added to the firewall, since no other process serves this node. */
  public void removeFirewallRules() {
    active = false;
    timer.execute(FirewallReconciler::remove);
  }

  /** Waits a moment for what runs. */
  @Override
  public void close() {
    timer.shutdown();
    try {
      if (!timer.awaitTermination(1, TimeUnit.SECONDS)) {
        timer.shutdownNow();
      }
    } catch (InterruptedException e) {
      timer.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
