import java.nio.file.Path;
import java.util.Arrays;

/**
 * A run of text that a person reads in one go, such as a paragraph, a table cell or a message.
 * Code, links and placeholders are masked by {@link #MASK}, so that a rule sees words only.
 *
 * @param lines the line of the file for each character of the text
 */
record Passage(Path file, Kind kind, String text, int[] lines) {

  /** What a person reads it in. Messages are held to stricter rules. */
  enum Kind {
    DOCUMENT,
    MESSAGE
  }

  /** Stands for one word that is not prose. Upper case, because it may start a sentence. */
  static final char MASK = 'X';

  int line(int offset) {
    return lines[Math.min(offset, lines.length - 1)];
  }

  Passage withText(String masked) {
    return new Passage(file, kind, masked, lines);
  }

  /** Collects the pieces of a passage. */
  static final class Builder {
    private final Path file;
    private final Kind kind;
    private final StringBuilder text = new StringBuilder();
    private int[] lines = new int[256];

    Builder(Path file, Kind kind) {
      this.file = file;
      this.kind = kind;
    }

    Builder append(String piece, int line) {
      if (text.length() + piece.length() > lines.length) {
        lines = Arrays.copyOf(lines, 2 * (text.length() + piece.length()));
      }
      Arrays.fill(lines, text.length(), text.length() + piece.length(), line);
      text.append(piece);
      return this;
    }

    boolean isEmpty() {
      return text.toString().isBlank();
    }

    Passage build() {
      return new Passage(
          file, kind, text.toString(), Arrays.copyOf(lines, Math.max(1, text.length())));
    }
  }
}
