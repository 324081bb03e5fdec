package dev.ballast.dataplane.server.steering;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.Callable;

/** The network namespace of a thread, and of the threads and processes that it starts. */
final class ThreadNamespace {

  private static final int O_RDONLY = 0;
  private static final int CLONE_NEWNET = 0x40000000;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle OPEN =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("open"),
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle SETNS =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("setns"),
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle CLOSE =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  /** Calls on this thread, which is a platform thread, in a namespace that {@code ip netns} has. */
  static <T> T call(String namespace, Callable<T> call) throws Exception {
    int before = open("/proc/thread-self/ns/net");
    int there = open("/var/run/netns/" + namespace);
    try {
      enter(there);
      return call.call();
    } finally {
      enter(before);
      close(before);
      close(there);
    }
  }

  private static int open(String path) {
    try (Arena arena = Arena.ofConfined()) {
      int descriptor = (int) OPEN.invokeExact(arena.allocateFrom(path), O_RDONLY);
      assertThat(descriptor).as(path).isNotNegative();
      return descriptor;
    } catch (Throwable e) {
      throw new AssertionError(path, e);
    }
  }

  private static void enter(int descriptor) {
    try {
      assertThat((int) SETNS.invokeExact(descriptor, CLONE_NEWNET)).as("setns").isZero();
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static void close(int descriptor) {
    try {
      var unused = (int) CLOSE.invokeExact(descriptor);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private ThreadNamespace() {}
}
