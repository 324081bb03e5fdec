package dev.ballast.e2e;

import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A command that runs until it is interrupted, such as {@code kubectl get … -w}. */
final class BackgroundCommand implements AutoCloseable {

  private final Process process;
  private final StringWriter text = new StringWriter();

  private BackgroundCommand(Process process) {
    this.process = process;
  }

  static BackgroundCommand start(String commandLine) {
    Terminal.show(commandLine);
    try {
      Process process = Terminal.builder("exec " + commandLine).redirectErrorStream(true).start();
      BackgroundCommand backgroundCommand = new BackgroundCommand(process);
      Thread.ofVirtual().start(backgroundCommand::read);
      return backgroundCommand;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All that it has said so far. */
  String text() {
    return text.toString();
  }

  List<String> lines() {
    return text().lines().toList();
  }

  /** Types into the command. */
  void send(String text) {
    try {
      process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException("the command has ended; it said: " + text, e);
    }
  }

  boolean isRunning() {
    return process.isAlive();
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    lines().forEach(line -> System.out.println("    " + line));
  }

  private void read() {
    char[] some = new char[1024];
    try (Reader reader = process.inputReader()) {
      for (int count = reader.read(some); count >= 0; count = reader.read(some)) {
        text.write(some, 0, count);
      }
    } catch (IOException e) {
      // The pipe breaks when close() ends the process: what was read until then is all there is.
      text.write("(ended: " + e.getMessage() + ")");
    }
  }
}
