package dev.ballast.e2e;

import static dev.ballast.e2e.Terminal.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.StreamSupport;

/** What the API server knows, read with kubectl; and manifests given to it. */
final class Kubectl {

  private static final ObjectMapper JSON = new ObjectMapper();

  private Kubectl() {}

  /** {@code kubectl get WHAT -o json}; a missing node when there is no such object. */
  static JsonNode get(String what) {
    Terminal.Output output = run("kubectl get " + what + " --ignore-not-found -o json");
    if (!output.succeeded()) {
      throw new AssertionError("kubectl get " + what + ": " + output.err());
    }
    if (output.out().isBlank()) {
      return MissingNode.getInstance();
    }
    try {
      return JSON.readTree(output.out());
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<JsonNode> list(String what) {
    return elements(get(what).path("items"));
  }

  static List<JsonNode> elements(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).toList();
  }

  /** Names of the objects in a list, each with its namespace if it has one. */
  static List<String> names(String what) {
    return list(what).stream().map(Kubectl::name).toList();
  }

  static String name(JsonNode object) {
    String namespace = object.at("/metadata/namespace").asText("");
    return (namespace.isEmpty() ? "" : namespace + "/") + object.at("/metadata/name").asText();
  }

  /** Types a manifest into {@code kubectl apply -f -}. */
  static String apply(String yaml) {
    return Terminal.type("kubectl apply -f - <<'END'\n" + yaml.strip() + "\nEND");
  }

  static String applyInVain(String yaml) {
    return Terminal.typeInVain("kubectl apply -f - <<'END'\n" + yaml.strip() + "\nEND");
  }
}
