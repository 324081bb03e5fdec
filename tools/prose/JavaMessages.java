import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.ParenthesizedTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;

/**
 * The string literals of Java sources that read as a sentence. Concatenations are joined, with a
 * mask for each value. Annotations are left out: the generated CRDs contain their descriptions.
 */
final class JavaMessages extends TreePathScanner<Void, Void> {

  private static final Pattern PLACEHOLDER =
      Pattern.compile("%(?:\\d+\\$)?[-#+ 0,(]*\\d*(?:\\.\\d+)?[a-zA-Z]|\\{\\d*\\}");

  private final Path file;
  private final CompilationUnitTree unit;
  private final SourcePositions positions;
  private final List<Passage> passages;

  private JavaMessages(
      Path file, CompilationUnitTree unit, SourcePositions positions, List<Passage> passages) {
    this.file = file;
    this.unit = unit;
    this.positions = positions;
    this.passages = passages;
  }

  static List<Passage> of(List<Path> files) {
    List<Passage> passages = new ArrayList<>();
    var compiler = ToolProvider.getSystemJavaCompiler();
    var fileManager = compiler.getStandardFileManager(null, null, null);
    var task =
        (JavacTask)
            compiler.getTask(
                null,
                fileManager,
                problem -> {},
                List.of("-proc:none"),
                null,
                fileManager.getJavaFileObjectsFromPaths(files));
    SourcePositions positions = Trees.instance(task).getSourcePositions();
    try {
      for (CompilationUnitTree unit : task.parse()) {
        new JavaMessages(Path.of(unit.getSourceFile().getName()), unit, positions, passages)
            .scan(unit, null);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return passages;
  }

  @Override
  public Void visitAnnotation(AnnotationTree annotation, Void unused) {
    return null;
  }

  @Override
  public Void visitLiteral(LiteralTree literal, Void unused) {
    if (literal.getValue() instanceof String) {
      Passage.Builder open = new Passage.Builder(file, Passage.Kind.MESSAGE);
      append(literal, open);
      close(open);
    }
    return null;
  }

  @Override
  public Void visitBinary(BinaryTree binary, Void unused) {
    if (!binary.getKind().equals(Tree.Kind.PLUS)) {
      return super.visitBinary(binary, unused);
    }
    Passage.Builder open = new Passage.Builder(file, Passage.Kind.MESSAGE);
    append(binary, open);
    close(open);
    return null;
  }

  private void append(ExpressionTree expression, Passage.Builder open) {
    switch (expression) {
      case BinaryTree binary when binary.getKind().equals(Tree.Kind.PLUS) -> {
        append(binary.getLeftOperand(), open);
        append(binary.getRightOperand(), open);
      }
      case ParenthesizedTree inner when inner.getExpression() instanceof BinaryTree ->
          append(inner.getExpression(), open);
      case LiteralTree literal when literal.getValue() instanceof String text -> {
        int line = (int) unit.getLineMap().getLineNumber(positions.getStartPosition(unit, literal));
        boolean block = text.contains("\n");
        for (String part : text.split("(?<=\n)")) {
          open.append(part, block ? ++line : line);
        }
      }
      default -> {
        open.append(String.valueOf(Passage.MASK), lineOf(expression));
        scan(expression, null);
      }
    }
  }

  private int lineOf(Tree tree) {
    return (int) unit.getLineMap().getLineNumber(positions.getStartPosition(unit, tree));
  }

  private void close(Passage.Builder open) {
    if (!open.isEmpty()) {
      Passage whole = open.build();
      Passage masked =
          Mask.markup(whole.withText(Mask.fill(whole.text(), PLACEHOLDER, Passage.MASK)));
      Sentences.lines(masked).stream().filter(Sentences::isProse).forEach(passages::add);
    }
  }
}
