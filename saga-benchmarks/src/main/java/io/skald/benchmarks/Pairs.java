package io.skald.benchmarks;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Rounds of two kinds in turn, and the ratio of each pair.
 *
 * @param plain how many a second there were in the rounds that are compared with
 * @param other the same of the rounds that are compared
 */
record Pairs(List<Double> plain, List<Double> other) {

  /** Makes one round and answers how many a second there were. */
  @FunctionalInterface
  interface Round {
    double perSecond() throws Exception;
  }

  static Pairs of(int rounds, Round plain, Round other) throws Exception {
    List<Double> first = new ArrayList<>();
    List<Double> second = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      first.add(plain.perSecond());
      second.add(other.perSecond());
    }
    return new Pairs(first, second);
  }

  void print(PrintStream out, String what, String plainName, String otherName) {
    double[] ratios = new double[plain.size()];
    for (int pair = 0; pair < ratios.length; pair++) {
      ratios[pair] = other.get(pair) / plain.get(pair);
    }
    Arrays.sort(ratios);
    out.printf(
        Locale.ROOT,
        "| %s, %s/s | %s, %2$s/s | ratio (lowest to highest) |%n|---:|---:|---:|%n"
            + "| %,.0f | %,.0f | **%.2f** (%.2f to %.2f) |%n",
        plainName,
        what,
        otherName,
        median(plain),
        median(other),
        Sample.middle(ratios),
        ratios[0],
        ratios[ratios.length - 1]);
  }

  private static double median(List<Double> values) {
    return Sample.middle(values.stream().mapToDouble(value -> value).sorted().toArray());
  }
}
