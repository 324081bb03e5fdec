package dev.ballast.dataplane.server.steering;

import dev.ballast.dataplane.server.nftables.NftablesMonitor;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Verifies the tables after a change by another program, and once a minute. */
final class SteeringVerifier implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(SteeringVerifier.class);

  /** One transaction of another program has many events. */
  private static final long DELAY_MILLIS = 50;

  private static final long PERIOD_SECONDS = 60;

  private final ScheduledExecutorService executor =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("steering-verifier").factory());
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final Verification verification;
  private final NftablesMonitor monitor;

  /** Compares the tables with what they should be, and restores them. */
  interface Verification {
    void verify() throws IOException;
  }

  private SteeringVerifier(IntPredicate ownPort, Verification verification) throws IOException {
    this.verification = verification;
    this.monitor = NftablesMonitor.start(SteeringSets.INET.name(), ownPort, this::verifySoon);
  }

  static SteeringVerifier start(IntPredicate ownPort, Verification verification)
      throws IOException {
    var verifier = new SteeringVerifier(ownPort, verification);
    var unused =
        verifier.executor.scheduleWithFixedDelay(
            verifier::verify, PERIOD_SECONDS, PERIOD_SECONDS, TimeUnit.SECONDS);
    return verifier;
  }

  private void verifySoon() {
    if (!scheduled.getAndSet(true)) {
      try {
        var unused =
            executor.schedule(
                () -> {
                  scheduled.set(false);
                  verify();
                },
                DELAY_MILLIS,
                TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        log.debug("Closed: {}", e.getMessage());
      }
    }
  }

  private void verify() {
    try {
      verification.verify();
    } catch (IOException e) {
      log.warn("Cannot verify the nftables tables, trying again: {}", e.getMessage());
      verifySoon();
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("The verification of the nftables tables failed");
    }
  }

  @Override
  public void close() {
    monitor.close();
    executor.shutdownNow();
  }
}
