package io.skald.engine.spi;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Where published messages lie until a relay has sent them. Each call is a transaction of its own;
 * each throws {@link io.skald.saga.error.SagaStoreException} if the store fails, and what became of
 * it is then unknown. Safe for use by several threads.
 *
 * <p>A message is <i>in trouble</i> when it could not be sent though others could: it is tried
 * again later, or has failed for good. As long as it is, those of its key that come after it are
 * not handed out, on a topic that keeps their order.
 */
public interface OutboxStore {
  /** How many buckets there are: more relays than these are idle. */
  int BUCKETS = 64;

  /**
   * Keeps a relay alive for {@code lease} from now on, by the store's clock, and takes for it as
   * many buckets as its share is, of those that nobody owns who is alive. A relay that is not
   * known, or whose lease is over, is new.
   */
  RelayShare keep(RelayId relay, Duration lease);

  /** Gives buckets up that {@code relay} owns, for others to take. */
  void giveUp(RelayId relay, Collection<Integer> buckets);

  /** Gives everything up, and forgets the relay. */
  void leave(RelayId relay);

  /**
   * What is to be sent, of each bucket what was published first: those that are pending, and those
   * in trouble whose time has come. Ordered by position. Found by what state they are in, and never
   * by where another one was: a transaction may commit long after others that began later. What
   * cannot be read has failed, as if no broker would take it.
   *
   * @param rooms how many at most of which bucket
   * @param loaded the positions of those that are not wanted
   * @param bytesMax how many bytes of payload at most, the first message excepted
   */
  OutboxPage pending(Map<Integer, Integer> rooms, Collection<Long> loaded, long bytesMax);

  /**
   * These are with the broker, whoever sent them, and though somebody may have discarded one of
   * them meanwhile. What waited for them goes on.
   *
   * @param messages as they were handed out
   * @return those of which it could not be written down as their rows are locked: to be said again
   */
  List<OutboxMessage> sent(Collection<OutboxMessage> messages);

  /**
   * This one could not be sent, though others could.
   *
   * @param retryAfter when it is handed out again
   * @param error what the broker said, for people
   */
  void postpone(OutboxMessage message, Duration retryAfter, String error);

  /**
   * No broker will ever take this one. What comes after it goes on if the topic says so.
   *
   * @param error what the broker said, for people
   */
  void fail(OutboxMessage message, String error);

  /**
   * Has a message that failed sent again, before those of its key that waited for it.
   *
   * @return whether there was one at that position
   */
  boolean retry(long position);

  /**
   * Gives a message that failed up. What waited for it goes on.
   *
   * @return whether there was one at that position
   */
  boolean discard(long position);

  /**
   * Deletes what was sent or discarded longer ago than {@code age}, of the next {@code limit} that
   * lie after a position.
   *
   * @return where to go on; {@link Long#MAX_VALUE} if what comes next is younger, or nothing does
   */
  long purge(Duration age, long after, int limit);

  /**
   * Deletes what was sent or discarded of a key, whenever that was: somebody has a right to be
   * forgotten. What is still to be sent stays, and what has failed. Reads the whole table.
   *
   * @return how many were deleted
   */
  int erase(String topic, String key);

  /** What is in the outbox. */
  OutboxFacts facts();
}
