package io.skald.samples.order;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;

/** What is done to the services while orders come in: one after the other is killed. */
final class Outages implements Runnable {
  private static final Duration PAYMENTS_DOWN = Duration.ofSeconds(3);
  private static final Duration CHECK = Duration.ofMillis(20);

  private final Cluster cluster;
  private final Feeder feeder;
  private final Progress progress;
  private final int count;
  private volatile boolean over;

  /**
   * Outages that have not begun.
   *
   * @param count how many orders there will be
   */
  Outages(Cluster cluster, Feeder feeder, Progress progress, int count) {
    this.cluster = cluster;
    this.feeder = feeder;
    this.progress = progress;
    this.count = count;
  }

  /** Whether nothing more will be done to the services. */
  boolean isOver() {
    return over;
  }

  @Override
  public void run() {
    try {
      awaitPlaced(count * 3 / 10);
      stopPayments();
      awaitPlaced(count * 11 / 20);
      killOrders();
      awaitPlaced(count * 3 / 4);
      killInventory();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | SQLException | RuntimeException e) {
      say(e);
    } finally {
      over = true;
    }
  }

  private void say(Exception e) {
    try {
      if (!cluster.isInterrupted()) {
        progress.event("gave up breaking things: " + e.getMessage());
      }
    } catch (InterruptedException again) {
      Thread.currentThread().interrupt();
    }
  }

  private void stopPayments() throws IOException, InterruptedException {
    cluster.payments().kill();
    progress.event(
        "payments killed (SIGKILL); it stays down for %d s".formatted(PAYMENTS_DOWN.toSeconds()));
    Thread.sleep(PAYMENTS_DOWN);
    cluster.payments().start();
    cluster.payments().awaitUp();
    progress.event("payments is back, pid " + cluster.payments().pid());
  }

  private void killOrders() throws IOException, InterruptedException, SQLException {
    cluster.orders().kill();
    int inFlight = Counts.read(cluster.databases().dataSource("orders")).inFlight();
    progress.event(
        "orders killed (SIGKILL) with %d sagas in flight; starting it again".formatted(inFlight));
    cluster.orders().start();
    cluster.orders().awaitUp();
    progress.event("orders is back, pid " + cluster.orders().pid());
  }

  private void killInventory() throws IOException, InterruptedException, SQLException {
    cluster.inventory().kill();
    int packing = Counts.packing(cluster.databases().dataSource("inventory"));
    progress.event(
        "inventory killed (SIGKILL) with %d packings in hand; starting it again"
            .formatted(packing));
    cluster.inventory().start();
    cluster.inventory().awaitUp();
    progress.event("inventory is back, pid " + cluster.inventory().pid());
  }

  private void awaitPlaced(int enough) throws InterruptedException {
    while (feeder.placed() < enough) {
      Thread.sleep(CHECK);
    }
  }
}
