package io.skald.chaos;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What faults are done to.
 *
 * @param commitsInDoubt how many sessions were ended while their commit was held: it is there, and
 *     nobody was told
 */
record Scene(
    Cluster cluster, DatabaseServer server, ChaosDatabase database, AtomicLong commitsInDoubt) {

  /** Waits until every node runs sagas again. */
  void awaitMembers() throws InterruptedException {
    for (int slot = 0; slot < Cluster.SIZE; slot++) {
      boolean unused = cluster.awaitMember(slot);
    }
  }

  static void pause(long millis) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(millis);
  }
}
