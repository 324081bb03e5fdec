package dev.ballast.chart;

import static dev.ballast.chart.Chart.NAMESPACE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.lab.Lab;
import dev.ballast.lab.LabProgram;
import dev.ballast.lab.LabProgram.CompletedProcess;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands of {@code docs/how-to/rotate-the-heartbeat-key.md}, as a user types them. */
@ExtendWith(ChartRelease.OnApiServer.class)
class ChartKeyRotationTest {

  private static final Path PAGE =
      Lab.repository().resolve("docs/how-to/rotate-the-heartbeat-key.md");
  private static final Pattern COMMANDS = Pattern.compile("(?ms)^( *)```console\\n(.*?)^\\1```");
  private static final String OLD = Base64.getEncoder().encodeToString(new byte[32]);
  private static final Map<String, String> LABELS =
      Map.of("app.kubernetes.io/managed-by", "ballast-operator");

  private final ChartRelease release;

  ChartKeyRotationTest(ChartRelease release) {
    this.release = release;
  }

  @BeforeEach
  void install() {
    release.isInstalled();
  }

  @AfterEach
  void delete() {
    secret().delete();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", ""})
  void the_three_steps_replace_the_key_and_keep_one_that_every_node_accepts(String end)
      throws IOException {
    // Given
    create(OLD + end);
    List<String> steps = commands("## Rotate in three steps");
    assertThat(steps).hasSize(5);

    // When
    CompletedProcess output =
        bash(
            String.join("\n", steps.get(0), "echo $NEW", steps.get(1))
                + shown()
                + steps.get(2)
                + shown()
                + steps.get(3)
                + shown()
                + steps.get(4));

    // Then
    assertThat(output.succeeded()).as(output.out() + output.err()).isTrue();
    List<String> lines =
        output.out().lines().filter(it -> !it.isBlank() && !it.startsWith("secret/")).toList();
    String key = lines.getFirst();
    assertThat(Base64.getDecoder().decode(key)).hasSize(32).isNotEqualTo(new byte[32]);
    assertThat(lines).containsExactly(key, OLD, key, key, OLD, key);
    assertThat(secret().get().getMetadata().getLabels()).isEqualTo(LABELS);
  }

  @Test
  void a_key_that_an_attacker_knows_is_replaced_at_once() throws IOException {
    // Given
    create(OLD + "\n");
    String first = commands("## Rotate in three steps").getFirst();

    // When
    CompletedProcess output =
        bash(first + commands("## If the key is known to an attacker").getFirst());

    // Then
    assertThat(output.succeeded()).as(output.out() + output.err()).isTrue();
    byte[] keys = Base64.getDecoder().decode(secret().get().getData().get("keys"));
    assertThat(new String(keys, StandardCharsets.UTF_8))
        .matches("[A-Za-z0-9+/]{43}=\\n")
        .doesNotContain(OLD);
  }

  /** The commands below a heading of the page. */
  private static List<String> commands(String heading) throws IOException {
    String page = Files.readString(PAGE);
    String section = page.substring(page.indexOf(heading) + heading.length());
    return COMMANDS.matcher(section.split("\n## ", 2)[0]).results().map(it -> it.group(2)).toList();
  }

  private static String shown() {
    return """

        kubectl get secret ballast-heartbeat-keys -n ballast-system -o jsonpath='{.data.keys}' | base64 -d
        """;
  }

  private CompletedProcess bash(String script) {
    String path = release.kubectl().path().getParent() + ":" + System.getenv("PATH");
    return new LabProgram(
            Path.of("/bin/bash"),
            Map.of("KUBECONFIG", release.server().kubeconfig().toString(), "PATH", path))
        .run("-euo", "pipefail", "-c", script);
  }

  private void create(String text) {
    release
        .client()
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withNamespace(NAMESPACE)
                .withName("ballast-heartbeat-keys")
                .withLabels(LABELS)
                .endMetadata()
                .addToStringData("keys", text)
                .build())
        .create();
  }

  private Resource<Secret> secret() {
    return release.client().secrets().inNamespace(NAMESPACE).withName("ballast-heartbeat-keys");
  }
}
