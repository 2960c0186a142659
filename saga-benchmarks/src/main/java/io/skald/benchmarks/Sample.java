package io.skald.benchmarks;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * A round of one side, with the processor time it took.
 *
 * @param round the sagas and their latencies
 * @param jvmNanos processor time of this process
 * @param serverNanos processor time of the server
 * @param walBytes bytes of WAL
 */
record Sample(Load.Round round, long jvmNanos, long serverNanos, long walBytes) {

  double perSecond() {
    return round.perSecond();
  }

  double p50Millis() {
    return round.p50Nanos() / 1e6;
  }

  double p99Millis() {
    return round.p99Nanos() / 1e6;
  }

  /** Processor time of this process for 1,000 sagas, in milliseconds. */
  double jvmMillis() {
    return jvmNanos / 1e3 / round.sagas();
  }

  /** Processor time of the server for 1,000 sagas, in milliseconds. */
  double serverMillis() {
    return serverNanos / 1e3 / round.sagas();
  }

  /** Bytes of WAL for one saga. */
  double walBytesEach() {
    return walBytes / (double) round.sagas();
  }

  static double median(List<Sample> samples, ToDoubleFunction<Sample> what) {
    return middle(samples.stream().mapToDouble(what).sorted().toArray());
  }

  static double middle(double[] sorted) {
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
