package dev.ballast.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One style of logging in all modules. */
class LogStatementsTest {

  private static final Set<String> LEVELS =
      Set.of("trace", "debug", "info", "warn", "error", "log");

  private static final List<String> literalKeys = new ArrayList<>();
  private static final List<String> misnamedLoggers = new ArrayList<>();
  private static final List<String> messages = new ArrayList<>();

  @BeforeAll
  static void scan() throws IOException {
    for (CompilationUnitTree unit : MainSources.parse()) {
      new LogStatements(unit).scan(unit, null);
    }
    assertThat(messages).as("log messages").isNotEmpty();
  }

  @Test
  void keys_are_constants_of_log_keys() {
    assertThat(literalKeys).as("write LogKeys.… instead of a literal").isEmpty();
  }

  @Test
  void a_logger_is_named_log_and_has_the_name_of_its_class() {
    assertThat(misnamedLoggers)
        .as("write: private static final Logger log = LoggerFactory.getLogger(ThisClass.class)")
        .isEmpty();
  }

  @Test
  void a_message_starts_with_a_capital_letter_and_has_no_trailing_period() {
    assertThat(messages).allMatch(message -> message.matches("(?s).*?: \"([A-Z{].*[^.])?\""));
  }

  /** Collects the log statements of a file. */
  private static final class LogStatements extends TreePathScanner<Void, Void> {

    private final CompilationUnitTree unit;

    LogStatements(CompilationUnitTree unit) {
      this.unit = unit;
    }

    @Override
    public Void visitMethodInvocation(MethodInvocationTree call, Void nothing) {
      if (call.getMethodSelect() instanceof MemberSelectTree select
          && !call.getArguments().isEmpty()) {
        String method = select.getIdentifier().toString();
        ExpressionTree first = call.getArguments().getFirst();
        if (method.equals("addKeyValue") && first.getKind() == Tree.Kind.STRING_LITERAL) {
          literalKeys.add(file() + ": " + first);
        }
        if (LEVELS.contains(method)
            && isLogger(select.getExpression())
            && first instanceof LiteralTree literal
            && literal.getValue() instanceof String text) {
          messages.add("%s: \"%s\"".formatted(file(), text));
        }
      }
      return super.visitMethodInvocation(call, nothing);
    }

    /** {@code log}, {@code line} for a conditional level, or a chain of calls on one of them. */
    private static boolean isLogger(ExpressionTree expression) {
      String text = expression.toString();
      return text.matches("(?s)(log|LOG|line)(\\..*)?");
    }

    @Override
    public Void visitVariable(VariableTree variable, Void nothing) {
      if (variable.getInitializer() instanceof MethodInvocationTree call
          && call.getMethodSelect().toString().equals("LoggerFactory.getLogger")) {
        boolean named = variable.getName().contentEquals("log");
        boolean own = call.getArguments().getFirst().toString().equals(enclosingType() + ".class");
        if (!named || !own) {
          misnamedLoggers.add(file() + ": " + variable);
        }
      }
      return super.visitVariable(variable, nothing);
    }

    private String enclosingType() {
      TreePath path = getCurrentPath().getParentPath();
      return ((ClassTree) path.getLeaf()).getSimpleName().toString();
    }

    private String file() {
      return Path.of(unit.getSourceFile().toUri()).getFileName().toString();
    }
  }
}
