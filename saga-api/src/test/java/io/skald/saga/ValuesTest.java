package io.skald.saga;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.definition.Attempts;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.error.SagaDataException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The small values of the API. */
class ValuesTest {

  private static final TypeRef<List<String>> LISTS = new TypeRef<>() {};

  /** A subclass that passes a type variable on where a type belongs. */
  private static class Indirect<T> extends TypeRef<T> {}

  @Test
  void typeRefKeepsTheTypeArgument() {
    assertThat(LISTS.type().getTypeName()).isEqualTo("java.util.List<java.lang.String>");
    assertThat(new TypeRef<Map<String, List<Integer>>>() {}.type().getTypeName())
        .isEqualTo("java.util.Map<java.lang.String, java.util.List<java.lang.Integer>>");
    assertThat(new TypeRef<String>() {}.type()).isEqualTo(String.class);
  }

  @Test
  void typeRefOfAListLooksLikeTheOneTheCompilerMakes() {
    var type = (ParameterizedType) TypeRef.listOf(String.class).type();
    var compiled = (ParameterizedType) LISTS.type();

    assertThat(type.getTypeName()).isEqualTo(compiled.getTypeName());
    assertThat(type.toString()).isEqualTo(compiled.toString());
    assertThat(type.getRawType()).isEqualTo(compiled.getRawType());
    assertThat(type.getOwnerType()).isEqualTo(compiled.getOwnerType());
    assertThat(type.getActualTypeArguments()).isEqualTo(compiled.getActualTypeArguments());
    assertThat(type).isEqualTo(TypeRef.listOf(String.class).type());
    assertThat(type).isEqualTo(compiled).hasSameHashCodeAs(compiled);
    assertThat(compiled).isEqualTo(type);
    assertThat(type).isNotEqualTo(TypeRef.listOf(Integer.class).type()).isNotEqualTo(List.class);
    assertThat(type).isNotEqualTo(new TypeRef<Set<String>>() {}.type());
  }

  @Test
  void typeRefRefusesATypeNobodyKnowsAtRunTime() {
    String message = "TypeRef: E (expected: a type; a type variable is none at run time)";

    assertThatThrownBy(() -> ofVariable()).hasMessage(message);
    assertThatThrownBy(() -> ofMapToArrays())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  private static <E> TypeRef<E> ofVariable() {
    return new TypeRef<>() {};
  }

  private static <E> TypeRef<Map<String, List<E[]>>> ofMapToArrays() {
    return new TypeRef<>() {};
  }

  @Test
  @SuppressWarnings("rawtypes") // a raw subclass is what is refused
  void typeRefRefusesASubclassWithoutATypeArgument() {
    String message = "TypeRef: no type argument (expected: new TypeRef<List<Line>>() {})";

    assertThatThrownBy(() -> new TypeRef() {})
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    assertThatThrownBy(() -> new Indirect<String>() {})
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void sagaIdsSortByTheTimeTheyWereMade() {
    var ids =
        List.of(
            SagaId.parse("00000000-0000-7000-8000-000000000000"),
            SagaId.parse("018f0000-0000-7000-8000-000000000000"),
            SagaId.parse("018f0000-0000-7000-8000-000000000001"),
            SagaId.parse("018f0000-0000-7000-bfff-ffffffffffff"),
            SagaId.parse("7fffffff-ffff-7fff-8000-000000000000"),
            SagaId.parse("80000000-0000-7000-8000-000000000000"),
            SagaId.parse("ffffffff-ffff-7fff-bfff-ffffffffffff"),
            SagaId.parse("ffffffff-ffff-7fff-ffff-ffffffffffff"));
    var shuffled = new ArrayList<>(ids);
    Collections.reverse(shuffled);
    Collections.sort(shuffled);

    assertThat(shuffled).isEqualTo(ids);
    assertThat(ids.getFirst().compareTo(SagaId.parse(ids.getFirst().toString()))).isZero();
  }

  @Test
  void sagaIdReadsWhatItWrites() {
    UUID value = UUID.fromString("018f3b1e-9c1a-7d54-8f5b-2a6d4c3b1e0f");

    assertThat(new SagaId(value)).hasToString("018f3b1e-9c1a-7d54-8f5b-2a6d4c3b1e0f");
    assertThat(SagaId.parse("018f3b1e-9c1a-7d54-8f5b-2a6d4c3b1e0f")).isEqualTo(new SagaId(value));
    assertThatThrownBy(() -> SagaId.parse("order-42"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("saga id: \"order-42\" (expected: a UUID of 36 characters)");
    assertThatThrownBy(() -> SagaId.parse("1-1-1-1-1"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void outcomesAreValues() {
    assertThat(Outcome.succeeded("x")).isEqualTo(new Outcome.Succeeded<>("x"));
    assertThat(Outcome.failed("no")).isEqualTo(new Outcome.Failed<>("no"));
    assertThat(Outcome.<String>unknown()).isEqualTo(new Outcome.Unknown<String>());
  }

  @Test
  void permanentIsWhatWasNamedItsSubtypesAndAPermanentFailure() {
    Attempts attempts = Attempts.defaults().withPermanent(Set.of(IOException.class));

    assertThat(attempts.isPermanent(new IOException())).isTrue();
    assertThat(attempts.isPermanent(new FileNotFoundException())).isTrue();
    assertThat(attempts.isPermanent(new PermanentFailure("no"))).isTrue();
    assertThat(attempts.isPermanent(new IllegalStateException(new IOException()))).isFalse();
    assertThat(Attempts.defaults().isPermanent(new Error())).isFalse();
  }

  @Test
  void definitionMakesKeyAndAttributesFromTheInput() {
    var saga =
        Saga.define("s", String.class)
            .key(in -> "wrong")
            .key(in -> "key-" + in)
            .attribute("b", in -> in + "-b")
            .attribute("a", in -> in + "-a")
            .step(Fixtures.compensated("x"))
            .build();

    assertThat(saga.keyOf("42")).contains("key-42");
    assertThat(saga.attributesOf("42"))
        .containsExactly(Map.entry("b", "42-b"), Map.entry("a", "42-a"));
    assertThat(Fixtures.saga().step(Fixtures.compensated("x")).build().keyOf("42")).isEmpty();
  }

  @Test
  @SuppressWarnings("NullAway") // what a careless function answers
  void definitionRefusesANullKeyOrAttribute() {
    var saga =
        Saga.define("s", String.class)
            .key(in -> null)
            .attribute("customer", in -> null)
            .step(Fixtures.compensated("x"))
            .build();

    assertThatThrownBy(() -> saga.keyOf("42"))
        .isInstanceOf(SagaDataException.class)
        .hasMessage(
            "business key: null (expected: a text; the function given to key(..) of saga s made"
                + " none)");
    assertThatThrownBy(() -> saga.attributesOf("42"))
        .isInstanceOf(SagaDataException.class)
        .hasMessageStartingWith("attribute customer: null (expected: a text;");
  }
}
