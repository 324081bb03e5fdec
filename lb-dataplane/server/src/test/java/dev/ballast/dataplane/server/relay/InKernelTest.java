package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which engine it is, and why; and that nobody is worse off where it is not the wanted one. */
class InKernelTest {

  @Test
  void where_the_kernel_passes_its_trial_it_moves_the_bytes_and_that_is_told() throws Exception {
    try (Rig rig = EngineUnderTest.SOCKMAP.rig();
        TestBackend backend = TestBackend.echo()) {
      // Given
      rig.serve(backend);
      Socket client = rig.connect();

      // When
      for (int i = 0; i < 100; i++) {
        client.getOutputStream().write(i);
        assertThat(client.getInputStream().read()).isEqualTo(i);
      }
      client.close();

      // Then
      assertThat(rig.metric("ballast.relay.engine", "engine", "sockmap")).isEqualTo(1);
      await()
          .untilAsserted(
              () -> {
                assertThat(rig.metric("ballast.connections.joined")).isEqualTo(1);
                assertThat(rig.metric("ballast.kernel.bytes")).isBetween(100.0, 200.0);
                assertThat(rig.metric("ballast.bytes", "direction", "in")).isEqualTo(100);
                assertThat(rig.metric("ballast.bytes", "direction", "out")).isEqualTo(100);
              });
    }
  }

  @Test
  void where_the_kernel_cannot_the_process_does_it_and_says_why() throws Exception {
    // Given: event loops without epoll, as on a system that is not Linux
    try (Rig rig = new Rig(false, InKernel.WHERE_POSSIBLE);
        TestBackend backend = TestBackend.echo()) {
      rig.serve(backend);

      // When
      char answer = rig.ask(rig.port);

      // Then
      assertThat(answer).isEqualTo('?');
      assertThat(
              rig.metric(
                  "ballast.relay.engine",
                  "engine",
                  "userspace",
                  "why",
                  "the event loops have no epoll"))
          .isEqualTo(1);
    }
  }

  @Test
  void connections_for_which_the_kernel_has_no_room_stay_in_user_space() throws Exception {
    // Given: room for one on each of two loops
    InKernel little = new InKernel(true, InKernelRig.after(0).afterReads(), 1);
    try (Rig rig = new Rig(true, little);
        TestBackend backend = TestBackend.echo()) {
      rig.serve(backend);

      // When
      List<Socket> clients = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        Socket client = rig.connect();
        client.getOutputStream().write(i);
        assertThat(client.getInputStream().read()).isEqualTo(i);
        clients.add(client);
      }

      // Then
      assertThat(rig.metric("ballast.connections.joined")).isBetween(1.0, 2.0);
      for (Socket client : clients) {
        client.close();
      }

      // Then: the place of one that is gone is there for the next
      await().untilAsserted(() -> assertThat(rig.metric("ballast.connections.active")).isZero());
      double before = rig.metric("ballast.connections.joined");
      for (int i = 0; i < 20; i++) {
        rig.ask(rig.port);
      }
      assertThat(rig.metric("ballast.connections.joined")).isGreaterThan(before);
    }
  }
}
