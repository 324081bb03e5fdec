import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A linter for prose. It checks documentation, the chart, the CRDs' descriptions and the messages
 * of programs against the rules in {@code tools/prose/words}. {@code ./dev prose} runs it in the
 * root of the repository.
 */
final class Prose {

  private static final Path WORDS = Path.of("tools/prose/words");
  private static final Path PENDING = Path.of("tools/prose/pending");

  public static void main(String[] arguments) throws IOException {
    List<String> options = Arrays.stream(arguments).filter(a -> a.startsWith("--")).toList();
    List<Path> paths =
        Arrays.stream(arguments).filter(a -> !a.startsWith("--")).map(Path::of).toList();
    boolean whole = paths.isEmpty();

    Sources sources = Sources.under(whole ? List.of(Path.of("")) : paths);
    Rules rules = Rules.read(WORDS, options.contains("--suggest"));
    List<Finding> findings =
        sources.passages().stream().flatMap(p -> rules.check(p).stream()).sorted().toList();

    if (options.contains("--files")) {
      findings.stream().map(Finding::file).distinct().forEach(System.out::println);
      return;
    }
    Set<Path> pending = new TreeSet<>();
    for (Path list : pendingLists(options, whole)) {
      pending.addAll(paths(list));
    }
    System.exit(report(findings, pending, sources.files()) ? 0 : 1);
  }

  /** The list of files that are still to be rewritten. It counts only when all files are read. */
  private static List<Path> pendingLists(List<String> options, boolean whole) {
    String option = "--pending=";
    List<Path> named =
        options.stream()
            .filter(o -> o.startsWith(option))
            .map(o -> Path.of(o.substring(option.length())))
            .toList();
    return named.isEmpty() && whole ? List.of(PENDING) : named;
  }

  private static List<Path> paths(Path list) throws IOException {
    return Files.readAllLines(list).stream()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .map(Path::of)
        .toList();
  }

  /** Prints the findings, and returns whether there are none. */
  private static boolean report(List<Finding> findings, Set<Path> pending, Set<Path> files) {
    Map<Path, List<Finding>> byFile =
        findings.stream()
            .collect(Collectors.groupingBy(Finding::file, TreeMap::new, Collectors.toList()));
    List<String> lines = new ArrayList<>();
    for (Path path : pending) {
      if (byFile.remove(path) == null) {
        String what = files.contains(path) ? " is clean now." : " does not exist.";
        lines.add(path + what + " Remove it from the list of pending files.");
      }
    }
    byFile.values().forEach(of -> of.forEach(finding -> lines.add(finding.toString())));
    lines.forEach(System.out::println);
    String rest = pending.isEmpty() ? "" : " " + pending.size() + " of them are pending.";
    System.out.println(
        lines.isEmpty()
            ? "The prose linter found nothing in " + files.size() + " files." + rest
            : "The prose linter has %d findings. Rewrite these words, and run ./dev prose again."
                .formatted(lines.size()));
    return lines.isEmpty();
  }

  private Prose() {}
}
