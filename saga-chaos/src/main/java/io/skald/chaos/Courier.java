package io.skald.chaos;

import java.sql.SQLException;
import java.util.Random;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does the work that asynchronous steps hand out, and says so by token through some node: soon,
 * twice, too late, never, or that it failed.
 */
final class Courier {
  private static final Logger LOG = LoggerFactory.getLogger(Courier.class);
  private static final int SOON = 1_500;
  private static final int TOO_LATE = 3_500;

  private final ChaosDatabase database;
  private final Random random;
  private volatile boolean calm;

  Courier(ChaosDatabase database, long seed) {
    this.database = database;
    this.random = new Random(seed);
  }

  void calm() {
    calm = true;
  }

  void accept(String token) {
    int dice = calm ? 0 : random.nextInt(100);
    if (dice < 86) {
      int delay = calm ? 0 : dice < 78 ? random.nextInt(SOON) : TOO_LATE;
      add(Errands.Kind.COMPLETE, token, delay);
    }
    if (dice >= 65 && dice < 78) {
      add(Errands.Kind.COMPLETE, token, random.nextInt(SOON));
    }
    if (dice >= 94) {
      add(Errands.Kind.FAIL, token, random.nextInt(SOON));
    }
  }

  private void add(Errands.Kind kind, String token, long inMillis) {
    try {
      database.inTransaction(connection -> Errands.add(connection, kind, token, inMillis));
    } catch (SQLException e) {
      // the server is down: then nobody will hear of that work
      LOG.warn("{} not said: {}", kind, e.getMessage());
    }
  }
}
