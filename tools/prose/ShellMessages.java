import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a shell script says: the arguments of say, step, check, ok and fail, and its help lines. */
final class ShellMessages {

  private static final Pattern HELP = Pattern.compile("#: (?:[a-z][^ ]*(?: [^ ]+)*  +)?(.*)");
  private static final Pattern CALL =
      Pattern.compile("\\b(?:say|step|check|ok|fail|holds|holds_equal)\\s+(\".*)");
  private static final Pattern STRING = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");
  private static final Pattern VALUE =
      Pattern.compile("\\$\\((?:[^()]|\\([^()]*\\))*\\)|\\$\\{[^}]*\\}|\\$[A-Za-z_0-9*@#?!]+");

  static List<Passage> of(Path file, List<String> lines) {
    List<Passage> passages = new ArrayList<>();
    boolean continued = false;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      Matcher help = HELP.matcher(line);
      Matcher call = CALL.matcher(line);
      if (help.matches()) {
        add(passages, file, help.group(1), i + 1);
      } else if (!line.stripLeading().startsWith("#") && (continued || call.find())) {
        String values = Mask.fill(continued ? line : call.group(1), VALUE, Passage.MASK);
        Matcher string = STRING.matcher(values);
        while (string.find()) {
          add(passages, file, string.group(1), i + 1);
        }
        continued = line.endsWith("\\");
      } else {
        continued = false;
      }
    }
    return passages;
  }

  private static void add(List<Passage> passages, Path file, String text, int line) {
    Passage passage =
        Mask.markup(new Passage.Builder(file, Passage.Kind.DOCUMENT).append(text, line).build());
    if (Sentences.isProse(passage)) {
      passages.add(passage);
    }
  }

  private ShellMessages() {}
}
