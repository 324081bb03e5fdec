package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/** Counters of one IP family in a pool. */
public record AddressCount(
    @JsonPropertyDescription("The number of addresses that Ballast can allocate.") long capacity,
    @JsonPropertyDescription("The number of addresses that are allocated or reserved.")
        long allocated,
    @JsonPropertyDescription("The number of addresses that are available.") long available) {}
