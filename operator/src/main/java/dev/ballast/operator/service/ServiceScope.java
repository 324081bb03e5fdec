package dev.ballast.operator.service;

/** Which Services of {@code type: LoadBalancer} the operator implements. */
public enum ServiceScope {
  /** Those with the load balancer class of Ballast. */
  OUR_CLASS,
  /** Those without a class as well, as on clusters without a cloud. */
  CLASSLESS_TOO,
  /** None: Ballast is being uninstalled and takes back what it assigned. */
  NONE
}
