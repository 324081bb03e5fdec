package dev.ballast.dataplane.server.heartbeat;

import dev.ballast.dataplane.core.failure.NeighborAnswers;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * Asks the neighbors on the link while this node receives no heartbeat, and finds out whether it is
 * isolated. One thread uses it.
 */
final class LinkWitness {

  private static final long QUESTION_INTERVAL = Duration.ofSeconds(1).toNanos();

  /** Before the second question to a gateway, so its network worked when this node was alone. */
  private static final long PROMPT_ANSWER = Duration.ofMillis(100).toNanos();

  private final NeighborProbe probe;
  private final HeartbeatListener listener;
  private final Executor thread;
  private NeighborAnswers answers = NeighborAnswers.NONE;
  private boolean alone;
  private boolean isolated;
  private long aloneSince;
  private long nextQuestion;

  /**
   * @param thread the one that uses this, to which answers come
   */
  LinkWitness(NeighborProbe probe, HeartbeatListener listener, Executor thread) {
    this.probe = probe;
    this.listener = listener;
    this.thread = thread;
  }

  /**
   * Asks if it is time to.
   *
   * @param nowAlone whether this node receives no heartbeat, although it did before
   * @return what is known now
   */
  NeighborAnswers update(
      boolean nowAlone,
      Set<String> suspected,
      Map<String, InetSocketAddress> destinations,
      long now) {
    if (!nowAlone) {
      clear();
    } else if (!alone || now - nextQuestion >= 0) {
      nextQuestion = now + QUESTION_INTERVAL;
      ask(suspected, destinations, now);
    }
    return answers;
  }

  private void ask(Set<String> suspected, Map<String, InetSocketAddress> destinations, long now) {
    boolean asked = probe.askGateway(it -> thread.execute(() -> gatewayAnswered(it)));
    if (!alone) {
      alone = true;
      aloneSince = now;
      isolated = asked;
      if (asked) {
        listener.isolated();
      }
    }
    for (String node : suspected) {
      InetSocketAddress destination = destinations.get(node);
      if (destination != null) {
        var unused =
            probe.ask(destination.getAddress(), it -> thread.execute(() -> nodeAnswered(node, it)));
      }
    }
  }

  /**
   * One answer is enough: the gateway may fail later, and the other nodes are dead all the same.
   */
  private void gatewayAnswered(boolean it) {
    if (!it || !alone) {
      return;
    }
    answers = new NeighborAnswers(true, answers.silent());
    if (isolated && System.nanoTime() - aloneSince < PROMPT_ANSWER) {
      isolated = false;
      listener.connected();
    } else {
      reconnect();
    }
  }

  private void nodeAnswered(String node, boolean it) {
    if (!alone) {
      return;
    }
    Set<String> silent = new HashSet<>(answers.silent());
    if (it) {
      silent.remove(node);
    } else {
      silent.add(node);
    }
    answers = new NeighborAnswers(answers.gateway(), silent);
  }

  /** This node is not alone. */
  void clear() {
    answers = NeighborAnswers.NONE;
    alone = false;
    reconnect();
  }

  private void reconnect() {
    if (isolated) {
      isolated = false;
      listener.reconnected();
    }
  }
}
