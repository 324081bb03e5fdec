package dev.ballast.dataplane.core.plan;

/** What a Service wants done on one binding. */
public record Claim(ServiceId service, Frontend frontend, Policy policy) {}
