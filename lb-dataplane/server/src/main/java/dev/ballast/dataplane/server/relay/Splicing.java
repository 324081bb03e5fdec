package dev.ballast.dataplane.server.relay;

/**
 * When the bytes of a direction go through a pipe, and how many do at most.
 *
 * @param afterReads in a row that each brought {@code bytes} or more
 * @param bytes that are much; where a few turns of the loop in a row bring less, the pipe is given
 *     up
 * @param pipes of each loop
 */
record Splicing(int afterReads, int bytes, int pipes) {

  static final Splicing DEFAULT = new Splicing(4, Lane.BUFFER_SIZE, 64);
}
