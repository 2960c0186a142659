package io.skald.engine.codec;

import io.skald.engine.spi.PayloadCodec;
import io.skald.saga.Upcast;
import io.skald.saga.error.SagaDataException;
import java.lang.reflect.Type;
import java.util.Objects;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON by Jackson 3, with a mapper of its own, so that what the application does to its mapper
 * never changes what is stored. No type names are written, and none are read. Immutable.
 */
public final class JacksonCodec implements PayloadCodec {
  /** How deep a payload may nest: 100. */
  public static final int DEPTH_MAX = 100;

  private final ObjectMapper mapper;

  /** A codec for records, beans, collections, {@code java.time} and {@code Optional}. */
  public JacksonCodec() {
    // what could be written can be read: the size of a payload is bounded before it is stored
    var constraints =
        StreamReadConstraints.builder()
            .maxNestingDepth(DEPTH_MAX)
            .maxNumberLength(Integer.MAX_VALUE)
            .maxNameLength(Integer.MAX_VALUE)
            .maxStringLength(Integer.MAX_VALUE)
            .build();
    var writeConstraints = StreamWriteConstraints.builder().maxNestingDepth(DEPTH_MAX).build();
    var factory =
        JsonFactory.builder()
            .streamReadConstraints(constraints)
            .streamWriteConstraints(writeConstraints)
            .build();
    this.mapper =
        JsonMapper.builder(factory)
            .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();
  }

  @Override
  public String encode(Object value, Type type) {
    try {
      return mapper.writerFor(mapper.constructType(type)).writeValueAsString(value);
    } catch (JacksonException e) {
      throw unwritable(type, e);
    }
  }

  @Override
  public Object decode(String text, Type type) {
    try {
      Object value = mapper.readValue(text, mapper.constructType(type));
      if (value == null) {
        throw new SagaDataException("payload: null (expected: a " + type.getTypeName() + ")", null);
      }
      return value;
    } catch (JacksonException e) {
      throw new SagaDataException(
          "payload cannot be read as %s: %s".formatted(type.getTypeName(), kind(e)), null);
    }
  }

  @Override
  public String upcast(String text, Upcast upcast) {
    try {
      return Objects.requireNonNull(upcast.upcast(text), "upcast: null");
    } catch (Exception e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      // the kind alone: what it says may quote the payload
      throw new SagaDataException(
          "payload cannot be brought up to the present shape: " + e.getClass().getSimpleName(),
          null);
    }
  }

  @Override
  public String canonical(Object value, Type type) {
    return encode(value, type);
  }

  private static SagaDataException unwritable(Type type, JacksonException e) {
    return new SagaDataException(
        "%s cannot be written as JSON: %s".formatted(type.getTypeName(), kind(e)), null);
  }

  /** Jackson's messages quote the payload; its kinds of failure do not. */
  private static String kind(JacksonException e) {
    return e.getClass().getSimpleName();
  }
}
