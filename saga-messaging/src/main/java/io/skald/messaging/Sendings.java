package io.skald.messaging;

import io.skald.engine.spi.OutboxMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What is under way to the broker, in the order it was sent in. Confined to one thread. */
final class Sendings {
  private final Duration timeout;
  private final Map<Long, Sending> underWay = new LinkedHashMap<>();

  /**
   * One attempt.
   *
   * @param message what is sent
   * @param sentAt when, by the monotonic clock; with the message it says which attempt it is
   */
  record Sending(OutboxMessage message, long sentAt) {}

  Sendings(Duration timeout) {
    this.timeout = timeout;
  }

  void add(Sending sending) {
    underWay.put(sending.message().position(), sending);
  }

  /** Ends an attempt; answers whether it was under way still, and not given up. */
  boolean end(Sending sending) {
    return underWay.remove(sending.message().position(), sending);
  }

  /** Ends whatever attempt of a message is under way; answers whether there was one. */
  boolean endAnother(OutboxMessage message) {
    return underWay.remove(message.position()) != null;
  }

  boolean isUnderWay(long position) {
    return underWay.containsKey(position);
  }

  /** Those that had no answer in time; they count as ended. */
  List<Sending> overdue(long now) {
    List<Sending> overdue = new ArrayList<>();
    Iterator<Sending> oldestFirst = underWay.values().iterator();
    while (oldestFirst.hasNext()) {
      Sending sending = oldestFirst.next();
      if (now - sending.sentAt() < timeout.toNanos()) {
        break;
      }
      oldestFirst.remove();
      overdue.add(sending);
    }
    return overdue;
  }

  /** How long it is until the next one is overdue; empty if none is under way. */
  Optional<Duration> untilOverdue(long now) {
    return underWay.values().stream()
        .findFirst()
        .map(oldest -> timeout.minusNanos(now - oldest.sentAt()));
  }

  int count() {
    return underWay.size();
  }

  int countSince(long then) {
    return (int) underWay.values().stream().filter(sending -> sending.sentAt() - then >= 0).count();
  }
}
