package dev.ballast.operator.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServiceSpec;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/reference/service-fields.md describes every field of a Service. */
class ServiceFieldsTest {

  @Test
  void every_field_of_a_service_is_documented() throws IOException {
    // Given
    List<String> fields =
        Stream.concat(
                properties(ServiceSpec.class).filter(name -> !name.equals("ports")),
                properties(ServicePort.class).map(name -> "ports[]." + name))
            .toList();

    // When
    List<String> documented =
        Files.readAllLines(Path.of("../docs/reference/service-fields.md")).stream()
            .filter(line -> line.startsWith("| `"))
            .map(line -> line.split("\\|", -1)[1])
            .flatMap(cell -> Arrays.stream(cell.split(",", -1)))
            .map(name -> name.strip().replace("`", ""))
            .toList();

    // Then
    assertThat(documented).containsExactlyInAnyOrderElementsOf(fields);
  }

  private static Stream<String> properties(Class<?> type) {
    return Arrays.stream(type.getDeclaredFields())
        .filter(field -> field.isAnnotationPresent(JsonProperty.class))
        .map(ServiceFieldsTest::name);
  }

  private static String name(Field field) {
    return field.getAnnotation(JsonProperty.class).value();
  }
}
