package dev.ballast.api.v1alpha1;

/** Addresses of one family in a pool. */
public record AddressCount(long capacity, long allocated, long available) {}
