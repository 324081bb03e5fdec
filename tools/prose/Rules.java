import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The rules that a passage is checked against: the list of words, and the shape of a sentence. */
final class Rules {

  private static final int GUIDE_WORDS = 25;
  private static final int MOST_WORDS = 30;
  private static final Pattern PASSIVE =
      Pattern.compile(
          "\\b(is|are|was|were|be|been|being) (\\w+ed|given|kept|made|held|taken|written|found|known|seen|sent)\\b");

  /** A phrase to avoid, and what to write instead. */
  private record Phrase(boolean everywhere, Pattern pattern, String instead) {

    boolean isFor(Passage passage) {
      return everywhere || passage.kind() == Passage.Kind.MESSAGE;
    }
  }

  private final List<Phrase> phrases;
  private final boolean suggest;

  private Rules(List<Phrase> phrases, boolean suggest) {
    this.phrases = phrases;
    this.suggest = suggest;
  }

  /**
   * Reads lines of {@code REGULAR-EXPRESSION => ADVICE}. Those after the line {@code [messages]}
   * are for messages alone.
   *
   * @param suggest whether to report what is only worth a second thought
   */
  static Rules read(Path words, boolean suggest) throws IOException {
    List<Phrase> phrases = new ArrayList<>();
    boolean everywhere = true;
    for (String line : Files.readAllLines(words)) {
      if (line.equals("[messages]")) {
        everywhere = false;
      } else if (!line.isBlank() && !line.startsWith("#")) {
        String[] parts = line.split(" => ", 2);
        if (parts.length < 2) {
          throw new IOException(words + " has a line without ' => ': " + line);
        }
        phrases.add(
            new Phrase(
                everywhere,
                Pattern.compile(parts[0].strip(), Pattern.CASE_INSENSITIVE),
                parts[1].strip()));
      }
    }
    return new Rules(phrases, suggest);
  }

  List<Finding> check(Passage passage) {
    List<Finding> findings = new ArrayList<>();
    for (Phrase phrase : phrases) {
      Matcher matcher = phrase.pattern().matcher(passage.text());
      while (phrase.isFor(passage) && matcher.find()) {
        findings.add(finding(passage, matcher.start(), matcher.group(), phrase.instead()));
      }
    }
    Sentences.of(passage).forEach(sentence -> shape(passage, sentence, findings));
    return findings;
  }

  private void shape(Passage passage, Sentences.Sentence sentence, List<Finding> findings) {
    long words = sentence.words();
    String start = beginning(sentence.text());
    if (words > MOST_WORDS || suggest && words > GUIDE_WORDS) {
      String advice =
          "Split this sentence of " + words + " words. The limit is " + GUIDE_WORDS + ".";
      findings.add(finding(passage, sentence.start(), start, advice));
    }
    long semicolons = sentence.text().chars().filter(c -> c == ';').count();
    if (semicolons > 1 || suggest && semicolons == 1) {
      findings.add(
          finding(
              passage,
              sentence.start(),
              start,
              "Write sentences or a list instead of semicolons."));
    }
    Matcher passive = PASSIVE.matcher(sentence.text());
    while (suggest && passive.find()) {
      String advice = "Name who does it, if that matters to the reader.";
      findings.add(finding(passage, sentence.start() + passive.start(), passive.group(), advice));
    }
  }

  private static Finding finding(Passage passage, int offset, String phrase, String advice) {
    return new Finding(passage.file(), passage.line(offset), phrase.strip(), advice);
  }

  private static String beginning(String sentence) {
    String start = sentence.strip().replaceAll("\\s+", " ");
    return start.length() <= 50 ? start : start.substring(0, 47) + "...";
  }
}
