package io.skald.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.chaos.Circumstances.Opening;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Only what a takeover was promised for is measured, and all of that. */
class CircumstancesTest {
  private static final Instant START = Instant.parse("2026-11-22T12:00:00Z");
  private static final Cluster.Death DEATH = death("node0-1", 60);

  private static Instant at(long seconds) {
    return START.plusSeconds(seconds);
  }

  private static Cluster.Death death(String node, long seconds) {
    return new Cluster.Death(node, at(seconds), Cluster.Cause.KILLED, 137);
  }

  private static Opening opening(String node, long seconds) {
    return new Opening(node, at(seconds));
  }

  private static String beside(List<Cluster.Death> others, List<Opening> openings) {
    var deaths = new ArrayList<>(others);
    deaths.add(DEATH);
    return new Circumstances(deaths, openings, List.of(), List.of()).beside(DEATH);
  }

  @Test
  void aNodeBesideAnotherOneDiedAlone() {
    assertThat(beside(List.of(), List.of(opening("node0-1", 1), opening("node1-2", 1)))).isEmpty();
  }

  @Test
  void nobodyTakesOverWhereNoOtherNodeIsOpen() {
    assertThat(beside(List.of(), List.of(opening("node0-1", 1))))
        .isEqualTo("no other node was open");
    assertThat(beside(List.of(), List.of(opening("node0-1", 1), opening("node1-2", 61))))
        .isEqualTo("no other node was open");
    assertThat(beside(List.of(death("node1-2", 50)), List.of(opening("node1-2", 1))))
        .isEqualTo("no other node was open");
  }

  @Test
  void aNodeThatDiesMeanwhileIsNamed() {
    assertThat(beside(List.of(death("node1-2", 61)), List.of(opening("node1-2", 1))))
        .isEqualTo("another node died");
  }

  @Test
  void aFaultBesideIsNamedUnlessItIsTheKillItself() {
    var openings = List.of(opening("node1-2", 1));
    var kill = new Incident(Fault.Kind.KILL, at(59), at(62), 1);
    var dark = new Incident(Fault.Kind.DARKEN, at(50), at(61), 1);

    assertThat(new Circumstances(List.of(DEATH), openings, List.of(kill), List.of()).beside(DEATH))
        .isEmpty();
    assertThat(
            new Circumstances(List.of(DEATH), openings, List.of(kill, dark), List.of())
                .beside(DEATH))
        .isEqualTo("node in the dark");
  }

  @Test
  void aProcessThatStoodStillIsNamed() {
    var still = Standstill.until(at(61), Duration.ofMillis(400).toMillis());

    assertThat(
            new Circumstances(
                    List.of(DEATH), List.of(opening("node1-2", 1)), List.of(), List.of(still))
                .beside(DEATH))
        .isEqualTo("a node did not get the processor");
  }
}
