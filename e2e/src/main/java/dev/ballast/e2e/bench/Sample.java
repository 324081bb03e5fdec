package dev.ballast.e2e.bench;

/**
 * One Service. Times are from before the request that creates it.
 *
 * @param programNanos until a watch showed its LoadBalancer
 * @param reportNanos until a watch showed a node's report in that
 * @param statusNanos until a watch showed its address
 * @param first200Nanos until the first HTTP 200 was read
 * @param failedAttempts connections that did not end in a 200 before the one that did
 */
record Sample(
    String service,
    long programNanos,
    long reportNanos,
    long statusNanos,
    long first200Nanos,
    int failedAttempts) {}
