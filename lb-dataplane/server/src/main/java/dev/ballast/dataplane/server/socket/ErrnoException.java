package dev.ballast.dataplane.server.socket;

import java.io.IOException;

/** A system call that failed, with its error number: see errno(3). */
public final class ErrnoException extends IOException {

  private static final long serialVersionUID = 1L;

  static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int ESRCH = 3;
  static final int EINTR = 4;
  static final int EAGAIN = 11;
  static final int EACCES = 13;
  public static final int EEXIST = 17;
  public static final int EINVAL = 22;

  /** A set of nftables is full. */
  public static final int ENFILE = 23;

  public static final int ENOBUFS = 105;

  private final int errno;

  public ErrnoException(String what, int errno) {
    super("%s: %s (errno %d)".formatted(what, Libc.text(errno), errno));
    this.errno = errno;
  }

  public int errno() {
    return errno;
  }

  /** The call was interrupted, or timed out. */
  public boolean isRetryable() {
    return errno == EAGAIN || errno == EINTR;
  }

  public boolean isPermission() {
    return errno == EPERM || errno == EACCES;
  }
}
