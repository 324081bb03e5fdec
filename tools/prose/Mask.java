import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Replaces what is not prose within a passage, character by character, so that offsets stay. */
final class Mask {

  private static final Pattern CODE_SPAN = Pattern.compile("(`+)(?:(?!\\1).)+\\1");
  private static final Pattern LINK_TARGET =
      Pattern.compile("(?<=\\])(\\([^)\\s]*\\)|\\[[^\\]]*\\])");
  private static final Pattern URL = Pattern.compile("<?https?://[^\\s)>]+>?");
  private static final Pattern TEMPLATE = Pattern.compile("\\{\\{.*?\\}\\}");
  private static final Pattern HTML = Pattern.compile("<!--.*?-->|</?[a-zA-Z][^<>]*>");
  private static final Pattern MARKUP = Pattern.compile("[\\[\\]*]|(?<!\\w)_|_(?!\\w)");

  /** In the order in which Markdown gives them precedence. */
  static Passage markup(Passage passage) {
    String text = passage.text();
    text = fill(text, CODE_SPAN, Passage.MASK);
    text = fill(text, TEMPLATE, Passage.MASK);
    text = fill(text, HTML, ' ');
    text = fill(text, LINK_TARGET, ' ');
    text = fill(text, URL, Passage.MASK);
    text = fill(text, MARKUP, ' ');
    return passage.withText(text);
  }

  static String fill(String text, Pattern what, char with) {
    Matcher matcher = what.matcher(text);
    StringBuilder masked = new StringBuilder(text);
    while (matcher.find()) {
      for (int i = matcher.start(); i < matcher.end(); i++) {
        masked.setCharAt(i, with);
      }
    }
    return masked.toString();
  }

  private Mask() {}
}
