package io.skald.engine.runtime;

import io.skald.engine.spi.Lane;
import io.skald.engine.spi.NewSaga;
import io.skald.engine.spi.NodeId;
import io.skald.engine.spi.Parent;
import io.skald.engine.spi.PayloadCodec;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaId;
import io.skald.saga.error.SagaDataException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Makes sagas that are to be inserted: checks and encodes. */
final class NewSagas {
  private final RunContext context;

  NewSagas(RunContext context) {
    this.context = context;
  }

  /** A saga of that input, unowned; without a key of its own it goes by its id. */
  <I> NewSaga of(SagaDefinition<I, ?> definition, @Nullable I input) {
    return of(definition, input, (id, key) -> key.orElseGet(id::toString), null);
  }

  /**
   * A saga that another one starts; without a key of its own it goes by its place there. The one of
   * an attempt made again is another saga, and the first one holds its key: so the attempt's number
   * is part of the key from the second on.
   */
  @SuppressWarnings("unchecked") // the stages of the DSL have checked that the types fit
  NewSaga child(SagaDefinition<?, ?> definition, Object input, Parent parent, int attempt) {
    String again = attempt == 1 ? "" : ":" + attempt;
    return of(
        (SagaDefinition<Object, ?>) definition,
        input,
        (id, key) -> key.orElseGet(() -> keyWithin(parent, again)) + again,
        parent);
  }

  /** A path within lists within lists may be longer than a key. */
  private static String keyWithin(Parent parent, String again) {
    String key = parent.saga() + ":" + parent.path();
    return key.length() + again.length() <= Limits.KEY_MAX
        ? key
        : parent.saga() + ":" + digest(parent.path());
  }

  private <I> NewSaga of(
      SagaDefinition<I, ?> definition,
      @Nullable I input,
      BiFunction<SagaId, Optional<String>, String> keyOf,
      @Nullable Parent parent) {
    if (input == null) {
      throw new SagaDataException(
          "input: null (expected: %s, the input of saga %s)"
              .formatted(definition.inputType().getSimpleName(), definition.name()),
          null);
    }
    Limits.checkLocks(definition.locksOf(input));
    var id = new SagaId(context.sources().newId());
    String key = Limits.checkedKey(keyOf.apply(id, definition.keyOf(input)));
    String encoded =
        context.limits().encode(context.codec(), "input", input, definition.inputType());
    return new NewSaga(
        id,
        RegisteredSaga.refOf(definition),
        key,
        Limits.checkedAttributes(definition.attributesOf(input)),
        encoded,
        digestOf(context.codec(), definition, input),
        definition.deadline().orElse(null),
        null,
        parent,
        Lane.ORDINARY);
  }

  /** The same saga, owned from its insert on. */
  static NewSaga ownedBy(NewSaga saga, @Nullable NodeId owner) {
    return new NewSaga(
        saga.id(),
        saga.definition(),
        saga.businessKey(),
        saga.attributes(),
        saga.input(),
        saga.inputDigest(),
        saga.deadline(),
        owner,
        saga.parent(),
        saga.lane());
  }

  /** What tells a repeated start from another one. */
  static String digestOf(PayloadCodec codec, SagaDefinition<?, ?> definition, Object input) {
    return digest(codec.canonical(input, definition.inputType()));
  }

  private static String digest(String text) {
    try {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
