package io.skald.engine;

import io.skald.engine.spi.TableFacts;
import io.skald.engine.spi.TableFacts.Backlog;
import io.skald.engine.spi.TableFacts.Holdback;
import io.skald.engine.spi.TableFacts.Index;
import io.skald.engine.spi.TableFacts.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Says what of a store's tables is out of the ordinary, and what may be done about it. */
final class TableFindings {
  /** Smaller tables are nobody's trouble, however they look. */
  static final long ROWS_MIN = 10_000;

  /** Vacuum is asked for at a fiftieth of saga: ten times that is not keeping up. */
  static final double DEAD_SHARE_MAX = 0.2;

  /** No step, start or report of a service should be open for that long. */
  static final Duration HELD_MAX = Duration.ofHours(1);

  /** Where the time is not to be seen. */
  static final long HELD_TRANSACTIONS_MAX = 1_000_000;

  /** The database freezes at a tenth by itself. */
  static final double HORIZON_MAX = 0.25;

  private final TableFacts facts;

  TableFindings(TableFacts facts) {
    this.facts = facts;
  }

  List<String> all() {
    var findings = new ArrayList<String>();
    facts.tables().forEach(table -> look(table, findings));
    facts.holdback().filter(this::isLong).map(this::held).ifPresent(findings::add);
    look(facts.backlog(), findings);
    return findings;
  }

  private void look(Table table, List<String> findings) {
    boolean isSmall = table.liveRows() + table.deadRows() < ROWS_MIN;
    if (!isSmall && table.deadRows() > DEAD_SHARE_MAX * table.liveRows()) {
      findings.add(
          "%s: %d dead rows beside %d live ones, last vacuumed %s: vacuum does not keep up (have it run at once: vacuum; then more often or faster: autovacuum_naptime, autovacuum_vacuum_cost_limit)"
              .formatted(
                  table.name(), table.deadRows(), table.liveRows(), or(table, Table::vacuumedAt)));
    }
    if (!isSmall && table.analyzedAt().isEmpty()) {
      findings.add(
          "%s: %d rows, and never analyzed as far as is known: plans are guesses (analyze it)"
              .formatted(table.name(), table.liveRows()));
    }
    if (table.horizon() > HORIZON_MAX) {
      findings.add(
          "%s: %s of the transaction numbers are used up since its rows were frozen (vacuum freeze it; look for what holds vacuum back)"
              .formatted(table.name(), percent(table.horizon())));
    }
  }

  private boolean isLong(Holdback holdback) {
    return holdback
        .since()
        .map(since -> since.plus(HELD_MAX).isBefore(facts.readAt()))
        .orElse(holdback.transactions() > HELD_TRANSACTIONS_MAX);
  }

  private String held(Holdback holdback) {
    return "%s holds vacuum back by %d transactions%s: dead rows stay meanwhile (end it, as by pg_terminate_backend, rollback prepared or pg_drop_replication_slot; set idle_in_transaction_session_timeout)"
        .formatted(
            holdback.who(),
            holdback.transactions(),
            holdback.since().map(since -> ", since " + since).orElse(""));
  }

  private static void look(Backlog backlog, List<String> findings) {
    if (backlog.overdue() > 0) {
      findings.add(
          "%s have been due for more than a minute and nobody took them (look for live nodes that have room and define their versions)"
              .formatted(sagas(backlog.overdue())));
    }
    if (backlog.stuck() > 0) {
      findings.add(
          "%s wait for an operator (search by status STUCK; retry, skip, cancel or resolve)"
              .formatted(sagas(backlog.stuck())));
    }
    if (backlog.expired() >= TableFacts.COUNTED_MAX) {
      findings.add(
          "%s have ended longer ago than they are to be kept: retention does not keep up (look for \"cannot delete ended sagas\" in the log, and for sub-sagas that do not end)"
              .formatted(sagas(backlog.expired())));
    }
  }

  private static String sagas(long count) {
    return (count >= TableFacts.COUNTED_MAX ? "at least " : "") + count + " sagas";
  }

  String text(List<String> findings) {
    Backlog backlog = facts.backlog();
    return Stream.of(
            facts.tables().stream().map(TableFindings::line),
            Stream.of(
                "unfinished about %d, due %d, overdue %d, stuck %d, expired %d"
                    .formatted(
                        backlog.unfinished(),
                        backlog.due(),
                        backlog.overdue(),
                        backlog.stuck(),
                        backlog.expired())),
            findings.stream().map(finding -> "look: " + finding),
            facts.unseen().stream().map(unseen -> "not seen: " + unseen))
        .flatMap(lines -> lines)
        .collect(Collectors.joining("\n"));
  }

  private static String line(Table table) {
    return "%s: %s, indexes %s; rows about %d, dead %d; vacuumed %s, analyzed %s; %s of the transaction numbers"
        .formatted(
            table.name(),
            size(table.bytes()),
            size(table.indexes().stream().mapToLong(Index::bytes).sum()),
            table.liveRows(),
            table.deadRows(),
            or(table, Table::vacuumedAt),
            or(table, Table::analyzedAt),
            percent(table.horizon()));
  }

  private static String or(Table table, Function<Table, Optional<Instant>> at) {
    return at.apply(table).map(Object::toString).orElse("never");
  }

  private static String size(long bytes) {
    return String.format(Locale.ROOT, "%.1f MiB", bytes / (1024.0 * 1024));
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }
}
