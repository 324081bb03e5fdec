package dev.ballast.api.v1alpha1;

/** What becomes of an address when its Service is gone, in the words of PersistentVolumes. */
public enum ReclaimPolicy {
  Delete,
  Retain
}
