import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The files whose words a person reads, and the passages in them. */
final class Sources {

  private static final Set<String> SKIPPED =
      Set.of("target", ".git", ".mvn", ".venv", "node_modules");

  /** Wrong on purpose. Only a path that names it reaches it. */
  private static final Path SAMPLE = Path.of("tools/prose/sample");

  private static final Pattern DESCRIPTION =
      Pattern.compile("\"description\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");

  private final Set<Path> files = new TreeSet<>();
  private final List<Passage> passages = new ArrayList<>();

  private Sources() {}

  static Sources under(List<Path> roots) throws IOException {
    Sources sources = new Sources();
    for (Path root : roots) {
      sources.walk(root);
    }
    List<Path> java = sources.files.stream().filter(Sources::isJava).toList();
    if (!java.isEmpty()) {
      sources.passages.addAll(JavaMessages.of(java));
    }
    for (Path file : sources.files) {
      if (!isJava(file)) {
        sources.passages.addAll(passages(file, Files.readAllLines(file)));
      }
    }
    return sources;
  }

  Set<Path> files() {
    return files;
  }

  List<Passage> passages() {
    return passages;
  }

  private void walk(Path root) throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            boolean skipped = SKIPPED.contains(folder.getFileName().toString());
            boolean sample = !folder.equals(root) && folder.normalize().equals(SAMPLE);
            return skipped || sample ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile() && isRead(file.normalize())) {
              files.add(file.normalize());
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static boolean isRead(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(".md") || isJava(file) || isShell(file) || isOfChart(file);
  }

  private static boolean isJava(Path file) {
    return file.toString().matches("(.*/)?src/main/java/.*\\.java");
  }

  private static boolean isShell(Path file) {
    return file.toString().matches(".*\\.sh|dev|.*/lab/lab");
  }

  private static boolean isOfChart(Path file) {
    return file.toString()
        .matches(
            "(.*/)?charts/[^/]+/((templates|files)/.*|Chart\\.yaml|values\\.(yaml|schema\\.json))");
  }

  private static List<Passage> passages(Path file, List<String> lines) {
    String name = file.getFileName().toString();
    if (name.equals("CHANGELOG.md")) {
      return MarkdownText.ofUnreleased(file, lines);
    } else if (name.endsWith(".md")) {
      return MarkdownText.of(file, lines);
    } else if (name.endsWith(".txt")) {
      // What Helm's notes indent is a command, also within a list.
      return MarkdownText.of(file, lines.stream().map(l -> l.startsWith("    ") ? "" : l).toList());
    } else if (isShell(file)) {
      return ShellMessages.of(file, lines);
    } else if (name.endsWith(".json")) {
      return descriptions(file, lines);
    }
    return YamlText.of(file, lines);
  }

  private static List<Passage> descriptions(Path schema, List<String> lines) {
    List<Passage> passages = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      Matcher description = DESCRIPTION.matcher(lines.get(i));
      while (description.find()) {
        Passage.Builder open =
            new Passage.Builder(schema, Passage.Kind.MESSAGE).append(description.group(1), i + 1);
        passages.add(Mask.markup(open.build()));
      }
    }
    return passages;
  }
}
