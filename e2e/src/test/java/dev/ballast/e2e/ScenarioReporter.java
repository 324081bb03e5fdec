package dev.ballast.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/** Reports each scenario and its result, and writes one line for each to a file. */
final class ScenarioReporter implements BeforeEachCallback, TestWatcher {

  private static final Path RESULTS = Path.of("target/e2e-results.txt");

  private static final int LONGEST = 400;

  private long startNanos = System.nanoTime();

  @Override
  public void beforeEach(ExtensionContext context) {
    startNanos = System.nanoTime();
    System.out.println("\n" + context.getDisplayName());
  }

  @Override
  public void testSuccessful(ExtensionContext context) {
    record("PASS", context, "");
  }

  @Override
  public void testFailed(ExtensionContext context, Throwable cause) {
    record("FAIL", context, ": " + inOneLine(cause));
    System.out.println("    " + cause.getMessage());
    // what a person would look at, before the class cleans up
    System.out.println(
        Terminal.run(
                "kubectl get pods,svc,loadbalancers,addresses,addresspools -A -o wide;"
                    + " kubectl get events -A --sort-by=.metadata.creationTimestamp | tail -n 20")
            .out()
            .indent(4));
  }

  @Override
  public void testAborted(ExtensionContext context, Throwable cause) {
    record("SKIP", context, ": " + cause.getMessage());
  }

  @Override
  public void testDisabled(ExtensionContext context, Optional<String> reason) {
    record("SKIP", context, ": " + reason.orElse(""));
  }

  /** For who sees the results alone: what was wrong, and the line of the scenario that says so. */
  private static String inOneLine(Throwable cause) {
    String what = String.valueOf(cause.getMessage()).strip().replaceAll("\\s+", " ");
    String where =
        Stream.of(cause.getStackTrace())
            .filter(
                frame -> frame.getClassName().startsWith(ScenarioReporter.class.getPackageName()))
            .map(frame -> " at %s:%d".formatted(frame.getFileName(), frame.getLineNumber()))
            .collect(Collectors.joining());
    return what.substring(0, Math.min(what.length(), LONGEST)) + where;
  }

  private void record(String verdict, ExtensionContext context, String why) {
    double seconds = Duration.ofNanos(System.nanoTime() - startNanos).toMillis() / 1000.0;
    String line = "%s  %s (%.1f s)%s".formatted(verdict, context.getDisplayName(), seconds, why);
    System.out.println("    " + line);
    try {
      Files.writeString(RESULTS, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
