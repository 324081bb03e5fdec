package dev.ballast.bench;

import java.util.Map;

/**
 * One Service.
 *
 * @param nanos until each stage was seen, from before the request that creates the Service
 * @param failedAttempts connections that did not end in a 200 before the one that did
 */
record Sample(String service, Map<Stage, Long> nanos, int failedAttempts) {}
