package dev.ballast.apiclient;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.util.TokenBuffer;
import io.fabric8.kubernetes.api.model.KubernetesResource;
import io.fabric8.kubernetes.api.model.WatchEvent;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Deserializes watch events in one pass. The API server writes {@code kind} and {@code apiVersion}
 * first, so that the class is known before the other fields. Any other object, or one of an unknown
 * kind, is read as a tree first, as fabric8 does.
 */
final class WatchEventDeserializer extends StdDeserializer<WatchEvent> {

  private static final long serialVersionUID = 1L;

  private final transient Kinds kinds;

  /** Looks up the class of a kind. */
  interface Kinds {
    @Nullable Class<? extends KubernetesResource> of(String apiVersion, String kind);
  }

  WatchEventDeserializer(Kinds kinds) {
    super(WatchEvent.class);
    this.kinds = kinds;
  }

  @Override
  public WatchEvent deserialize(JsonParser json, DeserializationContext context)
      throws IOException {
    WatchEvent event = new WatchEvent();
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      JsonToken value = json.nextToken();
      if (field.equals("type")) {
        event.setType(json.getText());
      } else if (field.equals("object") && value == JsonToken.START_OBJECT) {
        event.setObject(object(json, context));
      } else {
        json.skipChildren();
      }
    }
    return event;
  }

  private KubernetesResource object(JsonParser json, DeserializationContext context)
      throws IOException {
    String apiVersion = null;
    String kind = null;
    String field = json.nextFieldName();
    while ("kind".equals(field) || "apiVersion".equals(field)) {
      String text = json.nextTextValue();
      if (field.equals("kind")) {
        kind = text;
      } else {
        apiVersion = text;
      }
      field = json.nextFieldName();
    }
    Class<? extends KubernetesResource> type =
        apiVersion == null || kind == null ? null : kinds.of(apiVersion, kind);
    return type == null ? asTree(apiVersion, kind, json, context) : context.readValue(json, type);
  }

  private static KubernetesResource asTree(
      @Nullable String apiVersion,
      @Nullable String kind,
      JsonParser json,
      DeserializationContext context)
      throws IOException {
    try (TokenBuffer whole = context.bufferForInputBuffering(json)) {
      whole.writeStartObject();
      if (apiVersion != null) {
        whole.writeStringField("apiVersion", apiVersion);
      }
      if (kind != null) {
        whole.writeStringField("kind", kind);
      }
      while (json.currentToken() == JsonToken.FIELD_NAME) {
        whole.copyCurrentStructure(json);
        json.nextToken();
      }
      whole.writeEndObject();
      return context.readValue(whole.asParserOnFirstToken(), KubernetesResource.class);
    }
  }
}
