package dev.ballast.dataplane.server.hotrestart;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("feature:update")
class UnixNodeLockTest {

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(3, EpollIoHandler.newFactory());
  private final NodeLock first = NodeLock.unixSocket(group.next());
  private final NodeLock second = NodeLock.unixSocket(group.next());
  private final NodeLock third = NodeLock.unixSocket(group.next());
  private final AtomicInteger changes = new AtomicInteger();

  @AfterEach
  void close() throws Exception {
    List.of(first, second, third).forEach(NodeLock::close);
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
  }

  @Test
  void only_one_process_holds_it() {
    // Given
    acquire(first);

    // When
    second.acquire(() -> {});

    // Then
    await().during(ofMillis(200)).until(() -> first.isHeld() && !second.isHeld());
    assertThat(first.isAwaited()).isTrue();
    assertThat(second.isAwaited()).isFalse();
    second.close();
    await().until(() -> !first.isAwaited());
  }

  @Test
  void another_process_has_it_as_soon_as_the_holder_ends() {
    // Given
    acquire(first);
    second.acquire(changes::incrementAndGet);
    await().during(ofMillis(100)).until(() -> !second.isHeld());

    // When
    long start = System.nanoTime();
    first.close();

    // Then
    await().pollInterval(ofMillis(1)).until(second::isHeld);
    assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)).isLessThan(500);
    assertThat(changes).hasValue(1);
  }

  @Test
  void the_holder_hands_it_over_to_the_process_that_wants_it_and_to_no_other() {
    // Given
    acquire(first);
    third.acquire(() -> {});
    second.acquire(() -> {});
    second.want();
    await().until(first::isWanted);

    // When
    first.release();

    // Then
    await().pollInterval(ofMillis(1)).until(second::isHeld);
    await()
        .during(ofMillis(1500))
        .atMost(ofSeconds(3))
        .until(() -> second.isHeld() && !first.isHeld() && !third.isHeld());
    assertThat(second.isWanted()).isFalse();
  }

  @Test
  void the_former_holder_has_it_again_when_its_successor_ends() {
    // Given
    acquire(first);
    second.acquire(() -> {});
    second.want();
    await().until(first::isWanted);
    first.release();
    await().until(second::isHeld);
    await().during(ofMillis(100)).until(() -> !first.isHeld());

    // When
    second.close();

    // Then
    await().atMost(ofSeconds(2)).until(first::isHeld);
  }

  @Test
  void the_former_holder_has_it_again_when_its_successor_ends_during_the_handover() {
    // Given
    acquire(first);
    second.acquire(() -> {});
    second.want();
    await().until(first::isWanted);

    // When
    second.close();
    first.release();

    // Then
    await().atMost(ofSeconds(3)).until(first::isHeld);
  }

  private static void acquire(NodeLock lock) {
    lock.acquire(() -> {});
    await().until(lock::isHeld);
  }
}
