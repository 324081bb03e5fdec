package dev.ballast.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The command {@code tools/lab/lab}, from whichever module's folder a test runs. */
public final class Lab {

  private static final String COMMAND = "tools/lab/lab";

  private Lab() {}

  /** The folder of the whole repository. */
  public static Path repository() {
    Path folder = Path.of("").toAbsolutePath();
    while (folder != null && !Files.isExecutable(folder.resolve(COMMAND))) {
      folder = folder.getParent();
    }
    if (folder == null) {
      throw new IllegalStateException(
          "No folder above %s has %s. Run the tests in the repository."
              .formatted(Path.of("").toAbsolutePath(), COMMAND));
    }
    return folder;
  }

  /** Runs a command of the lab, and returns what it prints. Its messages go to standard error. */
  public static String run(String... arguments) {
    List<String> command = new ArrayList<>(List.of(repository().resolve(COMMAND).toString()));
    command.addAll(List.of(arguments));
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      String output = new String(process.getInputStream().readAllBytes(), UTF_8);
      int exit = process.onExit().orTimeout(2, TimeUnit.MINUTES).join().exitValue();
      if (exit != 0) {
        throw new IllegalStateException(
            "'%s' failed. The lines above say why. ./dev cluster up makes all that it needs."
                .formatted(String.join(" ", command)));
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
