package dev.ballast.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.CompilationUnitTree;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Rules for types and packages that hold across all modules. */
class NamesTest {

  private static final int MAX_FILES_PER_PACKAGE = 20;

  /** The kinds of one API version are in one package, as is usual for Kubernetes. */
  private static final String API_VERSION = "dev.ballast.api.v1alpha1";

  private static List<CompilationUnitTree> units;
  private static List<DeclaredType> types;

  @BeforeAll
  static void parse() throws IOException {
    units = MainSources.parse();
    types = DeclaredType.of(units);
    assertThat(types).as("types of main code").hasSizeGreaterThan(300);
  }

  @Test
  void a_simple_name_belongs_to_one_type_across_all_modules() {
    // When
    Map<String, List<String>> namesBySimpleName =
        types.stream()
            .collect(
                Collectors.groupingBy(
                    DeclaredType::simpleName,
                    TreeMap::new,
                    Collectors.mapping(DeclaredType::name, Collectors.toList())));

    // Then
    namesBySimpleName.values().removeIf(names -> names.size() == 1);
    assertThat(namesBySimpleName).as("simple names with more than one type").isEmpty();
  }

  @Test
  void fewer_than_half_of_the_types_are_declared_public() {
    // When
    List<String> declaredPublic =
        types.stream().filter(DeclaredType::isDeclaredPublic).map(DeclaredType::name).toList();

    // Then
    assertThat(declaredPublic)
        .as("public types among %d: hide what only its package uses", types.size())
        .hasSizeLessThan((types.size() + 1) / 2);
  }

  @Test
  void no_package_has_more_than_twenty_files() {
    // When
    Map<String, Long> files =
        units.stream()
            .filter(unit -> !unit.getTypeDecls().isEmpty())
            .filter(unit -> !unit.getPackageName().toString().equals(API_VERSION))
            .collect(
                Collectors.groupingBy(
                    unit -> unit.getPackageName().toString(), TreeMap::new, Collectors.counting()));

    // Then
    files.values().removeIf(count -> count <= MAX_FILES_PER_PACKAGE);
    assertThat(files).as("packages with too many files").isEmpty();
  }
}
