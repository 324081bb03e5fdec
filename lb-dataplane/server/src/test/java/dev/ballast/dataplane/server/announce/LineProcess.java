package dev.ballast.dataplane.server.announce;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A process that answers each line by a line. */
public record LineProcess(Process process, BufferedReader answers, Writer requests) {

  /** Waits until the process has printed {@code greeting}. */
  public static LineProcess with(Process process, String greeting) {
    var lineProcess =
        new LineProcess(process, process.inputReader(UTF_8), process.outputWriter(UTF_8));
    String line = lineProcess.answer();
    while (!line.equals(greeting)) {
      assertThat(line).as("before '%s'", greeting).isNotEqualTo("null");
      line = lineProcess.answer();
    }
    return lineProcess;
  }

  public String request(String order) throws IOException {
    requests.write(order + "\n");
    requests.flush();
    return answer();
  }

  String answer() {
    return CompletableFuture.supplyAsync(
            () -> {
              try {
                return String.valueOf(answers.readLine());
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            })
        .orTimeout(60, TimeUnit.SECONDS)
        .join();
  }
}
