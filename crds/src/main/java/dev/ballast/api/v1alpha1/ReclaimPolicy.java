package dev.ballast.api.v1alpha1;

/** Policy for the address of a deleted Service, with the names of PersistentVolumes. */
public enum ReclaimPolicy {
  Delete,
  Retain
}
