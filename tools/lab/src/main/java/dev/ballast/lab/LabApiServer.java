package dev.ballast.lab;

import java.nio.file.Path;

/**
 * A kube-apiserver with its etcd on loopback. No controller runs beside it. Any number of them run
 * on one machine.
 *
 * @param folder its state and its logs; the logs stay when it has stopped
 * @param kubeconfig leads to it as an administrator
 */
public record LabApiServer(Path folder, Path kubeconfig) implements AutoCloseable {

  public static LabApiServer start(Path folder) {
    String printed = Lab.run("api-only", folder.toString());
    return new LabApiServer(folder, Path.of(printed.lines().toList().getLast()));
  }

  @Override
  public void close() {
    Lab.run("api-only-down", folder.toString());
  }
}
