package dev.ballast.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * A program that the lab compiles, such as kubectl.
 *
 * @param environment what it gets beside the environment of this process
 */
public record LabProgram(Path path, Map<String, String> environment) {

  /** Not the common pool: on two cores that is one thread, which others wait for. */
  private static final Executor THREADS = task -> Thread.ofVirtual().start(task);

  /** What a program printed, and how it ended. */
  public record CompletedProcess(int exit, String out, String err) {

    public boolean succeeded() {
      return exit == 0;
    }
  }

  /** The program of this name. The lab compiles it if the cache does not have it. */
  public static LabProgram of(String name) {
    Lab.run("build", name);
    return new LabProgram(cache().resolve("bin").resolve(name), Map.of());
  }

  private static Path cache() {
    return environment("BALLAST_CACHE")
        .orElseGet(
            () ->
                environment("XDG_CACHE_HOME")
                    .orElseGet(() -> Path.of(System.getProperty("user.home"), ".cache"))
                    .resolve("ballast"));
  }

  private static Optional<Path> environment(String name) {
    return Optional.ofNullable(System.getenv(name)).filter(it -> !it.isEmpty()).map(Path::of);
  }

  /** This program, on the cluster of that kubeconfig. */
  public LabProgram on(Path kubeconfig) {
    return new LabProgram(path, Map.of("KUBECONFIG", kubeconfig.toString()));
  }

  public CompletedProcess run(String... arguments) {
    return runWithInput("", arguments);
  }

  /** Runs it with this text on its standard input. */
  public CompletedProcess runWithInput(String input, String... arguments) {
    List<String> command = new ArrayList<>(List.of(path.toString()));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    try {
      Path typed = Files.createTempFile("ballast-input", null);
      try {
        Files.writeString(typed, input);
        Process process = builder.redirectInput(typed.toFile()).start();
        var err = CompletableFuture.supplyAsync(() -> read(process.getErrorStream()), THREADS);
        String out = read(process.getInputStream());
        return new CompletedProcess(process.onExit().join().exitValue(), out, err.join());
      } finally {
        Files.delete(typed);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(InputStream stream) {
    try (stream) {
      return new String(stream.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
