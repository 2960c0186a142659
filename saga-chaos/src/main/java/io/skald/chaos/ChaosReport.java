package io.skald.chaos;

import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What a run came to, in Markdown. */
final class ChaosReport {
  private static final int VIOLATIONS_MAX = 50;

  private final ChaosOptions options;
  private final ChaosResult result;

  ChaosReport(ChaosOptions options, ChaosResult result) {
    this.options = options;
    this.result = result;
  }

  String markdown() {
    return """
    # Chaos run

    %s
    ## Sagas

    %s
    ## Faults

    %s
    ## Takeover

    %s
    ## Commits in doubt

    %s
    ## Violations

    %s
    """
        .formatted(run(), sagas(), faults(), takeover(), doubts(), violations());
  }

  private String run() {
    return table(
        "run",
        "",
        Map.entry("begun", begun()),
        Map.entry("seed", options.seed()),
        Map.entry("took", result.took().toSeconds() + " s"),
        Map.entry("Java", System.getProperty("java.vm.version")),
        Map.entry("PostgreSQL", result.server()),
        Map.entry("processors", Runtime.getRuntime().availableProcessors()),
        Map.entry("nodes", Cluster.SIZE),
        Map.entry("lease", ChaosNode.LEASE.toMillis() + " ms"),
        Map.entry("heartbeat", ChaosNode.HEARTBEAT.toMillis() + " ms"),
        Map.entry("poll interval", ChaosNode.POLL.toMillis() + " ms"),
        Map.entry("sagas started per second", options.startsPerSecond()),
        Map.entry("requests to the participant", fact("requests")),
        Map.entry("outcome", outcome()));
  }

  private String begun() {
    return DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'")
        .withZone(ZoneOffset.UTC)
        .format(result.begun());
  }

  private String outcome() {
    if (!result.neverStruck().isEmpty()) {
      return "invalid, as these never struck: "
          + result.neverStruck().stream().map(Fault.Kind::words).collect(Collectors.joining(", "));
    }
    return result.violations().isEmpty() ? "no violation" : "violations";
  }

  private String sagas() {
    var text = new StringBuilder("| definition | end | sagas |\n|---|---|---:|\n");
    for (List<String> end : result.ends()) {
      text.append("| %s | %s | %s |\n".formatted(end.toArray()));
    }
    text.append("| all | | %d |\n".formatted(all()));
    text.append("\n| what they met | times |\n|---|---:|\n");
    result.happened().forEach(one -> text.append("| %s | %s |\n".formatted(one.toArray())));
    return text.toString();
  }

  private long all() {
    return result.ends().stream().mapToLong(end -> Long.parseLong(end.get(2))).sum();
  }

  private String faults() {
    var text = new StringBuilder("| fault | times | hits |\n|---|---:|---:|\n");
    for (Fault.Kind kind : Fault.Kind.values()) {
      text.append(
          "| %s | %d | %d |\n".formatted(kind.words(), result.strikes(kind), result.hits(kind)));
    }
    long poisoned =
        result.deaths().stream().filter(one -> one.cause() == Cluster.Cause.POISONED).count();
    return text.append("| node ended by a saga | %1$d | %1$d |\n".formatted(poisoned)).toString();
  }

  private String takeover() {
    Takeovers takeovers = result.takeovers();
    long leftOut = takeovers.leftOut().values().stream().mapToLong(Integer::longValue).sum();
    String reasons =
        takeovers.leftOut().entrySet().stream()
            .map(reason -> "%s: %d".formatted(reason.getKey(), reason.getValue()))
            .collect(Collectors.joining(", "));
    return table(
        "from the death of a node until another one owns its sagas",
        "",
        Map.entry("nodes that died alone and owned sagas", takeovers.deaths()),
        Map.entry("their sagas", takeovers.millis().size()),
        Map.entry("p50", takeovers.quantile(0.5) + " ms"),
        Map.entry("p99", takeovers.quantile(0.99) + " ms"),
        Map.entry("longest", takeovers.max() + " ms"),
        Map.entry("promised", Takeovers.PROMISE.toMillis() + " ms"),
        Map.entry("sagas left out, as something else went wrong meanwhile", leftOut),
        Map.entry("what that was", reasons.isEmpty() ? "-" : reasons),
        Map.entry("sagas taken over in all", fact(StoreWatch.TAKEN_OVER)));
  }

  private String doubts() {
    return table(
        "commits whose answer was lost",
        "",
        Map.entry("sessions ended while their commit was held", fact("commits-in-doubt")),
        Map.entry("local steps a node was in doubt about", fact(StoreWatch.LOCAL_IN_DOUBT)),
        Map.entry("other writes that were not answered", fact(StoreWatch.WRITE_IN_DOUBT)),
        Map.entry("sagas settled by a write", fact(StoreWatch.SETTLED)),
        Map.entry("local steps undone by hand, as their BEGIN was cancelled", fact("repairs")));
  }

  private long fact(String name) {
    return result.facts().getOrDefault(name, 0L);
  }

  private String violations() {
    if (result.violations().isEmpty()) {
      return "None.";
    }
    return "%d:\n\n".formatted(result.violations().size())
        + result.violations().stream()
            .limit(VIOLATIONS_MAX)
            .map(violation -> "- " + violation)
            .collect(Collectors.joining("\n"));
  }

  @SafeVarargs
  @SuppressWarnings("varargs") // read once, never kept
  private static String table(String left, String right, Map.Entry<String, ?>... rows) {
    return "| %s | %s |\n|---|---:|\n".formatted(left, right)
        + Arrays.stream(rows)
            .map(row -> "| %s | %s |\n".formatted(row.getKey(), row.getValue()))
            .collect(Collectors.joining());
  }
}
