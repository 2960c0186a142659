package io.skald.chaos;

import io.skald.saga.SagaDefinition;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.AwaitPlan;
import io.skald.saga.definition.ChildPlan;
import io.skald.saga.definition.ChoicePlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.DelayPlan;
import io.skald.saga.definition.ForEachPlan;
import io.skald.saga.definition.LockPlan;
import io.skald.saga.definition.ParallelPlan;
import io.skald.saga.definition.PlacedStep;
import io.skald.saga.definition.Position;
import io.skald.saga.definition.RefusalPlan;
import io.skald.saga.definition.SequencePlan;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.definition.TaskPlan;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What the definitions say of each of their steps, as a table, for the check to read. */
final class StepTable {
  /**
   * Of steps that do something themselves: their place in the saga, which is that of the whole they
   * are in; when a saga that turns around owes their compensation, and in which direction.
   */
  private static final String TABLE =
      """
      create table step (
        definition text not null,
        name text not null,
        place int not null,
        kind text not null,
        position text not null,
        owed_succeeded boolean not null,
        owed_unknown boolean not null,
        backward text not null,
        primary key (definition, name)
      )
      """;

  private static final String INSERT = "insert into step values (?, ?, ?, ?, ?, ?, ?, ?)";

  private StepTable() {}

  static void fill(ChaosDatabase database, Definitions definitions) throws SQLException {
    var rows = new ArrayList<Object[]>();
    for (SagaDefinition<?, ?> definition : definitions.all()) {
      List<PlacedStep> steps = definition.steps();
      for (int place = 0; place < steps.size(); place++) {
        Position position = steps.get(place).position();
        for (StepPlan leaf : leaves(steps.get(place).plan()).toList()) {
          rows.add(row(definition.name(), place, position, leaf));
        }
      }
    }
    database.execute(TABLE);
    database.insert(INSERT, rows);
  }

  private static Stream<StepPlan> leaves(StepPlan plan) {
    return switch (plan) {
      case ParallelPlan parallel -> parallel.branches().stream().flatMap(StepTable::leaves);
      case SequencePlan sequence -> sequence.steps().stream().flatMap(StepTable::leaves);
      case ForEachPlan each -> leaves(each.step());
      case ChoicePlan choice ->
          throw new IllegalStateException("no saga here chooses: " + choice.name());
      case TaskPlan task -> Stream.of(task);
      case ChildPlan child -> Stream.of(child);
      case DelayPlan delay -> Stream.of(delay);
      case LockPlan locks -> Stream.of(locks);
      case AwaitPlan await -> Stream.of(await);
      case RefusalPlan refusal -> Stream.of(refusal);
    };
  }

  private static Object[] row(String definition, int place, Position position, StepPlan plan) {
    boolean isTry = plan instanceof TaskPlan task && task.confirmation() != null;
    return new Object[] {
      definition,
      plan.name(),
      place,
      kind(plan),
      position.name(),
      isOwed(plan, true),
      isOwed(plan, false),
      isTry ? "CANCEL" : "COMPENSATION"
    };
  }

  private static String kind(StepPlan plan) {
    return switch (plan) {
      case TaskPlan task ->
          switch (task.action()) {
            case ActionPlan.Local local -> "local";
            case ActionPlan.Remote remote -> task.confirmation() == null ? "remote" : "try";
            case ActionPlan.Async async -> "async";
          };
      case ChildPlan child -> "child";
      case DelayPlan delay -> "delay";
      case LockPlan locks -> "locks";
      case AwaitPlan await -> "await";
      default -> "whole";
    };
  }

  private static boolean isOwed(StepPlan plan, boolean succeeded) {
    if (plan instanceof ChildPlan) {
      return true;
    }
    return plan instanceof TaskPlan task
        && switch (task.compensation()) {
          case CompensationPlan.None none -> false;
          case CompensationPlan.Local local -> succeeded;
          case CompensationPlan.Remote remote ->
              !succeeded || remote.when() == CompensationPlan.When.SUCCEEDED_OR_UNKNOWN;
        };
  }
}
