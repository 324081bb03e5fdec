package dev.ballast.dataplane.server.announce;

import java.io.IOException;

/** The kernel's refusal, with its number: see errno(3). */
final class ErrnoException extends IOException {

  private static final long serialVersionUID = 1L;

  static final int EPERM = 1;
  static final int ESRCH = 3;
  static final int EINTR = 4;
  static final int EAGAIN = 11;
  static final int EACCES = 13;
  static final int EEXIST = 17;

  private final int errno;

  ErrnoException(String what, int errno) {
    super("%s: %s (errno %d)".formatted(what, Libc.text(errno), errno));
    this.errno = errno;
  }

  int errno() {
    return errno;
  }

  boolean isPermission() {
    return errno == EPERM || errno == EACCES;
  }
}
