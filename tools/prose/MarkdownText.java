import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The paragraphs, headings, list items and table cells of a Markdown file. */
final class MarkdownText {

  private static final Pattern FENCE = Pattern.compile("\\s*(```|~~~).*");
  private static final Pattern HEADING = Pattern.compile("#{1,6}\\s+(.*)");
  private static final Pattern ITEM = Pattern.compile("(\\s*(?:[-*+]|\\d+\\.)\\s+)(.*)");
  private static final Pattern RULED = Pattern.compile("[\\s|:=-]+");
  private static final Pattern LINK_DEFINITION = Pattern.compile("\\[[^\\]]+\\]:\\s.*");
  private static final Pattern CELL_BORDER = Pattern.compile("(?<!\\\\)\\|");

  private final Path file;
  private final List<Passage> passages = new ArrayList<>();
  private Passage.Builder open;
  private boolean fenced;
  private boolean afterBlank = true;

  /** From this column on, a line after a blank one is code. */
  private int codeColumn = 4;

  private MarkdownText(Path file) {
    this.file = file;
    this.open = new Passage.Builder(file, Passage.Kind.DOCUMENT);
  }

  static List<Passage> of(Path file, List<String> lines) {
    return of(file, lines, 0, lines.size());
  }

  /** Of a changelog: what is not released yet. Older entries are history. */
  static List<Passage> ofUnreleased(Path file, List<String> lines) {
    int from = indexOf(lines, 0, "## \\[?Unreleased.*");
    return from < 0 ? of(file, lines) : of(file, lines, from, indexOf(lines, from + 1, "## .*"));
  }

  private static List<Passage> of(Path file, List<String> lines, int from, int to) {
    MarkdownText text = new MarkdownText(file);
    int start =
        from == 0 && !lines.isEmpty() && lines.getFirst().equals("---") ? frontMatter(lines) : from;
    for (int i = start; i < (to < 0 ? lines.size() : to); i++) {
      text.line(lines.get(i), i + 1);
    }
    text.close();
    return text.passages;
  }

  private static int frontMatter(List<String> lines) {
    return indexOf(lines, 1, "---") + 1;
  }

  private static int indexOf(List<String> lines, int from, String regex) {
    for (int i = from; i < lines.size(); i++) {
      if (lines.get(i).matches(regex)) {
        return i;
      }
    }
    return -1;
  }

  private void line(String line, int number) {
    if (afterBlank && indent(line) == 0 && !line.isBlank()) {
      codeColumn = 4;
    }
    if (FENCE.matcher(line).matches()) {
      close();
      fenced = !fenced;
      return;
    }
    if (fenced) {
      return;
    }
    if (line.isBlank()) {
      close();
      afterBlank = true;
      return;
    }
    if (afterBlank && indent(line) >= codeColumn) {
      return;
    }
    afterBlank = false;
    text(line, number);
  }

  private void text(String line, int number) {
    Matcher heading = HEADING.matcher(line);
    Matcher item = ITEM.matcher(line);
    if (heading.matches()) {
      close();
      codeColumn = 4;
      open.append(heading.group(1), number);
      close();
    } else if (line.startsWith("|")) {
      close();
      cells(line, number);
    } else if (item.matches()) {
      close();
      codeColumn = item.group(1).length() + 4;
      open.append(item.group(2) + " ", number);
    } else if (!LINK_DEFINITION.matcher(line).matches() && !RULED.matcher(line).matches()) {
      open.append(line.strip().replaceFirst("^(>\\s*)+|^!!!.*", "") + " ", number);
    }
  }

  private void cells(String line, int number) {
    if (!RULED.matcher(line).matches()) {
      for (String cell : CELL_BORDER.split(line)) {
        open.append(cell.strip(), number);
        close();
      }
    }
  }

  private static int indent(String line) {
    return line.length() - line.stripLeading().length();
  }

  private void close() {
    if (!open.isEmpty()) {
      passages.add(Mask.markup(open.build()));
    }
    open = new Passage.Builder(file, Passage.Kind.DOCUMENT);
  }
}
