package io.skald.testkit.simulation;

import static io.skald.testkit.simulation.FaultPoint.CALL;
import static io.skald.testkit.simulation.FaultPoint.CLAIM;
import static io.skald.testkit.simulation.FaultPoint.HEARTBEAT;
import static io.skald.testkit.simulation.FaultPoint.LOCAL;
import static io.skald.testkit.simulation.FaultPoint.LOCK;
import static io.skald.testkit.simulation.FaultPoint.SETTLE;
import static io.skald.testkit.simulation.FaultPoint.SIGNAL;
import static io.skald.testkit.simulation.FaultPoint.START;
import static io.skald.testkit.simulation.FaultPoint.WRITE;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** What can go wrong at a {@link FaultPoint}. */
public enum Fault {
  /** The request is lost before it takes effect, and the node is told that the connection broke. */
  LOST_BEFORE(START, WRITE, LOCAL, SETTLE, CLAIM, SIGNAL, LOCK, HEARTBEAT),
  /** The request takes effect, and its reply is lost. */
  REPLY_LOST(START, WRITE, LOCAL, SETTLE, CLAIM, SIGNAL, LOCK, HEARTBEAT),
  /** The connection breaks, and the request arrives long after. */
  APPLIED_LATE(START, WRITE, LOCAL, SETTLE, CLAIM, SIGNAL, LOCK, HEARTBEAT),
  /** The node dies before the request, or the call, takes effect. */
  DIES_BEFORE(START, WRITE, LOCAL, SETTLE, CLAIM, SIGNAL, LOCK, HEARTBEAT, CALL),
  /** The node dies when the request, or the call, has taken effect. */
  DIES_AFTER(START, WRITE, LOCAL, SETTLE, CLAIM, SIGNAL, LOCK, HEARTBEAT, CALL),
  /** The node dies, and its request, or its call, arrives long after. */
  DIES_LATE(START, WRITE, LOCAL, SETTLE, CLAIM, SIGNAL, LOCK, CALL),
  /** The node stands still for up to three leases before the request, or the call. */
  PAUSED_BEFORE(START, WRITE, LOCAL, SETTLE, SIGNAL, LOCK, HEARTBEAT, CALL),
  /** The node stands still for up to three leases after it. */
  PAUSED_AFTER(START, WRITE, LOCAL, SETTLE, CLAIM, SIGNAL, LOCK, HEARTBEAT, CALL),
  /** The node stands still for up to three leases between the user's code and its commit. */
  PAUSED_INSIDE(LOCAL),
  /** The node is shut down in good order, and started again. */
  SHUT_DOWN(HEARTBEAT),
  /** The database has no room: nothing is committed, and no attempt is burned. */
  POSTPONED(LOCAL),
  /** The user's code throws, and nothing has taken effect. */
  THROWS(LOCAL, CALL),
  /** The call takes effect, and throws. */
  THROWS_AFTER(CALL),
  /** The participant refuses for good, and nothing has taken effect. */
  REFUSED(CALL),
  /** No answer within the time limit, and nothing has taken effect. */
  NO_ANSWER(LOCAL, CALL),
  /** No answer within the time limit, and yet the call took effect. */
  ANSWER_LOST(CALL),
  /** No answer within the time limit, and the call arrives long after. */
  ARRIVES_LATE(CALL);

  @SuppressWarnings("ImmutableEnumChecker") // a copy that cannot be changed
  private final Set<FaultPoint> points;

  Fault(FaultPoint... points) {
    this.points = Set.of(points);
  }

  /** Whether this can happen there. */
  public boolean canStrike(FaultPoint point) {
    return points.contains(point);
  }

  /** What can go wrong at {@code point}, in order of declaration. */
  public static List<Fault> at(FaultPoint point) {
    return Arrays.stream(values()).filter(fault -> fault.canStrike(point)).toList();
  }
}
