package dev.ballast.e2e;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Tests that carry {@code @Tag("feature:…")} themselves or by their class, read from the sources of
 * all modules: none of them can see the others' test classes.
 */
final class TaggedTests {

  private static final String STRING = "\"\"\"(?s:.*?)\"\"\"|\"(?:[^\"\\\\\n]|\\\\.)*+\"";
  private static final String IN_PARENTHESES =
      "\\((?:[^()\"]++|STRING|\\((?:[^()\"]++|STRING)*+\\))*+\\)".replace("STRING", STRING);

  /** Annotations, and what they are on: a class, or a method without a result. */
  private static final Pattern DECLARATION =
      Pattern.compile(
          ("((?:@\\w++(?:IN_PARENTHESES)?\\s++)++)"
                  + "(?:(?:public|private|static|final|abstract)\\s+)*(class|void)\\s+(\\w+)")
              .replace("IN_PARENTHESES", IN_PARENTHESES));

  private static final Pattern TAG = Pattern.compile("@Tag\\(\"feature:([^\"]*)\"\\)");
  private static final Pattern IS_TEST = Pattern.compile("@(Test|ParameterizedTest|Property)\\b");
  private static final Pattern NAME =
      Pattern.compile("@DisplayName\\(\\s*((?:\"(?:[^\"\\\\]|\\\\.)*\"[\\s+]*)+)\\)");
  private static final Pattern PIECE = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");

  /** Words of method names that sentences spell in another way. */
  private static final Map<String, String> SPELLINGS =
      Map.ofEntries(
          Map.entry("api", "API"),
          Map.entry("ballast", "Ballast"),
          Map.entry("deployment", "Deployment"),
          Map.entry("event", "Event"),
          Map.entry("fin", "FIN"),
          Map.entry("icmp", "ICMP"),
          Map.entry("ip", "IP"),
          Map.entry("ipv6", "IPv6"),
          Map.entry("lan", "LAN"),
          Map.entry("lease", "Lease"),
          Map.entry("metallb", "MetalLB"),
          Map.entry("pod", "Pod"),
          Map.entry("pods", "Pods"),
          Map.entry("service", "Service"),
          Map.entry("services", "Services"),
          Map.entry("tcp", "TCP"),
          Map.entry("udp", "UDP"));

  private TaggedTests() {}

  /**
   * A test.
   *
   * @param features what follows {@code feature:} in its tags
   * @param sentence its display name, or its method's name with spaces
   */
  record Tagged(Set<String> features, String className, String sentence) {

    boolean isScenario() {
      return className.endsWith("IT");
    }
  }

  static List<Tagged> below(Path root) throws IOException {
    List<Path> sources = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            String name = folder.getFileName().toString();
            boolean skip = name.equals("target") || name.startsWith(".") && !folder.equals(root);
            return skip ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().matches(".*/src/test/java/.*\\.java")) {
              sources.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    List<Tagged> found = new ArrayList<>();
    sources.sort(null);
    for (Path source : sources) {
      String className = source.getFileName().toString().replace(".java", "");
      found.addAll(in(className, Files.readString(source)));
    }
    return found;
  }

  /** The tagged tests of one class. */
  static List<Tagged> in(String className, String source) {
    List<Tagged> found = new ArrayList<>();
    Set<String> ofClass = Set.of();
    Matcher declaration = DECLARATION.matcher(source);
    while (declaration.find()) {
      String annotations = declaration.group(1);
      Set<String> features =
          TAG.matcher(annotations).results().map(it -> it.group(1)).collect(Collectors.toSet());
      if (declaration.group(2).equals("class")) {
        ofClass = features;
      } else if (IS_TEST.matcher(annotations).find()) {
        Set<String> all = new HashSet<>(features);
        all.addAll(ofClass);
        if (!all.isEmpty()) {
          found.add(new Tagged(all, className, sentence(annotations, declaration.group(3))));
        }
      }
    }
    return found;
  }

  private static String sentence(String annotations, String method) {
    Matcher name = NAME.matcher(annotations);
    if (name.find()) {
      return PIECE
          .matcher(name.group(1))
          .results()
          .map(piece -> piece.group(1).replace("\\\"", "\""))
          .collect(Collectors.joining());
    }
    String words =
        Arrays.stream(method.split("_", -1))
            .map(word -> SPELLINGS.getOrDefault(word, word))
            .collect(Collectors.joining(" "));
    return Character.toUpperCase(words.charAt(0)) + words.substring(1);
  }
}
