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
        errors.forEach(error -> log.warn("cannot start: {}", error));
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
                      server.leave();
                      // Else SIGTERM makes it 143, and an orderly end looks like a failure.
                      Runtime.getRuntime().halt(0);
                    }));
  }

  /** Not on the caller's thread, which the shutdown waits for. */
  private static void exit() {
    Thread.ofPlatform().daemon().name("exit").start(() -> System.exit(0));
  }
}
