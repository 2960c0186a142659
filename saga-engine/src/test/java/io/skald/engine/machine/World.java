package io.skald.engine.machine;

import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.SignalName;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A saga somewhere on its way: what is recorded, what really happened, what time it is. Immutable.
 *
 * @param state what is recorded, and what its owner does
 * @param truth what really happened
 * @param now the time by the database's clock
 * @param underWay the attempts being made beside others
 * @param mail the signals
 * @param budget what may still happen
 */
record World(
    SagaState state, Truth truth, Instant now, List<Decision> underWay, Mail mail, Budget budget) {

  /**
   * What may still happen on this way.
   *
   * @param deviations how many deviations from the happy path
   * @param signals how many signals may still be sent
   * @param decisions how many decisions were taken
   */
  record Budget(int deviations, int signals, int decisions) {}

  /**
   * The signals of the saga.
   *
   * @param sent how many were sent
   * @param pending those that were not taken
   * @param completed the paths of the steps of which a completion was sent: one of each at most
   */
  record Mail(int sent, List<Letter> pending, Set<String> completed) {
    static final Mail NONE = new Mail(0, List.of(), Set.of());

    Letter letter(UUID id) {
      return pending.stream().filter(one -> one.id().equals(id)).findFirst().orElseThrow();
    }

    PendingSignals seen(Instant at) {
      var pendingNow =
          pending.stream().map(one -> new PendingSignals.Pending(one.id(), one.signal())).toList();
      return new PendingSignals(sent, pendingNow, at);
    }
  }

  /** What a signal says. */
  enum Said {
    NOTHING,
    RESULT,
    FAILURE
  }

  /**
   * A signal that was sent.
   *
   * @param id the signal
   * @param signal its name
   * @param said what it says
   * @param at when it was sent
   */
  record Letter(UUID id, String signal, Said said, Instant at) {}

  static World begun(SagaState state, Instant now, int deviations, int signals) {
    var budget = new Budget(deviations, signals, 0);
    return new World(state, Truth.OF_NOTHING, now, List.of(), Mail.NONE, budget);
  }

  int deviations() {
    return budget.deviations();
  }

  World spending(int cost) {
    return with(new Budget(deviations() - cost, budget.signals(), budget.decisions()));
  }

  World decided() {
    return with(new Budget(deviations(), budget.signals(), budget.decisions() + 1));
  }

  private World with(Budget other) {
    return new World(state, truth, now, underWay, mail, other);
  }

  World with(SagaState other) {
    return new World(other, truth, now, underWay, mail, budget);
  }

  World with(Truth other) {
    return new World(state, other, now, underWay, mail, budget);
  }

  World with(Mail other) {
    return new World(state, truth, now, underWay, other, budget);
  }

  World evolved(Event event) {
    return with(state.evolve(event));
  }

  World knowing(String path, Truth.Fate fate) {
    return with(truth.with(path, fate));
  }

  World at(Instant time) {
    return new World(state, truth, time, underWay, mail, budget);
  }

  World doing(List<Decision> attempts) {
    return new World(state, truth, now, attempts, mail, budget);
  }

  World beginning(Decision attempt, Event begun) {
    return doing(Stream.concat(underWay.stream(), Stream.of(attempt)).toList()).evolved(begun);
  }

  /** An attempt ended: its owner stops waiting for it, and looks for signals anew. */
  World joined(Decision attempt, Event ended) {
    return doing(underWay.stream().filter(one -> !one.equals(attempt)).toList())
        .evolved(ended)
        .unseeing();
  }

  World unseeing() {
    return state.signals().isPresent() ? evolved(new Event.SignalsRead(null)) : this;
  }

  /** Another owner: it knows what is recorded, and nothing else. */
  World owned() {
    return doing(List.of()).with(state.whileDoing(SagaState.started(null)));
  }

  /** A signal is sent that need not be: there is a number of those. */
  World sending(String signal) {
    return told(signal, Said.NOTHING)
        .with(new Budget(deviations(), budget.signals() - 1, budget.decisions()));
  }

  /** A signal comes. */
  World told(String signal, Said said) {
    var letter = new Letter(new UUID(0, mail.sent() + 1), signal, said, now);
    var more = Stream.concat(mail.pending().stream(), Stream.of(letter)).toList();
    Stream<String> completed =
        SignalName.isCompletion(signal) ? Stream.of(signal.substring(1)) : Stream.of();
    Set<String> all =
        Stream.concat(mail.completed().stream(), completed).collect(Collectors.toSet());
    return with(new Mail(mail.sent() + 1, more, all));
  }

  World taking(UUID signal) {
    var left = mail.pending().stream().filter(one -> !one.id().equals(signal)).toList();
    return with(new Mail(mail.sent(), left, mail.completed()))
        .evolved(
            new Event.SignalsRead(state.signals().orElseThrow().without(signal).orElseThrow()));
  }

  /** What a driver records of an attempt that ended. */
  World recorded(PlacedStep step, Direction direction, int attempt, AttemptEnd end) {
    Attempted attempted = Attempted.of(state, step, direction, attempt);
    Verdict verdict = Judge.judge(attempted, end, 0.0);
    return verdict.status() == LogStatus.WAITING
        ? ErrandEnds.handedOut(this, attempted, verdict)
        : recorded(step.path(), direction, attempt, verdict);
  }

  World recorded(String path, Direction direction, int attempt, Verdict verdict) {
    return recorded(path, direction, attempt, verdict, verdict.decision());
  }

  /** What a driver records of a step that decides. */
  World decided(String path, int attempt, String decision) {
    return recorded(path, Direction.ACTION, attempt, Verdict.last(LogStatus.SUCCEEDED), decision);
  }

  /** What a driver records, and what it decided with it. */
  World recorded(
      String path, Direction direction, int attempt, Verdict verdict, @Nullable String decision) {
    int base = state.entry(path, direction).map(Entry::attemptBase).orElse(0);
    Instant retryAt = verdict.retryAfter() == null ? null : now.plus(verdict.retryAfter());
    var entry =
        new Entry(
            path, direction, state.nextSeq(), verdict.status(), attempt, base, retryAt, decision);
    boolean hasEnded = direction == Direction.ACTION && verdict.status().isFinal();
    return (hasEnded ? with(truth.ended(path)) : this).evolved(new Event.Recorded(entry));
  }

  /** An operator gives the whole budget once more; that an action failed stays true until then. */
  World renewed(Entry entry) {
    boolean isDisproved =
        entry.direction() == Direction.ACTION && entry.status() == LogStatus.FAILED;
    return evolved(
            new Event.Recorded(
                new Entry(
                    entry.path(),
                    entry.direction(),
                    entry.seq(),
                    isDisproved ? LogStatus.FAILED : LogStatus.RETRYING,
                    entry.attempt(),
                    entry.attempt(),
                    isDisproved ? null : now,
                    null)))
        .evolved(new Event.Resumed());
  }
}
