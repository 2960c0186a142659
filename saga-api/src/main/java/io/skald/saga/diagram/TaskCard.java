package io.skald.saga.diagram;

import io.skald.saga.Spent;
import io.skald.saga.definition.ActionPlan;
import io.skald.saga.definition.CompensationPlan;
import io.skald.saga.definition.Position;
import io.skald.saga.definition.TaskPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is drawn of a step that does something itself. */
final class TaskCard {
  private TaskCard() {}

  static Part.Card of(TaskPlan task, Position position) {
    Optional<String> compensation = compensation(task);
    List<String> notes = new ArrayList<>(notes(task.action()));
    if (task.confirmation() != null) {
      notes.add("try, confirmed later");
    }
    if (position == Position.COMPENSATABLE && compensation.isEmpty()) {
      notes.add("needs no compensation");
    }
    Spent<?> spent = task.spent().action();
    if (spent != null) {
      policy(spent, position).ifPresent(notes::add);
    }
    return new Part.Card(task.name(), tone(task.action()), List.copyOf(notes), compensation);
  }

  private static Part.Tone tone(ActionPlan action) {
    return switch (action) {
      case ActionPlan.Local local -> Part.Tone.LOCAL;
      case ActionPlan.Remote remote -> Part.Tone.REMOTE;
      case ActionPlan.Async async -> Part.Tone.REMOTE;
    };
  }

  private static List<String> notes(ActionPlan action) {
    return switch (action) {
      case ActionPlan.Local local -> List.of("local");
      case ActionPlan.Remote remote -> notes(remote);
      case ActionPlan.Async async -> {
        String limit = "handed out, completed within " + Words.of(async.within());
        yield Stream.concat(Stream.of(limit), guard(async.guard())).toList();
      }
    };
  }

  private static List<String> notes(ActionPlan.Remote remote) {
    String once =
        switch (remote.frequency()) {
          case AT_LEAST_ONCE -> "";
          case AT_MOST_ONCE -> ", at most once";
        };
    String verified = remote.verification() == null ? "" : ", verified";
    return Stream.concat(Stream.of("remote" + once + verified), guard(remote.guard())).toList();
  }

  private static Stream<String> guard(@Nullable String name) {
    return Stream.ofNullable(name).map(known -> "guard " + known);
  }

  /** What is said of spent attempts, unless it is what they mean at that place anyway. */
  private static Optional<String> policy(Spent<?> spent, Position position) {
    return switch (spent) {
      case Spent.Compensate<?> compensate -> Optional.empty();
      case Spent.GoOn<?> on -> Optional.of("goes on if spent");
      case Spent.AskOperator<?> ask ->
          position == Position.RETRIABLE
              ? Optional.empty()
              : Optional.of("asks an operator if spent");
    };
  }

  private static Optional<String> compensation(TaskPlan task) {
    String skipped =
        switch (task.spent().compensation()) {
          case STICK -> "";
          case SKIP -> ", skipped if spent";
        };
    return switch (task.compensation()) {
      case CompensationPlan.None none -> Optional.empty();
      case CompensationPlan.Local local -> Optional.of("compensated" + skipped);
      case CompensationPlan.Remote remote ->
          Optional.of(
              (task.confirmation() == null ? compensated(remote.when()) : "cancelled (TCC)")
                  + skipped);
    };
  }

  private static String compensated(CompensationPlan.When when) {
    return switch (when) {
      case SUCCEEDED_OR_UNKNOWN -> "compensated";
      case UNKNOWN_ONLY -> "compensated only if unknown";
    };
  }
}
