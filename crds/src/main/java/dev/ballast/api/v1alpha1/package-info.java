/**
 * The custom resources of the group {@code ballast.dev}, version {@code v1alpha1}, that the
 * operator and the data plane share. The package contains values only, and no behavior.
 */
@NullMarked
package dev.ballast.api.v1alpha1;

import org.jspecify.annotations.NullMarked;
