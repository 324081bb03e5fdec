package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Command lines as a person types them into a shell, in the folder of the manifests. */
final class Terminal {

  static final Path MANIFESTS = Path.of("manifests").toAbsolutePath();

  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private Terminal() {}

  record Output(int exit, String out, String err) {

    boolean succeeded() {
      return exit == 0;
    }
  }

  /** Types a command that must succeed; shown in the log with its answer. */
  static String type(String commandLine) {
    show(commandLine);
    Output output = run(commandLine);
    show(output);
    assertThat(output.exit()).as("%s%n%s", commandLine, output.err()).isZero();
    return output.out();
  }

  /** Runs a command that must succeed, and of which nobody needs to read. */
  static String quietly(String commandLine) {
    Output output = run(commandLine);
    assertThat(output.exit()).as("%s%n%s", commandLine, output.err()).isZero();
    return output.out();
  }

  /** Types a command that must fail; returns what it says on standard error. */
  static String typeInVain(String commandLine) {
    show(commandLine);
    Output output = run(commandLine);
    show(output);
    assertThat(output.exit()).as("%s succeeded", commandLine).isNotZero();
    return output.err();
  }

  /** Runs a command without a word; the caller judges the outcome. */
  static Output run(String commandLine) {
    try {
      Process process = builder(commandLine).start();
      process.getOutputStream().close();
      CompletableFuture<String> out = read(process.getInputStream());
      CompletableFuture<String> err = read(process.getErrorStream());
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        throw new AssertionError("no end after " + PATIENCE + ": " + commandLine);
      }
      return new Output(process.exitValue(), out.join(), err.join());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(commandLine, e);
    }
  }

  static ProcessBuilder builder(String commandLine) {
    ProcessBuilder builder = new ProcessBuilder("bash", "-c", commandLine);
    builder.directory(MANIFESTS.toFile());
    String programs = System.getenv("BALLAST_BIN");
    if (programs != null) {
      builder.environment().merge("PATH", programs, (path, ours) -> ours + ":" + path);
    }
    return builder;
  }

  static void show(String commandLine) {
    System.out.println("    $ " + commandLine.strip().replace("\n", "\n    > "));
  }

  private static void show(Output output) {
    (output.out() + output.err())
        .lines()
        .limit(20)
        .forEach(line -> System.out.println("    " + line));
  }

  private static CompletableFuture<String> read(InputStream stream) {
    CompletableFuture<String> text = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try (stream) {
                text.complete(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
              } catch (IOException e) {
                text.completeExceptionally(e);
              }
            });
    return text;
  }
}
