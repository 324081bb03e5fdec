package dev.ballast.dataplane.server.relay;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.TimeUnit;

/**
 * A network namespace for the calling thread. Threads and processes that it starts inherit the
 * namespace, and a socket belongs to the namespace of the thread that opens it. The namespace ends
 * with its last thread and socket.
 */
final class ThreadNamespace implements AutoCloseable {

  private static final int CLONE_NEWNET = 0x40000000;
  private static final int O_CLOEXEC = 0x80000;

  private static final MethodHandle OPEN =
      call("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle CLOSE =
      call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle UNSHARE =
      call("unshare", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle SETNS =
      call("setns", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));

  private final int original;

  private ThreadNamespace(int original) {
    this.original = original;
  }

  /** Enters a new namespace, whose loopback interface is up. */
  static ThreadNamespace enter() {
    int original = open("/proc/thread-self/ns/net");
    assertThat(call(UNSHARE, CLONE_NEWNET)).as("unshare").isZero();
    run("", "ip", "link", "set", "lo", "up");
    return new ThreadNamespace(original);
  }

  /** Runs a program in the namespace of the calling thread. */
  static String run(String input, String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try (var in = process.getOutputStream()) {
        in.write(input.getBytes(UTF_8));
      }
      String output;
      try (var out = process.getInputStream()) {
        output = new String(out.readAllBytes(), UTF_8);
      }
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as("%s: %s", String.join(" ", command), output).isZero();
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns to the former namespace. */
  @Override
  public void close() {
    assertThat(call(SETNS, original, CLONE_NEWNET)).as("setns").isZero();
    assertThat(call(CLOSE, original)).isZero();
  }

  private static int open(String path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(path);
      int descriptor = (int) OPEN.invokeExact(name, O_CLOEXEC);
      assertThat(descriptor).as(path).isNotNegative();
      return descriptor;
    } catch (Throwable e) {
      throw new AssertionError(path, e);
    }
  }

  private static int call(MethodHandle function, Object... arguments) {
    try {
      return (int) function.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @SuppressWarnings("restricted")
  private static MethodHandle call(String name, FunctionDescriptor signature) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), signature);
  }
}
