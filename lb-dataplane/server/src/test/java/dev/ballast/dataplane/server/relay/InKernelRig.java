package dev.ballast.dataplane.server.relay;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ballast.dataplane.server.sockmap.KernelRefusal;
import java.io.IOException;

/** For tests of the kernel's relay, which are skipped where it may not be used. */
final class InKernelRig {

  private InKernelRig() {}

  /** So soon that a test sees it; fails where the kernel can, and does it wrong. */
  static InKernel after(int reads) {
    try {
      Trial.run();
    } catch (KernelRefusal e) {
      assumeTrue(!e.isPermission(), "bpf is not permitted here: " + e.getMessage());
      throw new AssertionError(e);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return new InKernel(true, reads, 8192);
  }
}
