import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The comments of a YAML file or Helm template, and its scalars that a person reads: descriptions,
 * and the messages of validation rules. It knows only the YAML that this repository contains.
 */
final class YamlText {

  private static final Pattern COMMENT = Pattern.compile("\\s*#+ ?(?:-- )?(.*)");
  private static final Pattern TEMPLATE_COMMENT =
      Pattern.compile("\\{\\{-?\\s*/\\*(.*?)\\*/\\s*-?\\}\\}", Pattern.DOTALL);
  private static final Pattern SCALAR =
      Pattern.compile("(\\s*(?:- )?)(description|message|messageExpression):\\s+(.*)");
  private static final Pattern DOUBLE_QUOTED = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"");
  private static final Pattern CEL_STRING =
      Pattern.compile(DOUBLE_QUOTED + "|'(?:[^'\\\\]|\\\\.)*'");

  private final Path file;
  private final List<String> lines;
  private final List<Passage> passages = new ArrayList<>();

  private YamlText(Path file, List<String> lines) {
    this.file = file;
    this.lines = lines;
  }

  static List<Passage> of(Path file, List<String> lines) {
    YamlText text = new YamlText(file, lines);
    text.comments();
    text.templateComments();
    text.scalars();
    return text.passages;
  }

  private void comments() {
    Passage.Builder open = new Passage.Builder(file, Passage.Kind.DOCUMENT);
    for (int i = 0; i < lines.size(); i++) {
      Matcher comment = COMMENT.matcher(lines.get(i));
      if (comment.matches() && !comment.group(1).isBlank()) {
        open.append(comment.group(1) + " ", i + 1);
      } else {
        close(open);
        open = new Passage.Builder(file, Passage.Kind.DOCUMENT);
      }
    }
    close(open);
  }

  private void templateComments() {
    String whole = String.join("\n", lines);
    Matcher comment = TEMPLATE_COMMENT.matcher(whole);
    while (comment.find()) {
      int line =
          1 + (int) whole.substring(0, comment.start(1)).chars().filter(c -> c == '\n').count();
      Passage.Builder open = new Passage.Builder(file, Passage.Kind.DOCUMENT);
      for (String part : comment.group(1).split("\n", -1)) {
        open.append(part.strip() + " ", line++);
      }
      close(open);
    }
  }

  private void scalars() {
    for (int i = 0; i < lines.size(); i++) {
      Matcher scalar = SCALAR.matcher(lines.get(i));
      if (!scalar.matches()) {
        continue;
      }
      int column = scalar.group(1).length();
      Passage.Builder open = new Passage.Builder(file, Passage.Kind.MESSAGE);
      if (!scalar.group(3).matches("[>|][+-]?")) {
        open.append(unescaped(scalar.group(3)), i + 1);
      }
      for (int next = i + 1; next < lines.size() && indent(lines.get(next)) > column; next++) {
        open.append(unescaped(lines.get(next).strip()), next + 1);
      }
      if (scalar.group(2).equals("messageExpression")) {
        close(celStrings(open.build()));
      } else {
        close(open);
      }
    }
  }

  /** A line of a scalar: without the escapes of a quoted one, and its end folded into a space. */
  private static String unescaped(String line) {
    return line.replaceFirst("\\\\$", "").replaceFirst("^\\\\ ", " ").replace("\\\"", "\"")
        + (line.endsWith("\\") ? "" : " ");
  }

  /** What a CEL expression evaluates to: its strings, with a mask for each of its values. */
  private Passage.Builder celStrings(Passage expression) {
    Passage.Builder open = new Passage.Builder(file, Passage.Kind.MESSAGE);
    // The YAML generator puts quotes around an expression that starts with a string.
    String cel = expression.text().replaceFirst("^['\"](?=\")", " ").replace("''", "'");
    Pattern strings = expression.text().startsWith("'\"") ? DOUBLE_QUOTED : CEL_STRING;
    Matcher string = strings.matcher(cel);
    while (string.find()) {
      String text = string.group().substring(1, string.group().length() - 1);
      open.append(
          (open.isEmpty() ? "" : String.valueOf(Passage.MASK)) + text,
          expression.line(string.start()));
    }
    return open;
  }

  private static int indent(String line) {
    return line.isBlank() ? Integer.MAX_VALUE : line.length() - line.stripLeading().length();
  }

  private void close(Passage.Builder open) {
    if (!open.isEmpty()) {
      passages.add(Mask.markup(open.build()));
    }
  }
}
