package io.skald.saga;

import io.skald.saga.error.SagaDefinitionException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What has been said of a migration so far. Immutable.
 *
 * @param source the version the sagas are on
 * @param target the version they are moved to
 * @param renamed the names of steps in the target, by that in the source
 * @param dropped the names of steps that the target does not have, and nobody compensates
 * @param inserted the names of steps of the target that keep those who are past them where they are
 * @param skipped the results of steps of the target for those who are past them, by name
 * @param upcasts what brings payloads to the shapes of the target, by the names there
 */
record MigrationPlan(
    SagaDefinition<?, ?> source,
    SagaDefinition<?, ?> target,
    Map<String, String> renamed,
    Set<String> dropped,
    Set<String> inserted,
    Map<String, Object> skipped,
    Upcasts upcasts) {
  MigrationPlan {
    renamed = Map.copyOf(renamed);
    dropped = Set.copyOf(dropped);
    inserted = Set.copyOf(inserted);
    skipped = Map.copyOf(skipped);
  }

  static MigrationPlan of(SagaDefinition<?, ?> source, SagaDefinition<?, ?> target) {
    return new MigrationPlan(source, target, Map.of(), Set.of(), Set.of(), Map.of(), Upcasts.NONE);
  }

  MigrationPlan withRenamed(String old, String now) {
    var more = new HashMap<>(renamed);
    more.put(old, now);
    return new MigrationPlan(source, target, more, dropped, inserted, skipped, upcasts);
  }

  MigrationPlan withDropped(String step) {
    return new MigrationPlan(
        source, target, renamed, with(dropped, step), inserted, skipped, upcasts);
  }

  MigrationPlan withInserted(String step) {
    return new MigrationPlan(
        source, target, renamed, dropped, with(inserted, step), skipped, upcasts);
  }

  MigrationPlan withSkipped(String step, Object result) {
    var more = new LinkedHashMap<>(skipped);
    more.put(step, result);
    return new MigrationPlan(source, target, renamed, dropped, inserted, more, upcasts);
  }

  MigrationPlan withUpcasts(Upcasts other) {
    return new MigrationPlan(source, target, renamed, dropped, inserted, skipped, other);
  }

  private static Set<String> with(Set<String> names, String name) {
    var more = new HashSet<>(names);
    more.add(name);
    return more;
  }

  boolean isDropped(String step) {
    return dropped.contains(step);
  }

  /** Where what is recorded at a path of the source stands in the target. */
  String pathOf(String path) {
    String[] parts = path.split("/");
    // names and the numbers of elements take turns, and a step may be called by a number
    for (int at = 0; at < parts.length; at += 2) {
      parts[at] = nameOf(parts[at]);
    }
    return String.join("/", parts);
  }

  /** What a step of the source is called in the target, if it is not dropped. */
  String nameOf(String step) {
    return renamed.getOrDefault(step, step);
  }

  /** The exception for what cannot be declared so. */
  SagaDefinitionException refused(String step, String why) {
    return new SagaDefinitionException(
        "migration of saga %s: ".formatted(source.name()) + why, source.name(), step);
  }
}
