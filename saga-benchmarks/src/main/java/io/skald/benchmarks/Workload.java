package io.skald.benchmarks;

import java.util.List;

/**
 * A row of the table.
 *
 * @param name what the row is called, and how it is asked for on the command line
 * @param work what each saga does
 * @param start how each saga is started
 * @param callers how many threads start a saga and wait for its end, again and again
 * @param target what must hold
 */
record Workload(String name, Work work, Start start, int callers, Target target) {

  /** What must hold of a row. */
  sealed interface Target {
    /** Engine throughput is at least this share of the hand-written code's. */
    record Throughput(double atLeast) implements Target {}

    /** The engine's median latency is at most this multiple of the hand-written code's. */
    record Latency(double atMost) implements Target {}

    /** Nothing is asked of this row. */
    record None() implements Target {}
  }

  /** Every row, in the table's order. */
  static List<Workload> all() {
    return List.of(
        new Workload("local-1", Work.LOCAL, Start.OWN, 1, new Target.Latency(1.3)),
        new Workload("local-16", Work.LOCAL, Start.OWN, 16, new Target.Throughput(0.8)),
        new Workload("joined-1", Work.LOCAL, Start.JOINED, 1, new Target.None()),
        new Workload("joined-16", Work.LOCAL, Start.JOINED, 16, new Target.None()),
        new Workload("remote-16", Work.REMOTE, Start.OWN, 16, new Target.Throughput(3)),
        new Workload("remote-64", Work.REMOTE, Start.OWN, 64, new Target.Throughput(3)),
        new Workload("remote-256", Work.REMOTE, Start.OWN, 256, new Target.None()),
        new Workload("failing-16", Work.FAILING, Start.OWN, 16, new Target.Throughput(0.7)));
  }
}
