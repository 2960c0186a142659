package io.skald.saga;

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
import io.skald.saga.definition.RefusalPlan;
import io.skald.saga.definition.SequencePlan;
import io.skald.saga.definition.StepPlan;
import io.skald.saga.definition.TaskPlan;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A digest of a definition's structure: the kind of each step, its name and its order. Two
 * definitions with the same structure have the same fingerprint, whatever their time limits,
 * retries, handlers and functions.
 */
final class Fingerprint {
  private static final int BYTES = 16;

  private Fingerprint() {}

  static String of(List<PlacedStep> steps, List<PlacedStep> retired) {
    Stream<String> placed = steps.stream().map(step -> step.position() + " " + line(step.plan()));
    Stream<String> gone = retired.stream().map(step -> "RETIRED " + line(step.plan()));
    String text =
        Stream.concat(placed, gone).map(line -> line + "\n").collect(Collectors.joining());
    return HexFormat.of().formatHex(sha256(text), 0, BYTES);
  }

  /** A line for a step; those it holds follow in brackets. */
  private static String line(StepPlan plan) {
    String kind =
        switch (plan) {
          case TaskPlan task -> task(task);
          case SequencePlan sequence -> "sequence" + held(sequence.steps());
          case ParallelPlan group -> "parallel" + held(group.branches());
          case ChoicePlan choice -> "choice" + held(choice);
          case ForEachPlan each -> "forEach" + held(List.of(each.step()));
          case RefusalPlan refusal -> "refuse";
          case ChildPlan child -> "saga " + child.child().name();
          case DelayPlan delay -> "delay";
          case LockPlan locks ->
              locks.locks().stream().map(LockPlan.Lock::name).toList().toString();
          case AwaitPlan await -> "await " + await.signal().name() + " " + silence(await);
        };
    return plan.name() + " " + kind;
  }

  private static String held(List<StepPlan> steps) {
    return steps.stream().map(Fingerprint::line).collect(Collectors.joining("; ", " [", "]"));
  }

  private static String held(ChoicePlan choice) {
    Stream<StepPlan> cases = choice.cases().stream().map(ChoicePlan.Case::step);
    String otherwise = Optional.ofNullable(choice.otherwise()).map(Fingerprint::line).orElse("");
    return held(cases.toList()) + " otherwise [" + otherwise + "]";
  }

  private static String task(TaskPlan task) {
    String confirmation = task.confirmation() == null ? "" : " confirmed";
    return action(task.action()) + " " + compensation(task.compensation()) + confirmation;
  }

  private static String action(ActionPlan action) {
    return switch (action) {
      case ActionPlan.Local local -> "local";
      case ActionPlan.Remote remote -> "remote " + remote.frequency();
      case ActionPlan.Async async -> "async";
    };
  }

  private static String compensation(CompensationPlan compensation) {
    return switch (compensation) {
      case CompensationPlan.None none -> "none";
      case CompensationPlan.Local local -> "local";
      case CompensationPlan.Remote remote -> "remote " + remote.when();
    };
  }

  private static String silence(AwaitPlan await) {
    return switch (await.silence()) {
      case AwaitPlan.Silence.Fails fails -> "fails";
      case AwaitPlan.Silence.Yields yields -> "yields";
    };
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
