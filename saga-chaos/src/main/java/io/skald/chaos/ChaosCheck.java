package io.skald.chaos;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The invariants, computed from the participant's ledger, the log and the business tables. */
final class ChaosCheck {
  private static final int NAMED_MAX = 20;

  private final ChaosDatabase database;
  private final RemoteLedger ledger;

  ChaosCheck(ChaosDatabase database, RemoteLedger ledger) {
    this.database = database;
    this.ledger = ledger;
  }

  /** What does not hold, each beginning with its invariant; of each kind the first ones. */
  List<String> violations() throws SQLException {
    StepTable.fill(database, new Definitions(new RemoteClient(ledger.port())));
    LedgerCheck.load(database, ledger);
    var violations = new ArrayList<String>();
    Stream.of(LogCheck.QUERIES, WaitCheck.QUERIES, LedgerCheck.QUERIES, ExclusionCheck.QUERIES)
        .flatMap(List::stream)
        .forEach(query -> violations.addAll(found(database.rows(query))));
    return violations;
  }

  private static List<String> found(List<List<String>> rows) {
    var found = new ArrayList<>(rows.stream().map(List::getFirst).limit(NAMED_MAX).toList());
    if (rows.size() > NAMED_MAX) {
      found.add("%s …, %d in all".formatted(found.getLast(), rows.size()));
    }
    return found;
  }
}
