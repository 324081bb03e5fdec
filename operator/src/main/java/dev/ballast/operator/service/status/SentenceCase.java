package dev.ballast.operator.service.status;

import java.util.Locale;

/** Turns a clause of another message into a sentence: with a capital letter and a period. */
public final class SentenceCase {

  /** The clause as a sentence; an empty clause stays empty. */
  public static String of(String clause) {
    if (clause.isEmpty()) {
      return "";
    }
    return clause.substring(0, 1).toUpperCase(Locale.ROOT)
        + clause.substring(1)
        + (clause.endsWith(".") ? "" : ".");
  }

  private SentenceCase() {}
}
