package dev.ballast.e2e.bench;

/**
 * One Service.
 *
 * @param statusNanos from before its creation until a watch showed its address
 * @param first200Nanos from before its creation until the first HTTP 200 was read
 * @param failedAttempts connections that did not end in a 200 before the one that did
 */
record Sample(String service, long statusNanos, long first200Nanos, int failedAttempts) {}
