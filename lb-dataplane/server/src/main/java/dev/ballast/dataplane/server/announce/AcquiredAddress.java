package dev.ballast.dataplane.server.announce;

import java.util.Optional;

/**
 * An address that this node has acquired.
 *
 * @param anyInterface see {@link Announcer#acquire}
 * @param lanInterface where it is announced; empty for an address of the loopback interface
 */
record AcquiredAddress(boolean anyInterface, Optional<LanInterface> lanInterface) {}
