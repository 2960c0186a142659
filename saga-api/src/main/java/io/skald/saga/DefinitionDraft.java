package io.skald.saga;

import io.skald.saga.definition.LockPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.internal.Check;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What has been said of a definition so far; the stages of the DSL hand it on. Immutable.
 *
 * @param name the definition's name
 * @param version its version, from 1
 * @param input the type of its input
 * @param key makes the business key
 * @param attributes make what the saga can also be found by
 * @param limit how long a saga may take
 * @param retired steps that only sagas of an older version have done
 * @param steps the steps placed so far
 */
record DefinitionDraft<I>(
    String name,
    int version,
    Class<I> input,
    @Nullable Function<? super I, String> key,
    Map<String, Function<? super I, String>> attributes,
    TimeLimit limit,
    List<PlacedStep> retired,
    List<PlacedStep> steps) {

  static <I> DefinitionDraft<I> of(String name, Class<I> input) {
    Objects.requireNonNull(input, "input");
    Check.recorded("saga " + Check.name("saga", name) + ": input", input);
    return new DefinitionDraft<>(
        name, 1, input, null, Map.of(), TimeLimit.NONE, List.of(), List.of());
  }

  DefinitionDraft<I> withVersion(int number) {
    Check.positive("version", number);
    return new DefinitionDraft<>(name, number, input, key, attributes, limit, retired, steps);
  }

  DefinitionDraft<I> withKey(Function<? super I, String> function) {
    Objects.requireNonNull(function, "key");
    return new DefinitionDraft<>(name, version, input, function, attributes, limit, retired, steps);
  }

  DefinitionDraft<I> withAttribute(String attribute, Function<? super I, String> function) {
    Objects.requireNonNull(function, "attribute");
    var more = new LinkedHashMap<>(attributes);
    if (more.put(Check.name("attribute", attribute), function) != null) {
      throw Check.refused("attribute", attribute, "each name once");
    }
    return new DefinitionDraft<>(name, version, input, key, more, limit, retired, steps);
  }

  DefinitionDraft<I> withLimit(TimeLimit other) {
    return new DefinitionDraft<>(name, version, input, key, attributes, other, retired, steps);
  }

  DefinitionDraft<I> withRetired(Step<? super I, ?> step) {
    var more = new ArrayList<>(retired);
    StepPlan plan = Objects.requireNonNull(step, "step").plan();
    more.add(PlacedStep.of(plan, Position.COMPENSATABLE));
    return new DefinitionDraft<>(
        name, version, input, key, attributes, limit, List.copyOf(more), steps);
  }

  /** Every step, retired ones and those that others hold included. */
  Stream<PlacedStep> all() {
    return Stream.concat(steps.stream(), retired.stream()).flatMap(Outline::of);
  }

  DefinitionDraft<I> withLock(LockPlan.Lock lock) {
    return withLocks(locks().with(lock));
  }

  DefinitionDraft<I> withLockWait(LockWait wait) {
    return withLocks(new LockPlan(locks().locks(), wait));
  }

  private LockPlan locks() {
    return steps.isEmpty()
        ? new LockPlan(List.of(), LockWait.untilDeadline())
        : (LockPlan) steps.getFirst().plan();
  }

  /** Locks come before every step, so where they are declared there is none yet. */
  private DefinitionDraft<I> withLocks(LockPlan plan) {
    return new DefinitionDraft<>(
        name,
        version,
        input,
        key,
        attributes,
        limit,
        retired,
        List.of(PlacedStep.of(plan, Position.COMPENSATABLE)));
  }

  DefinitionDraft<I> withStep(Step<? super I, ?> step, Position position) {
    var more = new ArrayList<>(steps);
    more.add(PlacedStep.of(Objects.requireNonNull(step, "step").plan(), position));
    return new DefinitionDraft<>(
        name, version, input, key, attributes, limit, retired, List.copyOf(more));
  }
}
