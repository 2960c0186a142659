package io.skald.chaos;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What a run came to.
 *
 * @param ends how many sagas of each definition ended how
 * @param happened what the sagas met, and how often
 * @param facts other numbers, by what they count
 * @param violations what does not hold, each beginning with its invariant
 */
record ChaosResult(
    Instant begun,
    Duration took,
    String server,
    List<Incident> incidents,
    List<Cluster.Death> deaths,
    Takeovers takeovers,
    List<List<String>> ends,
    List<List<String>> happened,
    Map<String, Long> facts,
    List<String> violations) {

  /** The kinds of fault that hit nothing: a run without one of them proves little. */
  List<Fault.Kind> neverStruck() {
    return Arrays.stream(Fault.Kind.values()).filter(kind -> hits(kind) == 0).toList();
  }

  /** How often faults of that kind struck. */
  long strikes(Fault.Kind kind) {
    return incidents.stream().filter(one -> one.kind() == kind && one.hits() > 0).count();
  }

  /** How much they hit. */
  long hits(Fault.Kind kind) {
    return incidents.stream().filter(one -> one.kind() == kind).mapToLong(Incident::hits).sum();
  }

  /** How many sagas ended like that. */
  long sagas(String status) {
    return ends.stream()
        .filter(end -> end.get(1).equals(status))
        .mapToLong(end -> Long.parseLong(end.get(2)))
        .sum();
  }

  boolean isClean() {
    return violations.isEmpty() && neverStruck().isEmpty();
  }
}
