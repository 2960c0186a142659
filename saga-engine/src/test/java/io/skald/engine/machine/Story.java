package io.skald.engine.machine;

import io.skald.saga.SagaDefinition;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A saga as a test tells it: what was recorded and what its owner does, event by event, and in
 * words what the machine decides then. Immutable.
 *
 * @param definition the saga's definition
 * @param state what is recorded, and what its owner does
 * @param now the time by the database's clock
 */
record Story(SagaDefinition<?, ?> definition, SagaState state, Instant now) {
  static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  /** A saga without a deadline, at noon. */
  static Story of(SagaDefinition<?, ?> definition) {
    return new Story(definition, SagaState.started(null), NOON);
  }

  /** The same saga with a deadline. */
  Story withDeadline(Duration afterNoon) {
    return new Story(definition, SagaState.started(NOON.plus(afterNoon)), now);
  }

  /** The same saga, that long after noon. */
  Story at(Duration afterNoon) {
    return new Story(definition, state, NOON.plus(afterNoon));
  }

  /** These steps succeeded at their first attempt, in this order. */
  Story succeeded(String... paths) {
    return Stream.of(paths).reduce(this, (s, p) -> s.recorded(p, LogStatus.SUCCEEDED), (a, b) -> b);
  }

  /** The first attempt of the step ended, and nothing happened. */
  Story failed(String path) {
    return recorded(path, LogStatus.FAILED);
  }

  /** The step has no attempts left, and may have taken effect. */
  Story unknown(String path) {
    return recorded(path, LogStatus.UNKNOWN);
  }

  /** Another attempt follows the first one. */
  Story retrying(String path, Duration afterNoon) {
    return recorded(path, LogStatus.RETRYING, NOON.plus(afterNoon), null);
  }

  /** A wait has begun. */
  Story waiting(String path, Duration afterNoon) {
    return recorded(path, LogStatus.WAITING, NOON.plus(afterNoon), null);
  }

  /** A wait has begun, at the first attempt since an operator gave the whole budget once more. */
  Story waitingAgain(String path, Duration afterNoon) {
    Instant end = NOON.plus(afterNoon);
    var entry =
        new Entry(path, Direction.ACTION, state.nextSeq(), LogStatus.WAITING, 2, 1, end, null);
    return tell(new Event.Recorded(entry));
  }

  /** A choice took that branch, or a {@code forEach} has that many elements. */
  Story decided(String path, String decision) {
    return recorded(path, LogStatus.SUCCEEDED, null, decision);
  }

  /** An operator put a result in the place of the step's own. */
  Story skipped(String path) {
    return recorded(path, LogStatus.SKIPPED);
  }

  /** The step's compensation is done. */
  Story compensated(String path) {
    return tell(
        new Event.Recorded(entry(path, Direction.COMPENSATION, LogStatus.SUCCEEDED, null, null)));
  }

  /** The step's compensation has no attempts left. */
  Story compensationFailed(String path) {
    return tell(
        new Event.Recorded(entry(path, Direction.COMPENSATION, LogStatus.FAILED, null, null)));
  }

  /** The first attempt of what is made at most once is about to be made. */
  Story intended(String path) {
    return recorded(path, LogStatus.STARTED);
  }

  /** Attempts of these steps are under way. */
  Story begun(String... paths) {
    Direction direction = state.isTurnedAround() ? Direction.COMPENSATION : Direction.ACTION;
    return Stream.of(paths)
        .reduce(this, (s, path) -> s.tell(new Event.Begun(path, direction)), (a, b) -> b);
  }

  /** The attempt of this step is no longer under way. */
  Story ended(String path) {
    Direction direction = state.isTurnedAround() ? Direction.COMPENSATION : Direction.ACTION;
    return tell(new Event.Ended(path, direction));
  }

