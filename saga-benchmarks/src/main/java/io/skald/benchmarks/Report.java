package io.skald.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The results as Markdown. */
final class Report {
  private static final String SPEED_HEAD =
      """
      | row | by hand, sagas/s | engine, sagas/s | throughput ratio (lowest to highest) \
      | p50 by hand, ms | p50 engine, ms | p50 ratio | p99 ratio | must hold | |
      |---|---:|---:|---:|---:|---:|---:|---:|---|---|
      """;

  private static final String COSTS_HEAD =
      """
      | row, per saga | commits | round trips | WAL bytes | rows written | PostgreSQL CPU, ms/1,000 \
      | JVM CPU, ms/1,000 |
      |---|---:|---:|---:|---:|---:|---:|
      """;

  private Report() {}

  static String of(List<Comparison.Result> results) {
    var text = new StringBuilder(SPEED_HEAD);
    results.forEach(result -> text.append(speed(result)));
    text.append('\n').append(COSTS_HEAD);
    results.forEach(result -> text.append(costs(result)));
    return text.toString();
  }

  private static String speed(Comparison.Result result) {
    double[] ratios = result.ratios(Sample::perSecond);
    return String.format(
        Locale.ROOT,
        "| %s | %,.0f | %,.0f | **%.2f** (%.2f to %.2f) | %.2f | %.2f | **%.2f** | %.2f | %s | %s"
            + " |%n",
        result.workload().name(),
        Sample.median(result.byHand(), Sample::perSecond),
        Sample.median(result.engine(), Sample::perSecond),
        Sample.middle(ratios),
        ratios[0],
        ratios[ratios.length - 1],
        Sample.median(result.byHand(), Sample::p50Millis),
        Sample.median(result.engine(), Sample::p50Millis),
        result.ratio(Sample::p50Millis),
        result.ratio(Sample::p99Millis),
        target(result.workload().target()),
        verdict(result));
  }

  private static String target(Workload.Target target) {
    return switch (target) {
      case Workload.Target.Throughput(double atLeast) ->
          String.format(Locale.ROOT, "throughput ≥ %.1f", atLeast);
      case Workload.Target.Latency(double atMost) ->
          String.format(Locale.ROOT, "p50 ≤ %.1f", atMost);
      case Workload.Target.None none -> "";
    };
  }

  private static String verdict(Comparison.Result result) {
    if (result.workload().target() instanceof Workload.Target.None) {
      return "";
    }
    return result.holds() ? "holds" : "missed";
  }

  private static String costs(Comparison.Result result) {
    Costs byHand = result.byHandCosts();
    Costs engine = result.engineCosts();
    return "| "
        + String.join(
            " | ",
            result.workload().name(),
            pair(byHand.counters().commits(), engine.counters().commits(), "%.2f"),
            pair(byHand.roundTrips(), engine.roundTrips(), "%.2f"),
            medians(result, Sample::walBytesEach),
            pair(byHand.rows(), engine.rows(), "%.2f"),
            medians(result, Sample::serverMillis),
            medians(result, Sample::jvmMillis))
        + " |\n";
  }

  private static String medians(Comparison.Result result, ToDoubleFunction<Sample> what) {
    return pair(
        Sample.median(result.byHand(), what), Sample.median(result.engine(), what), "%,.0f");
  }

  /** By hand, the engine, and the ratio. */
  private static String pair(double byHand, double engine, String pattern) {
    return String.format(
        Locale.ROOT,
        pattern + " → " + pattern + (byHand > 0 ? " (%.2f)" : ""),
        byHand,
        engine,
        engine / byHand);
  }
}
