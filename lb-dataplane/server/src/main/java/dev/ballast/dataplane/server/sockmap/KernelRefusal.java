package dev.ballast.dataplane.server.sockmap;

import java.io.IOException;

/** The kernel does not do what was asked of it, with its number (see errno(3)) and words. */
public final class KernelRefusal extends IOException {

  private static final long serialVersionUID = 1L;

  private static final int EPERM = 1;

  private final int errno;

  KernelRefusal(String what, int errno, String words) {
    super("%s: %s (errno %d)".formatted(what, words, errno));
    this.errno = errno;
  }

  /** Whether rights are missing, not abilities of the kernel. */
  public boolean isPermission() {
    return errno == EPERM;
  }
}
