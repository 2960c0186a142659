package io.skald.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is measured, and for how long.
 *
 * @param mode what this program does
 * @param rounds how many pairs of rounds each row gets; default 9
 * @param round how long a round is; default 1.5 s
 * @param warmUp how long each side runs before its first round; default 25 s: long enough for the
 *     JVM's compilers to be done with either side
 * @param accounted how many sagas the costs per saga are taken from; default 2,000
 * @param workloads which rows; default all
 * @param profiles where to write what each round did; default nowhere
 * @param sagas how many sagas wait or are due, have finished, or are purged, or how many messages
 *     are to be sent, where that is looked at; default 100,000, 10,000,000, 250,000 and 100,000
 */
record Options(
    Mode mode,
    int rounds,
    Duration round,
    Duration warmUp,
    int accounted,
    List<Workload> workloads,
    @Nullable Path profiles,
    int sagas) {

  static final String USAGE =
      """
      options:
        --quick            short rounds: about a minute in all, for a first look
        --rounds N         pairs of rounds per row (9)
        --seconds S        length of a round (1.5)
        --warm-up S        warm-up of each side before its first round (25)
        --rows A,B         only these rows: local-1 local-16 joined-1 joined-16 remote-16 remote-64
                           remote-256 failing-16
        --profiles DIR     writes a flight recording and the server's statements of each round,
                           which costs both sides time
        --check            exits with 1 if a target is missed
        --waiting          instead: what waiting sagas hold
        --nodes            instead: what 1, 2 and 4 nodes on one server give, of the rows chosen
        --finished         instead: throughput beside finished sagas and beside none; of the first
                           row that is asked for
        --purge            instead: throughput while finished sagas are purged and while none are;
                           of the first row that is asked for
        --barrier          instead: what the barrier costs a transaction of one insert
        --relay            instead: messages from a table to Kafka, by the relay and by hand, and how
                           long one takes
        --sagas N          how many (100000, 10000000, 250000), each of four rows; with --relay how
                           many messages lie in the table (100000); say it last
      """;

  /** What this program does. */
  enum Mode {
    /** Compares and reports. */
    COMPARE,
    /** Compares, reports, and fails if a target is missed. */
    CHECK,
    /** Looks at what waiting sagas hold. */
    WAITING,
    /** Looks at what several nodes give. */
    NODES,
    /** Compares an engine whose tables hold finished sagas with one whose tables are empty. */
    FINISHED,
    /** Compares an engine while finished sagas are purged with the same one while none are. */
    PURGE,
    /** Compares transactions of one insert without the barrier and with it. */
    BARRIER,
    /** Compares the relay with one that is written by hand. */
    RELAY
  }

  static Options defaults() {
    return new Options(
        Mode.COMPARE,
        9,
        Duration.ofMillis(1500),
        Duration.ofSeconds(25),
        2_000,
        Workload.all(),
        null,
        100_000);
  }

  /**
   * The options of a command line.
   *
   * @throws IllegalArgumentException if it holds something else
   */
  static Options parse(String[] args) {
    Options options = defaults();
    Iterator<String> words = Arrays.asList(args).iterator();
    while (words.hasNext()) {
      options = options.with(words.next(), words);
    }
    return options;
  }

  private Options with(String option, Iterator<String> words) {
    return switch (option) {
      case "--quick" ->
          withRounds(3).withRound(Duration.ofMillis(800)).withWarmUp(Duration.ofSeconds(1));
      case "--rounds" -> withRounds(Integer.parseInt(words.next()));
      case "--seconds" -> withRound(seconds(words.next()));
      case "--warm-up" -> withWarmUp(seconds(words.next()));
      case "--rows" -> withWorkloads(List.of(words.next().split(",")));
      case "--profiles" -> withProfiles(Path.of(words.next()));
      case "--check" -> withMode(Mode.CHECK);
      case "--waiting" -> withMode(Mode.WAITING);
      case "--nodes" -> withMode(Mode.NODES);
      case "--finished" -> withMode(Mode.FINISHED).withSagas(10_000_000);
      case "--barrier" -> withMode(Mode.BARRIER);
      case "--purge" -> withMode(Mode.PURGE).withSagas(250_000);
      case "--relay" -> withMode(Mode.RELAY);
      case "--sagas" -> withSagas(Integer.parseInt(words.next()));
      default -> throw new IllegalArgumentException("unknown option " + option + "\n" + USAGE);
    };
  }

  private static Duration seconds(String text) {
    return Duration.ofMillis((long) (1000 * Double.parseDouble(text)));
  }

  private Options withMode(Mode other) {
    return new Options(other, rounds, round, warmUp, accounted, workloads, profiles, sagas);
  }

  private Options withRounds(int number) {
    return new Options(mode, number, round, warmUp, accounted, workloads, profiles, sagas);
  }

  private Options withRound(Duration length) {
    return new Options(mode, rounds, length, warmUp, accounted, workloads, profiles, sagas);
  }

  private Options withWarmUp(Duration length) {
    return new Options(mode, rounds, round, length, accounted, workloads, profiles, sagas);
  }

  private Options withProfiles(Path directory) {
    return new Options(mode, rounds, round, warmUp, accounted, workloads, directory, sagas);
  }

  private Options withSagas(int number) {
    return new Options(mode, rounds, round, warmUp, accounted, workloads, profiles, number);
  }

  private Options withWorkloads(List<String> names) {
    var chosen =
        Workload.all().stream().filter(workload -> names.contains(workload.name())).toList();
    if (chosen.size() != names.size()) {
      throw new IllegalArgumentException("unknown row in " + names + "\n" + USAGE);
    }
    return new Options(mode, rounds, round, warmUp, accounted, chosen, profiles, sagas);
  }
}
