package dev.ballast.architecture;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import java.util.ArrayList;
import java.util.List;
import javax.lang.model.element.Modifier;

/**
 * A type that a source file declares, nested types included and local ones not.
 *
 * @param name the qualified name
 * @param simpleName the last part of the name
 * @param isDeclaredPublic whether it has the modifier {@code public}; a nested type of an interface
 *     has none, and belongs to that interface
 */
record DeclaredType(String name, String simpleName, boolean isDeclaredPublic) {

  static List<DeclaredType> of(List<CompilationUnitTree> units) {
    List<DeclaredType> types = new ArrayList<>();
    for (CompilationUnitTree unit : units) {
      for (Tree tree : unit.getTypeDecls()) {
        if (tree instanceof ClassTree type) {
          add(types, type, unit.getPackageName().toString());
        }
      }
    }
    return types;
  }

  private static void add(List<DeclaredType> types, ClassTree type, String parent) {
    String simpleName = type.getSimpleName().toString();
    String name = parent + "." + simpleName;
    types.add(
        new DeclaredType(
            name, simpleName, type.getModifiers().getFlags().contains(Modifier.PUBLIC)));
    for (Tree member : type.getMembers()) {
      if (member instanceof ClassTree nested) {
        add(types, nested, name);
      }
    }
  }
}
