package io.skald.engine.codec;

import io.skald.saga.Upcast;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * Upcasts of JSON objects, as a change of a map: texts are strings, whole numbers {@code Integer},
 * {@code Long} or {@code BigInteger}, others {@code BigDecimal}, and what they hold are maps and
 * lists again. Immutable.
 */
public final class JsonUpcast {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private JsonUpcast() {}

  /**
   * An upcast of one object.
   *
   * @param change changes its properties in place; must leave alone what has the present shape
   */
  public static Upcast ofObject(Consumer<? super Map<String, Object>> change) {
    Objects.requireNonNull(change, "change");
    return json -> {
      Map<String, Object> object = MAPPER.readValue(json, new TypeReference<>() {});
      change.accept(object);
      return MAPPER.writeValueAsString(object);
    };
  }

  /**
   * An upcast of a list of objects, as the elements of a {@code forEach} are stored.
   *
   * @param change changes the properties of each in place; must leave alone what has the present
   *     shape
   */
  public static Upcast ofElements(Consumer<? super Map<String, Object>> change) {
    Objects.requireNonNull(change, "change");
    return json -> {
      List<Map<String, Object>> objects = MAPPER.readValue(json, new TypeReference<>() {});
      objects.forEach(change);
      return MAPPER.writeValueAsString(objects);
    };
  }
}