  /** The owner looked, and these signals had come. */
  Story sees(String... names) {
    var pending =
        Stream.of(names)
            .map(name -> new PendingSignals.Pending(new UUID(0, name.hashCode()), name))
            .toList();
    return tell(new Event.SignalsRead(new PendingSignals(pending.size(), pending, now)));
  }

  /** The owner has seen how long other sagas took from the pivot on. */
  Story restTakes(@Nullable Duration rest) {
    return tell(new Event.RestSeen(rest));
  }

  /** An operator asked for the end of the forward path. */
  Story cancelled() {
    return tell(new Event.CancelRequested());
  }

  /** The saga compensates. */
  Story turnedAround() {
    return tell(new Event.TurnedAround());
  }

  /** The saga needs a human. */
  Story stuck() {
    return tell(new Event.Halted(SagaStatus.STUCK));
  }

  private Story recorded(String path, LogStatus status) {
    return recorded(path, status, null, null);
  }

  private Story recorded(
      String path, LogStatus status, @Nullable Instant retryAt, @Nullable String decided) {
    return tell(new Event.Recorded(entry(path, Direction.ACTION, status, retryAt, decided)));
  }

  private Entry entry(
      String path,
      Direction direction,
      LogStatus status,
      @Nullable Instant retryAt,
      @Nullable String decided) {
    return new Entry(path, direction, state.nextSeq(), status, 1, 0, retryAt, decided);
  }

  private Story tell(Event event) {
    return new Story(definition, state.evolve(event), now);
  }

  /** What comes next, in words. */
  String next() {
    return words(SagaMachine.decide(definition, state, now));
  }

  /** Everything that can be begun now, one after another, and what comes when all of it is. */
  List<String> allNext() {
    Decision decision = SagaMachine.decide(definition, state, now);
    return SagaMachine.begun(decision)
        .map(begun -> tell(begun).allNext().stream())
        .map(rest -> Stream.concat(Stream.of(words(decision)), rest).toList())
        .orElseGet(() -> List.of(words(decision)));
  }

  /** What an owner that was lost may have been doing, in words. */
  List<String> underWay() {
    return SagaMachine.underWay(definition, state, now).stream().map(this::words).toList();
  }

  private String words(Decision decision) {
    return switch (decision) {
      case Decision.Act act -> "act " + act.step().path() + numbered(act.attempt());
      case Decision.Compensate back ->
          "compensate " + back.step().path() + numbered(back.attempt());
      case Decision.Confirm confirm ->
          "confirm " + confirm.step().path() + numbered(confirm.attempt());
      case Decision.StartChild start -> "start the saga of " + start.step().path();
      case Decision.Evaluate evaluate -> "evaluate " + evaluate.step().path();
      case Decision.BeginWait begin -> "begin to wait at " + begin.step().path();
      case Decision.TakeLocks take -> "take its locks";
      case Decision.LookForSignals look -> "look for signals";
      case Decision.Receive receive -> "receive at " + receive.step().path();
      case Decision.TimeUp up -> "time is up at " + up.step().path();
      case Decision.Join join ->
          "join" + join.until().map(until -> " until " + sinceNoon(until)).orElse("");
      case Decision.Wait wait -> "wait until " + sinceNoon(wait.until());
      case Decision.TurnAround turn ->
          "turn around at %s%s%s"
              .formatted(
                  turn.step(),
                  turn.reason().isEmpty() ? "" : ", " + turn.reason(),
                  turn.unanswered().stream()
                      .map(entry -> ", " + entry.path() + " is " + entry.status())
                      .collect(Collectors.joining()));
      case Decision.Complete complete -> "complete";
      case Decision.EndCompensated end -> "end compensated";
      case Decision.Stick stick -> "stick at " + stick.step();
      case Decision.Rest rest -> "rest";
    };
  }

  private static String numbered(int attempt) {
    return attempt == 1 ? "" : ", attempt " + attempt;
  }

  private static Duration sinceNoon(Instant at) {
    return Duration.between(NOON, at);
  }
}
