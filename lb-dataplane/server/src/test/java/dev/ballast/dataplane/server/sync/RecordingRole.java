package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.server.hotrestart.RoleListener;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Records the calls. */
final class RecordingRole implements RoleListener {

  final List<String> calls;

  RecordingRole() {
    this(new CopyOnWriteArrayList<>());
  }

  RecordingRole(List<String> calls) {
    this.calls = calls;
  }

  @Override
  public void lockAcquired() {
    calls.add("lock acquired");
  }

  @Override
  public void lockReleased() {
    calls.add("lock released");
  }

  @Override
  public void terminating() {
    calls.add("terminating");
  }
}
