package io.skald.saga;

import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.step.Derivation;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a saga is made of: its steps in order, the pivot among them, and what holds for the whole.
 * Made with {@link Saga#define}, checked when it is built, immutable.
 *
 * @param <I> the saga's input
 * @param <O> the saga's result
 */
public final class SagaDefinition<I, O> {
  /** How many steps a definition may have: 200. */
  public static final int STEPS_MAX = 200;

  private final DefinitionDraft<I> draft;
  private final Type outputType;
  private final Derivation<? super I, ? extends O> output;
  private final String fingerprint;

  private SagaDefinition(
      DefinitionDraft<I> draft, Type outputType, Derivation<? super I, ? extends O> output) {
    this.draft = draft;
    this.outputType = Objects.requireNonNull(outputType, "type");
    this.output = Objects.requireNonNull(output, "output");
    this.fingerprint = Fingerprint.of(draft.steps());
  }

  static <I, O> SagaDefinition<I, O> of(
      DefinitionDraft<I> draft, Type outputType, Derivation<? super I, ? extends O> output) {
    DefinitionCheck.check(draft);
    return new SagaDefinition<>(draft, outputType, output);
  }

  /** The definition's name, unique in the service. */
  public String name() {
    return draft.name();
  }

  /** The definition's version, from 1. */
  public int version() {
    return draft.version();
  }

  /**
   * A digest of the structure: the names, kinds and order of the steps, not their time limits or
   * retries. 32 hexadecimal digits.
   */
  public String fingerprint() {
    return fingerprint;
  }

  /** The type of the input. */
  public Class<I> inputType() {
    return draft.input();
  }

  /** The type of the result. */
  public Type outputType() {
    return outputType;
  }

  /** Makes the result from the input and the steps' results. */
  public Derivation<? super I, ? extends O> output() {
    return output;
  }

  /** How long a saga may take until its pivot begins; empty for without limit. */
  public Optional<Duration> deadline() {
    return Optional.ofNullable(draft.deadline());
  }

  /** The steps in order. */
  public List<PlacedStep> steps() {
    return draft.steps();
  }

  /** The pivot, if there is one. */
  public Optional<PlacedStep> pivot() {
    return steps().stream().filter(step -> step.position() == Position.PIVOT).findFirst();
  }

  /** The step of that name, if there is one. */
  public Optional<PlacedStep> step(String name) {
    return steps().stream().filter(step -> step.name().equals(name)).findFirst();
  }

  /**
   * The business key of {@code input}, unchecked; empty if the definition has none.
   *
   * @throws SagaDataException if the definition's function answers null; what it throws is passed
   *     on
   */
  public Optional<String> keyOf(I input) {
    Function<? super I, String> key = draft.key();
    return key == null
        ? Optional.empty()
        : Optional.of(made("business key", "key(..)", key.apply(input)));
  }

  /**
   * The attributes of {@code input}, unchecked, in the order they were declared.
   *
   * @throws SagaDataException if one of the definition's functions answers null; what they throw is
   *     passed on
   */
  public Map<String, String> attributesOf(I input) {
    var attributes = new LinkedHashMap<String, String>();
    draft
        .attributes()
        .forEach(
            (name, function) ->
                attributes.put(
                    name, made("attribute " + name, "attribute(..)", function.apply(input))));
    return attributes;
  }

  /** What a function of the definition made; it is the user's, so it may be null after all. */
  private String made(String what, String option, @Nullable String value) {
    if (value == null) {
      throw new SagaDataException(
          "%s: null (expected: a text; the function given to %s of saga %s made none)"
              .formatted(what, option, name()),
          null);
    }
    return value;
  }

  @Override
  public String toString() {
    return name() + " version " + version();
  }
}
