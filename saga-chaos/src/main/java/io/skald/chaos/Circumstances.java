package io.skald.chaos;

import java.time.Instant;
import java.util.List;

/**
 * What else went on during a run, by which the death of a node is judged.
 *
 * @param deaths of all nodes
 * @param openings of all nodes that came so far
 * @param incidents all faults
 * @param standstills when nodes did not get the processor
 */
record Circumstances(
    List<Cluster.Death> deaths,
    List<Opening> openings,
    List<Incident> incidents,
    List<Standstill> standstills) {
  Circumstances {
    deaths = List.copyOf(deaths);
    openings = List.copyOf(openings);
    incidents = List.copyOf(incidents);
    standstills = List.copyOf(standstills);
  }

  /** The moment from which a node ran sagas. */
  record Opening(String node, Instant at) {
    /** What a node calls it. */
    static final String NEWS = "opened";
  }

  /**
   * What else went wrong while the sagas of a dead node were to be taken over; empty if it died
   * alone. Another node has to be there for it, from that moment on until the promise ends.
   */
  String beside(Cluster.Death death) {
    Instant begin = death.at();
    Instant end = begin.plus(Takeovers.PROMISE);
    for (Incident incident : incidents) {
      if (incident.kind() != Fault.Kind.KILL && incident.overlaps(begin, end)) {
        return incident.kind().words();
      }
    }
    if (deaths.stream().anyMatch(other -> isAnother(other, death) && isWithin(other, begin, end))) {
      return "another node died";
    }
    if (standstills.stream().anyMatch(one -> one.overlaps(begin, end))) {
      return "a node did not get the processor";
    }
    boolean isAnyThere =
        openings.stream()
            .filter(one -> !one.node().equals(death.node()) && !one.at().isAfter(begin))
            .anyMatch(
                one ->
                    deaths.stream()
                        .noneMatch(it -> it.node().equals(one.node()) && !it.at().isAfter(end)));
    return isAnyThere ? "" : "no other node was open";
  }

  private static boolean isAnother(Cluster.Death other, Cluster.Death death) {
    return !other.node().equals(death.node());
  }

  private static boolean isWithin(Cluster.Death other, Instant begin, Instant end) {
    return !other.at().isBefore(begin) && !other.at().isAfter(end);
  }
}
