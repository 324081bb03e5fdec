package dev.ballast.api.v1alpha1;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the API server leaves out is empty, never null. */
final class Lists {

  static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : List.copyOf(list);
  }

  private Lists() {}
}
