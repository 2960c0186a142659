package io.skald.engine;

import io.skald.engine.FailureMatrix.Row;
import io.skald.saga.view.SagaStatus;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A failure matrix as a Markdown table. */
final class MatrixTable {
  private static final List<String> HEAD =
      List.of("step", "what goes wrong", "the saga", "compensated, in this order");

  private MatrixTable() {}

  /** What has to be the same for two failures to stand in one row. */
  private record Consequence(
      String step, SagaStatus end, String reason, List<List<String>> compensated) {
    static Consequence of(Row row) {
      return new Consequence(row.step(), row.end(), row.reason(), row.compensated());
    }
  }

  static String of(List<Row> rows) {
    Map<Consequence, List<Row>> alike =
        rows.stream()
            .collect(
                Collectors.groupingBy(Consequence::of, LinkedHashMap::new, Collectors.toList()));
    List<List<String>> cells = new ArrayList<>();
    cells.add(HEAD);
    alike.forEach((consequence, same) -> cells.add(cells(consequence, same)));
    List<Integer> widths =
        IntStream.range(0, HEAD.size())
            .mapToObj(at -> cells.stream().mapToInt(row -> row.get(at).length()).max().orElse(0))
            .toList();
    List<String> lines = new ArrayList<>(cells.stream().map(row -> line(row, widths)).toList());
    lines.add(1, line(widths.stream().map("-"::repeat).toList(), widths));
    return lines.stream().map(line -> line + "\n").collect(Collectors.joining());
  }

  private static List<String> cells(Consequence consequence, List<Row> same) {
    String failures =
        same.stream().map(row -> row.failure().toString()).collect(Collectors.joining("; "));
    String step = consequence.step().isEmpty() ? "the saga's result" : code(consequence.step());
    return List.of(step, failures, end(consequence), order(consequence));
  }

  private static String end(Consequence consequence) {
    return switch (consequence.end()) {
      case COMPENSATED -> "compensates";
      case COMPLETED -> "goes on";
      case STUCK -> "is stuck: " + consequence.reason();
      case RUNNING, COMPENSATING -> "waits for " + consequence.reason();
      case RESOLVED -> throw new IllegalStateException(consequence.step() + " leads to no end");
    };
  }

  private static String order(Consequence consequence) {
    return consequence.compensated().isEmpty()
        ? "nothing"
        : consequence.compensated().stream()
            .map(MatrixTable::together)
            .collect(Collectors.joining(", "));
  }

  private static String together(List<String> steps) {
    return steps.stream().map(MatrixTable::code).collect(Collectors.joining(" with "));
  }

  private static String code(String path) {
    return "`" + path + "`";
  }

  private static String line(List<String> cells, List<Integer> widths) {
    return IntStream.range(0, cells.size())
        .mapToObj(at -> cells.get(at) + " ".repeat(widths.get(at) - cells.get(at).length()))
        .collect(Collectors.joining(" | ", "| ", " |"));
  }
}
