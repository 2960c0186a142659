package io.skald.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** Measures the rows: for each, both sides in turn, on the same server. */
final class Comparison {
  private final Server server;
  private final Options options;

  Comparison(Server server, Options options) {
    this.server = server;
    this.options = options;
  }

  /**
   * What a row gave; a pair is the samples of one number.
   *
   * @param workload the row
   * @param byHand the hand-written side's rounds
   * @param engine the engine's rounds
   * @param byHandCosts what a saga costs by hand
   * @param engineCosts what a saga costs with the engine
   */
  record Result(
      Workload workload,
      List<Sample> byHand,
      List<Sample> engine,
      Costs byHandCosts,
      Costs engineCosts) {

    /** The ratios engine to hand-written of each pair, sorted. */
    double[] ratios(ToDoubleFunction<Sample> what) {
      return IntStream.range(0, engine.size())
          .mapToDouble(i -> what.applyAsDouble(engine.get(i)) / what.applyAsDouble(byHand.get(i)))
          .sorted()
          .toArray();
    }

    double ratio(ToDoubleFunction<Sample> what) {
      return Sample.middle(ratios(what));
    }

    boolean holds() {
      return switch (workload.target()) {
        case Workload.Target.Throughput(double atLeast) -> ratio(Sample::perSecond) >= atLeast;
        case Workload.Target.Latency(double atMost) -> ratio(Sample::p50Millis) <= atMost;
        case Workload.Target.None none -> true;
      };
    }
  }

  Result measure(Workload workload) throws Exception {
    server.execute(Bookings.CREATE);
    try (Side byHand = new HandWritten(server, workload);
        Side engine = EngineSide.fresh(server, workload)) {
      warmUp(byHand, workload);
      warmUp(engine, workload);
      server.execute("vacuum analyze");
      server.execute("checkpoint");
      List<Sample> byHandSamples = new ArrayList<>();
      List<Sample> engineSamples = new ArrayList<>();
      for (int round = 0; round < options.rounds(); round++) {
        String name = "%s-%d-".formatted(workload.name(), round);
        byHandSamples.add(profiled(byHand, name + "by-hand", workload));
        engineSamples.add(profiled(engine, name + "engine", workload));
      }
      return new Result(
          workload, byHandSamples, engineSamples, costs(byHand, workload), costs(engine, workload));
    }
  }

  private void warmUp(Side side, Workload workload) throws Exception {
    var unused = new Load(side, workload.callers()).during(options.warmUp());
  }

  private Sample sample(Side side, Workload workload) throws Exception {
    long endedBefore = side.ended();
    long wal = server.walBytes();
    Map<Long, Long> postgres = server.processorTimes();
    long jvm = ProcessorTime.ofThisProcess();
    Load.Round round = new Load(side, workload.callers()).during(options.round());
    var sample =
        new Sample(
            round,
            ProcessorTime.ofThisProcess() - jvm,
            ProcessorTime.since(postgres, server.processorTimes()),
            server.walBytes() - wal);
    long ended = side.ended() - endedBefore;
    if (ended != round.sagas()) {
      throw new IllegalStateException(
          "%s: %d sagas are recorded as ended (expected: %d)"
              .formatted(workload.name(), ended, round.sagas()));
    }
    return sample;
  }

  private Sample profiled(Side side, String name, Workload workload) throws Exception {
    Path directory = options.profiles();
    return directory == null
        ? sample(side, workload)
        : new Profile(directory, server).of(name, () -> sample(side, workload));
  }

  private Costs costs(Side side, Workload workload) throws Exception {
    return Costs.of(server, side, workload.callers(), options.accounted());
  }
}
