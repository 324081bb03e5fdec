package dev.ballast.api.v1alpha1;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Null handling for lists: the API server omits empty lists, and the records never contain null.
 */
final class Lists {

  static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : List.copyOf(list);
  }

  private Lists() {}
}
