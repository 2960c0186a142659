package io.skald.engine.runtime;

import io.skald.engine.spi.DefinitionRef;
import io.skald.saga.SagaDefinition;
import io.skald.saga.internal.StepPath;
import io.skald.saga.view.Census;
import io.skald.saga.view.GateReport;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Whether every saga of a census can go on with a set of definitions. Pure.
 *
 * @param definitions all there are
 */
public record GateCheck(List<SagaDefinition<?, ?>> definitions) {
  /** Copies the list. */
  public GateCheck {
    definitions = List.copyOf(definitions);
  }

  /** A check of these definitions, with those that their steps start. */
  public static GateCheck of(Collection<SagaDefinition<?, ?>> definitions) {
    return new GateCheck(Registry.withChildren(definitions));
  }

  /** What stands in the way. */
  public GateReport report(Census census) {
    return new GateReport(
        census.groups().stream().map(this::finding).flatMap(Optional::stream).toList());
  }

  private Optional<String> finding(Census.Group group) {
    var ref = new DefinitionRef(group.definition(), group.version(), group.fingerprint());
    if (definitions.stream().map(RegisteredSaga::refOf).anyMatch(ref::equals)) {
      return Optional.empty();
    }
    return Optional.of(
        versions(group)
            .filter(one -> one.version() == group.version())
            .findFirst()
            .map(one -> another(group, one))
            .orElseGet(() -> undefined(group)));
  }

  private Stream<SagaDefinition<?, ?>> versions(Census.Group group) {
    return definitions.stream().filter(one -> one.name().equals(group.definition()));
  }

  private static String another(Census.Group group, SagaDefinition<?, ?> here) {
    return "%s of %s version %d, whose structure is another one here (fingerprint %s, in flight %s): give the new structure a version of its own, and keep the old one"
        .formatted(
            stand(group),
            group.definition(),
            group.version(),
            here.fingerprint(),
            group.fingerprint());
  }

  private String undefined(Census.Group group) {
    Optional<SagaDefinition<?, ?>> newest =
        versions(group).max(Comparator.comparingInt(SagaDefinition::version));
    String removed = newest.filter(one -> isGone(one, group)).map(one -> removedBy(one)).orElse("");
    return "%s of %s version %d, which is not defined here%s: keep defining it until they have ended, or move them to another version before"
        .formatted(stand(group), group.definition(), group.version(), removed);
  }

  private static boolean isGone(SagaDefinition<?, ?> newest, Census.Group group) {
    return group.step().filter(path -> newest.step(StepPath.name(path)).isEmpty()).isPresent();
  }

  private static String removedBy(SagaDefinition<?, ?> newest) {
    return ", at a step that version %d removed".formatted(newest.version());
  }

  private static String stand(Census.Group group) {
    return group.sagas() == 1
        ? "1 saga stands " + group.place()
        : "%d sagas stand %s".formatted(group.sagas(), group.place());
  }
}
