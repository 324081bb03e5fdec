/**
 * The kinds that operator and data plane share, group {@code ballast.dev}, version {@code
 * v1alpha1}. Values only: nothing here decides or talks.
 */
@NullMarked
package dev.ballast.api.v1alpha1;

import org.jspecify.annotations.NullMarked;
