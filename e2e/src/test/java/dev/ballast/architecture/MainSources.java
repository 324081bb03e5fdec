package dev.ballast.architecture;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * The main sources of all modules, parsed by the JDK's compiler. Sources and not classes, since no
 * class path has all modules.
 */
final class MainSources {

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  /** Bad examples for the prose linter, not a module. */
  private static final Path PROSE_SAMPLES = ROOT.resolve("tools/prose/sample");

  private MainSources() {}

  static List<CompilationUnitTree> parse() throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (var files = compiler.getStandardFileManager(null, null, null)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null,
                  files,
                  null,
                  List.of("-proc:none"),
                  null,
                  files.getJavaFileObjectsFromPaths(paths()));
      List<CompilationUnitTree> units = new ArrayList<>();
      task.parse().forEach(units::add);
      return units;
    }
  }

  private static List<Path> paths() throws IOException {
    List<Path> paths = new ArrayList<>();
    Files.walkFileTree(
        ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            String name = folder.getFileName().toString();
            boolean skip =
                name.equals("target")
                    || folder.equals(PROSE_SAMPLES)
                    || name.startsWith(".") && !folder.equals(ROOT);
            return skip ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().matches(".*/src/main/java/dev/ballast/.*\\.java")) {
              paths.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    paths.sort(null);
    return paths;
  }
}
