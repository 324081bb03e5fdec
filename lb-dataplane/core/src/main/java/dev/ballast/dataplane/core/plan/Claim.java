package dev.ballast.dataplane.core.plan;

import dev.ballast.dataplane.core.endpoint.Place;

/** What a Service wants done on one binding; {@code here}: by a node in this place. */
public record Claim(ServiceId service, Frontend frontend, Policy policy, Place here) {}
