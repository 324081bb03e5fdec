package dev.ballast.dataplane.server;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts the data plane of one node. */
public final class DataPlaneMain {

  private static final Logger log = LoggerFactory.getLogger(DataPlaneMain.class);

  private DataPlaneMain() {}

  public static void main(String[] args) {
    int processors = Runtime.getRuntime().availableProcessors();
    switch (DataPlaneSettings.read(System.getenv(), processors)) {
      case DataPlaneSettings.SettingsResult.InvalidSettings(List<String> errors) -> {
        errors.forEach(error -> log.warn("Cannot start: {}", error));
        System.exit(2);
      }
      case DataPlaneSettings.SettingsResult.ValidSettings(DataPlaneSettings settings) ->
          start(settings);
    }
  }

  private static void start(DataPlaneSettings settings) {
    DataPlaneServer server;
    try {
      server = DataPlaneServer.start(settings, DataPlaneMain::exit);
    } catch (DataPlaneServer.StartupException e) {
      log.warn("Cannot start: {}", e.getMessage());
      System.exit(1);
      return;
    }
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("shutdown")
                .unstarted(
                    () -> {
                      server.shutDown();
                      // Without it, the exit code after SIGTERM is 143, which looks like a failure.
                      Runtime.getRuntime().halt(0);
                    }));
  }

  /** On a thread of its own, since the shutdown waits for the caller's thread. */
  private static void exit() {
    Thread.ofPlatform().daemon().name("exit").start(() -> System.exit(0));
  }
}
