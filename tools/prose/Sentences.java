import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Tells sentences apart, and prose from code. */
final class Sentences {

  private static final Pattern END = Pattern.compile("[.!?]['\")]*\\s+(?=['\"(]*[A-Z0-9])");
  private static final Pattern WORD = Pattern.compile("\\S*[\\p{L}\\d]\\S*");
  private static final Pattern PLAIN_WORD =
      Pattern.compile("['\"(]*[A-Za-z][A-Za-z'-]*['\").,;:!?]*");
  private static final Pattern CODE =
      Pattern.compile("&&|\\|\\||[=!]=|->|\\{\"|\\(\\?|\\\\[bdsw]|;\\s*$");
  private static final int LEAST_WORDS = 4;

  /** A sentence, and where it starts in its passage. */
  record Sentence(int start, String text) {

    long words() {
      return WORD.matcher(text).results().count();
    }
  }

  static List<Sentence> of(Passage passage) {
    List<Sentence> sentences = new ArrayList<>();
    Matcher end = END.matcher(passage.text());
    int start = 0;
    while (end.find()) {
      sentences.add(new Sentence(start, passage.text().substring(start, end.end())));
      start = end.end();
    }
    sentences.add(new Sentence(start, passage.text().substring(start)));
    return sentences;
  }

  /** Each line of a text with line breaks, as a passage of its own. */
  static List<Passage> lines(Passage passage) {
    List<Passage> lines = new ArrayList<>();
    int start = 0;
    for (String line : passage.text().split("(?<=\n)")) {
      int end = start + line.length();
      lines.add(
          new Passage(
              passage.file(),
              passage.kind(),
              line,
              Arrays.copyOfRange(passage.lines(), start, end)));
      start = end;
    }
    return lines;
  }

  /** Whether a string is words for a person, rather than an expression, a pattern or a name. */
  static boolean isProse(Passage passage) {
    List<String> words =
        Arrays.stream(passage.text().strip().split("\\s+"))
            .filter(word -> !word.matches("['\"]?X+['\".,;:]*"))
            .toList();
    long plain = words.stream().filter(word -> PLAIN_WORD.matcher(word).matches()).count();
    return plain >= LEAST_WORDS
        && plain * 10 >= words.size() * 7
        && !CODE.matcher(passage.text()).find();
  }

  private Sentences() {}
}
