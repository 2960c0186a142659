package io.skald.testkit.simulation;

import io.skald.saga.SagaDefinition;
import io.skald.saga.view.SagaStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Checks that what a saga's steps do is undone by its compensations: cancels the saga at each of
 * its points, with each of its calls unanswered, lost or late, and each compensation called twice,
 * and compares what it left behind with what was there before it began.
 *
 * <pre>{@code
 * CompensationCheck.of(placeOrder, order).watching("stock", warehouse::levels).run();
 * }</pre>
 *
 * <p>A run that completes nevertheless, because its pivot had passed, has to leave what the run
 * without faults left: so calls made twice have to count once. Immutable.
 */
public final class CompensationCheck {
  private static final int SHOWN_MAX = 10;

  private final SagaSimulator simulator;
  private final List<Watch> watches;

  private CompensationCheck(SagaSimulator simulator, List<Watch> watches) {
    this.simulator = simulator;
    this.watches = List.copyOf(watches);
  }

  /** A check of one saga. */
  public static <I> CompensationCheck of(SagaDefinition<I, ?> definition, I input) {
    return of(SagaSimulator.of(definition, input));
  }

  /** A check of the first saga that {@code simulator} runs, its faults aside. */
  public static CompensationCheck of(SagaSimulator simulator) {
    return new CompensationCheck(simulator, List.of());
  }

  /**
   * This check with something else to be compared: what a participant holds, the rows of a table.
   *
   * @param name what it is called when it differs
   * @param state reads it; maps are compared by key, collections without regard to order, and all
   *     values by their text, which the failure shows
   */
  public CompensationCheck watching(String name, Supplier<?> state) {
    return with(new Watch(name, store -> state.get()));
  }

  /** This check with the rows that local steps keep in {@code InMemoryTables}, by key. */
  public CompensationCheck watchingTable(String table) {
    return with(new Watch(table, store -> store.table(table)));
  }

  private CompensationCheck with(Watch watch) {
    var more = new ArrayList<>(watches);
    more.add(watch);
    return new CompensationCheck(simulator, more);
  }

  /**
   * Makes all runs.
   *
   * @throws SimulationFailure if one of them left something behind, lost something, or did not end
   * @throws IllegalStateException if nothing is watched
   */
  public CompensationReport run() {
    if (watches.isEmpty()) {
      throw new IllegalStateException("nothing is watched (expected: watching(..) before run())");
    }
    Trial calm = new Case("without faults", 0, Map.of()).tried(simulator, watches);
    var trials = new ArrayList<Trial>();
    for (Happening point : calm.replay().happenings()) {
      cases(point).forEach(each -> trials.add(each.tried(simulator, watches)));
    }
    for (Case twice : compensatedTwice(trials)) {
      trials.add(twice.tried(simulator, watches));
    }
    return judged(calm, trials);
  }

  private static List<Case> cases(Happening point) {
    int at = point.number();
    String where = point.what().get();
    var cases = new ArrayList<Case>();
    cases.add(new Case("cancelled before " + where, at, Map.of()));
    if (point.point() == FaultPoint.CALL) {
      cases.add(new Case("cancelled, lost: " + where, at, Map.of(at, Fault.NO_ANSWER)));
      cases.add(new Case("cancelled, answer lost: " + where, at, Map.of(at, Fault.ANSWER_LOST)));
      cases.add(new Case("cancelled, arrives late: " + where, at, Map.of(at, Fault.ARRIVES_LATE)));
      cases.add(new Case("made twice: " + where, 0, Map.of(at, Fault.THROWS_AFTER)));
    }
    return cases;
  }

  /** The saga that went furthest before it turned around has the most to compensate. */
  private static List<Case> compensatedTwice(List<Trial> trials) {
    Optional<Trial> longest =
        trials.stream()
            .filter(trial -> trial.tested().faults().isEmpty())
            .filter(trial -> trial.end() == SagaStatus.COMPENSATED)
            .reduce((first, second) -> second);
    return longest.stream()
        .flatMap(trial -> trial.callsAfterCancel().map(call -> twice(trial, call)))
        .toList();
  }

  private static Case twice(Trial trial, Happening call) {
    return new Case(
        "made twice: " + call.what().get(),
        trial.tested().cancelAt(),
        Map.of(call.number(), Fault.THROWS_AFTER));
  }

  private static CompensationReport judged(Trial calm, List<Trial> trials) {
    List<Trial> wrong =
        trials.stream().filter(trial -> !trial.differences(calm).isEmpty()).toList();
    if (!wrong.isEmpty()) {
      var text = new StringBuilder();
      text.append(
          "%d of %d runs did not leave what they should".formatted(wrong.size(), trials.size()));
      wrong.stream()
          .limit(SHOWN_MAX)
          .forEach(trial -> text.append("%n%s".formatted(trial.described(calm))));
      text.append("%nthe first of them: %s".formatted(wrong.getFirst().replay().text()));
      throw new SimulationFailure(text.toString());
    }
    long stuck = trials.stream().filter(trial -> !trial.end().isEnd()).count();
    return new CompensationReport(trials.size(), (int) stuck);
  }
}
