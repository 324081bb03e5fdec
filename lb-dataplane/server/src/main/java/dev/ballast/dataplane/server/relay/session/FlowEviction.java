package dev.ballast.dataplane.server.relay.session;

import dev.ballast.dataplane.core.admission.ServiceAdmission;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Ends UDP flows of one worker, of the Service that has most, to make room for others. */
public final class FlowEviction {

  /** The flows of one frontend. */
  public interface Flows {

    /** The Service that the flows belong to. */
    ServiceAdmission admission();

    boolean isEmpty();

    /** Ends the flow that was idle for longest. */
    void evictOldest();
  }

  private final Set<Flows> all = new LinkedHashSet<>();

  public void add(Flows flows) {
    all.add(flows);
  }

  public void remove(Flows flows) {
    all.remove(flows);
  }

  /**
   * Ends a flow of the Service that uses most of the node, and more than the one that asks. A
   * Service that is over its own share, or at its own limit, gives up a flow of its own.
   *
   * @return whether a flow was ended
   */
  public boolean evictFor(ServiceAdmission asking, boolean onlyOwn) {
    @Nullable Flows most = null;
    for (Flows flows : all) {
      boolean own = flows.admission() == asking;
      if (!flows.isEmpty() && (own || (!onlyOwn && uses(flows.admission()) > uses(asking)))) {
        most = most == null || uses(flows.admission()) > uses(most.admission()) ? flows : most;
      }
    }
    if (most == null) {
      return false;
    }
    most.evictOldest();
    return true;
  }

  private static int uses(ServiceAdmission admission) {
    return admission.connections();
  }
}
