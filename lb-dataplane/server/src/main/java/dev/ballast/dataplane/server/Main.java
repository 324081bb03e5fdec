package dev.ballast.dataplane.server;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts the data plane of one node. */
public final class Main {

  private static final Logger log = LoggerFactory.getLogger(Main.class);

  private Main() {}

  public static void main(String[] args) {
    int processors = Runtime.getRuntime().availableProcessors();
    switch (Settings.read(System.getenv(), processors)) {
      case Settings.Reading.Invalid(List<String> errors) -> {
        errors.forEach(error -> log.warn("cannot start: {}", error));
        System.exit(2);
      }
      case Settings.Reading.Valid(Settings settings) -> start(settings);
    }
  }

  private static void start(Settings settings) {
    Node node;
    try {
      node = Node.start(settings, Main::exit);
    } catch (Node.CannotStart e) {
      log.warn("cannot start: {}", e.getMessage());
      System.exit(1);
      return;
    }
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("leave")
                .unstarted(
                    () -> {
                      node.leave();
                      // Else SIGTERM makes it 143, and an orderly end looks like a failure.
                      Runtime.getRuntime().halt(0);
                    }));
  }

  /** Not on the caller's thread, which the shutdown waits for. */
  private static void exit() {
    Thread.ofPlatform().daemon().name("exit").start(() -> System.exit(0));
  }
}
