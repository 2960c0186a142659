package io.skald.engine.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.TypeRef;
import io.skald.saga.error.SagaDataException;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What can be written can be read, as what it was; and what is read is data, never a type. */
class JacksonCodecTest {
  private static final Type TEXTS = new TypeRef<Map<String, String>>() {}.type();
  private static final Type ANYTHING = new TypeRef<List<Object>>() {}.type();

  private final JacksonCodec codec = new JacksonCodec();

  private record Order(String id, int cents, Optional<String> note) {}

  private record Amount(Number value) {}

  static Stream<Arguments> values() {
    return Stream.of(
        Arguments.of("", String.class),
        Arguments.of(
            "NUL \0, bell \7, right to left \u202E, \u2028, emoji \uD83D\uDE00", String.class),
        Arguments.of("%s {} ${jndi:ldap://x} '; drop table saga; -- \\ \" /*", String.class),
        Arguments.of("x".repeat(30_000_000), String.class),
        Arguments.of(Map.of("k".repeat(60_000), "a name of more than 50,000 characters"), TEXTS),
        Arguments.of(Map.of("\0'\"\\ \u202E", "a name that is no identifier"), TEXTS),
        Arguments.of(new BigInteger("7".repeat(5_000)), BigInteger.class),
        Arguments.of(new BigDecimal("1." + "7".repeat(5_000)), BigDecimal.class),
        Arguments.of(new BigDecimal("1E+1000000"), BigDecimal.class),
        Arguments.of(new BigDecimal("1.10"), BigDecimal.class),
        Arguments.of(Double.NaN, Double.class),
        Arguments.of(Double.NEGATIVE_INFINITY, Double.class),
        Arguments.of(Double.MIN_VALUE, Double.class),
        Arguments.of(-0.0, Double.class),
        Arguments.of(Long.MIN_VALUE, Long.class),
        Arguments.of(Instant.MAX, Instant.class),
        Arguments.of(nested(JacksonCodec.DEPTH_MAX), ANYTHING),
        Arguments.of(new Order("o1", -1, Optional.empty()), Order.class));
  }

  @ParameterizedTest
  @MethodSource("values")
  void readsWhatItWroteAsWhatItWas(Object value, Type type) {
    String text = codec.encode(value, type);

    // not isEqualTo: its message would be as long as the value
    assertThat(codec.decode(text, type).equals(value)).isTrue();
    assertThat(codec.encode(codec.decode(text, type), type).equals(text)).isTrue();
  }

  private static List<Object> nested(int depth) {
    List<Object> list = List.of();
    for (int i = 1; i < depth; i++) {
      list = List.of(list);
    }
    return list;
  }

  @Test
  void refusesToWriteWhatIsNestedTooDeep() {
    assertThatThrownBy(() -> codec.encode(nested(JacksonCodec.DEPTH_MAX + 1), ANYTHING))
        .isInstanceOf(SagaDataException.class)
        .hasMessageContaining("cannot be written as JSON: StreamConstraintsException");
    List<Object> loop = new ArrayList<>();
    loop.add(loop);
    assertThatThrownBy(() -> codec.encode(loop, ANYTHING)).isInstanceOf(SagaDataException.class);
  }

  /** Stored by somebody else. */
  @ParameterizedTest
  @ValueSource(ints = {JacksonCodec.DEPTH_MAX + 1, 10_000, 1_000_000})
  void refusesToReadWhatIsNestedTooDeep(int depth) {
    String text = "[".repeat(depth) + "]".repeat(depth);

    assertThatThrownBy(() -> codec.decode(text, ANYTHING))
        .isInstanceOf(SagaDataException.class)
        .hasMessageContaining("cannot be read as")
        .hasMessageEndingWith("StreamConstraintsException");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "secret",
        "\"secret",
        "{\"id\":{\"secret\":1}}",
        "[\"secret\"]",
        "{\"id\":\"a\",\"cents\":1e999}",
        "{\"id\":\"a\",\"cents\":\"secret\"}"
      })
  void quotesNothingOfWhatItCannotRead(String text) {
    assertThatThrownBy(() -> codec.decode(text, Order.class))
        .isInstanceOf(SagaDataException.class)
        .hasMessageContaining(Order.class.getTypeName())
        .hasMessageNotContaining("secret")
        .hasNoCause();
  }

  private static final class Unwritable {
    @SuppressWarnings("unused") // read by reflection
    public String getText() {
      throw new IllegalStateException("secret");
    }
  }

  @Test
  void quotesNothingOfWhatItCannotWrite() {
    assertThatThrownBy(() -> codec.encode(new Unwritable(), Unwritable.class))
        .isInstanceOf(SagaDataException.class)
        .hasMessageContaining("cannot be written as JSON")
        .hasMessageNotContaining("secret")
        .hasNoCause();
  }

  // ---- of another version

  @Test
  void readsWhatAnEarlierOrALaterVersionWrote() {
    assertThat(codec.decode("{\"id\":\"o1\",\"cents\":5,\"currency\":\"EUR\"}", Order.class))
        .as("a property that is gone")
        .isEqualTo(new Order("o1", 5, Optional.empty()));
    assertThat(codec.decode("{\"id\":\"o1\"}", Order.class))
        .as("properties that are new")
        .isEqualTo(new Order("o1", 0, Optional.empty()));
    assertThatThrownBy(() -> codec.decode("{\"id\":\"o1\",\"cents\":null}", Order.class))
        .as("no number where one must be")
        .isInstanceOf(SagaDataException.class);
  }

  // ---- types

  @Test
  void writesNoNameOfAClass() {
    assertThat(codec.encode(new Amount(BigDecimal.ONE), Amount.class)).isEqualTo("{\"value\":1}");
    assertThat(codec.encode(List.of(new Order("o1", 5, Optional.of("n"))), ANYTHING))
        .isEqualTo("[{\"id\":\"o1\",\"cents\":5,\"note\":\"n\"}]");
  }

  @Test
  void takesWhatNamesAClassForData() {
    String gadget = "{\"@class\":\"java.lang.ProcessBuilder\",\"id\":\"o1\",\"cents\":5}";
    assertThat(codec.decode(gadget, Order.class)).isEqualTo(new Order("o1", 5, Optional.empty()));
    assertThat(codec.decode("[" + gadget + "]", ANYTHING))
        .isEqualTo(List.of(Map.of("@class", "java.lang.ProcessBuilder", "id", "o1", "cents", 5)));
    assertThat(codec.decode("[[\"java.util.ArrayList\",[]]]", ANYTHING))
        .isEqualTo(List.of(List.of("java.util.ArrayList", List.of())));
    assertThatThrownBy(() -> codec.decode("[\"java.util.ArrayList\",{}]", Order.class))
        .isInstanceOf(SagaDataException.class);
  }
}
