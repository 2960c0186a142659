package io.skald.saga;

import io.skald.saga.definition.LockKey;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.error.SagaDataException;
import io.skald.saga.error.SagaDefinitionException;
import io.skald.saga.internal.Check;
import io.skald.saga.internal.StepPath;
import io.skald.saga.step.Derivation;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
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
  /** How many steps a definition may have, those that others hold included: 200. */
  public static final int STEPS_MAX = 200;

  private final DefinitionDraft<I> draft;
  private final Type outputType;
  private final Derivation<? super I, ? extends O> output;
  private final String fingerprint;
  private final Map<String, PlacedStep> outline;
  private final Traits traits;
  private final Upcasts upcasts;

  private SagaDefinition(
      DefinitionDraft<I> draft,
      Type outputType,
      Derivation<? super I, ? extends O> output,
      Upcasts upcasts) {
    this.draft = draft;
    this.outputType = outputType;
    this.output = Objects.requireNonNull(output, "output");
    this.fingerprint = Fingerprint.of(draft.steps(), draft.retired());
    var byName = new HashMap<String, PlacedStep>();
    draft.all().forEach(step -> byName.put(step.name(), step));
    this.outline = Map.copyOf(byName);
    this.traits = Traits.of(byName.values());
    this.upcasts = upcasts;
  }

  static <I, O> SagaDefinition<I, O> of(
      DefinitionDraft<I> draft, Type outputType, Derivation<? super I, ? extends O> output) {
    DefinitionCheck.check(draft);
    Check.recorded("saga " + draft.name() + ": result", outputType);
    return new SagaDefinition<>(draft, outputType, output, Upcasts.NONE);
  }

  /**
   * This definition for sagas whose input was stored in an older shape; replaces an earlier such
   * function. Default: the input is read as it is.
   */
  public SagaDefinition<I, O> upcastingInput(Upcast upcast) {
    return new SagaDefinition<>(draft, outputType, output, upcasts.ofInput(upcast));
  }

  /**
   * This definition for sagas in which a step's result was stored in an older shape; replaces an
   * earlier such function for that step. Default: a result is read as it is.
   *
   * @param step a step that has a result of its own; of a {@code forEach} the list of its elements
   *     is brought up
   * @throws SagaDefinitionException if the definition has no such step, or it is a sequence or a
   *     group, of which nothing is recorded
   */
  public SagaDefinition<I, O> upcastingResult(Step<?, ?> step, Upcast upcast) {
    if (step(step.name()).filter(one -> Outline.isRecorded(one.plan())).isEmpty()) {
      throw new SagaDefinitionException(
          "saga %s: there is no recorded result of step %s to be brought up (expected: a step of"
                  .formatted(this, step.name())
              + " this version, no sequence and no group)",
          name(),
          step.name());
    }
    return new SagaDefinition<>(draft, outputType, output, upcasts.ofResult(step.name(), upcast));
  }

  /** Brings the input up to its present shape, if that has to be. */
  public Optional<Upcast> inputUpcast() {
    return upcasts.ofInput();
  }

  /** Brings the result of the step of that name up to its present shape, if that has to be. */
  public Optional<Upcast> resultUpcast(String step) {
    return upcasts.ofResult(step);
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

  /** How long after the start of a saga its deadline passes; empty for without limit. */
  public Optional<Duration> deadline() {
    return Optional.ofNullable(draft.limit().deadline());
  }

  /** How much of the deadline is kept for compensation, at its end; zero for none. */
  public Duration keptForCompensation() {
    return draft.limit().kept();
  }

  /** Whether the pivot is begun only if there is time for what follows it. */
  public boolean isPivotOnlyInTime() {
    return draft.limit().pivotOnlyInTime();
  }

  /** The steps in order; what they hold is in their plans. */
  public List<PlacedStep> steps() {
    return draft.steps();
  }

  /** Every step, in no order: those in the definition, retired ones, and those that they hold. */
  public Collection<PlacedStep> allSteps() {
    return outline.values();
  }

  /** The pivot, if there is one. */
  public Optional<PlacedStep> pivot() {
    return steps().stream().filter(step -> step.position() == Position.PIVOT).findFirst();
  }

  /**
   * The step of that name, wherever it stands, if there is one. In its path a {@code *} stands for
   * the number of each element.
   */
  public Optional<PlacedStep> step(String name) {
    return Optional.ofNullable(outline.get(name));
  }

  /**
   * The step at a path of the log, if there is one: of an element of a {@code forEach} as well,
   * whether or not there is such an element.
   */
  public Optional<PlacedStep> stepAt(String path) {
    return step(StepPath.name(path))
        .map(step -> new PlacedStep(path, step.plan(), step.position()));
  }

  /** Whether no two actions of a saga are ever under way at the same time. */
  public boolean isSequential() {
    return traits.sequential();
  }

  /** Whether any step is a TCC step, to be confirmed. */
  public boolean hasConfirmations() {
    return traits.confirmations();
  }

  /** Whether any compensations of a saga may be under way at the same time. */
  public boolean isCompensatedTogether() {
    return traits.compensatedTogether();
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

  /**
   * The locks that a saga of {@code input} takes, unchecked, in the order they were declared, each
   * once.
   *
   * @throws SagaDataException if one of the definition's functions answers null; what they throw is
   *     passed on
   */
  public List<LockKey> locksOf(I input) {
    return locks().stream()
        .flatMap(plan -> plan.locks().stream())
        .map(lock -> key(lock, input))
        .distinct()
        .toList();
  }

  /**
   * The locks that a saga of this definition takes before its first step; empty if there are none.
   */
  public Optional<LockPlan> locks() {
    return steps().getFirst().plan() instanceof LockPlan plan
        ? Optional.of(plan)
        : Optional.empty();
  }

  @SuppressWarnings("unchecked") // the stages of the DSL have checked that the types fit
  private LockKey key(LockPlan.Lock lock, I input) {
    String key = ((Function<I, String>) lock.key()).apply(input);
    return new LockKey(lock.name(), made("key of lock " + lock.name(), "lock(..)", key));
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
