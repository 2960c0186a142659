package io.skald.messaging;

import io.skald.engine.spi.OutboxMessage;
import io.skald.saga.participant.Topic;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The messages a relay has in memory: in lines, one for each key, of which the first message alone
 * may be under way. What the broker has stays until that is recorded, lest it is loaded again.
 * Confined to one thread.
 */
final class Backlog {
  private final int loadedMax;
  private final Map<Long, OutboxMessage> loaded = new HashMap<>();
  private final Map<Integer, Integer> counts = new HashMap<>();
  private final Map<LineKey, Deque<OutboxMessage>> lines = new HashMap<>();
  private final Deque<LineKey> ready = new ArrayDeque<>();
  private final Deque<LineKey> doubtful = new ArrayDeque<>();
  private long bytes;

  Backlog(int loadedMax) {
    this.loadedMax = loadedMax;
  }

  /**
   * Which line a message stands in.
   *
   * @param key null where there is no order: then it stands alone
   * @param position of a message that stands alone; 0 in a line
   */
  private record LineKey(String topic, @Nullable String key, long position) {
    static LineKey of(OutboxMessage message) {
      String topic = message.topic().name();
      return message.keyOrNull() == null || message.topic().order() == Topic.Order.NONE
          ? new LineKey(topic, null, message.position())
          : new LineKey(topic, message.keyOrNull(), 0);
    }
  }

  /** Takes messages in, in the order of their positions; those that are in already stay. */
  void add(List<OutboxMessage> messages) {
    for (OutboxMessage message : messages) {
      if (loaded.putIfAbsent(message.position(), message) == null) {
        counts.merge(message.bucket(), 1, Integer::sum);
        bytes += message.payload().length;
        join(message);
      }
    }
  }

  private void join(OutboxMessage message) {
    LineKey key = LineKey.of(message);
    Deque<OutboxMessage> line = lines.get(key);
    if (line == null) {
      line = new ArrayDeque<>();
      lines.put(key, line);
      ready.add(key);
    }
    line.add(message);
  }

  /** The next one to be sent, which is under way from now on; empty if there is none. */
  Optional<OutboxMessage> next() {
    return firstOf(ready.poll());
  }

  /** The next one of those that failed before, which is under way from now on. */
  Optional<OutboxMessage> nextDoubtful() {
    return firstOf(doubtful.poll());
  }

  private Optional<OutboxMessage> firstOf(@Nullable LineKey key) {
    return Optional.ofNullable(key).map(there -> line(there).getFirst());
  }

  /** The broker has it: the next one of its line may be sent. */
  void sent(OutboxMessage message) {
    LineKey key = LineKey.of(message);
    Deque<OutboxMessage> line = line(key);
    line.removeFirst();
    if (line.isEmpty()) {
      lines.remove(key);
    } else {
      ready.add(key);
    }
  }

  private Deque<OutboxMessage> line(LineKey key) {
    return Objects.requireNonNull(lines.get(key), "nobody stands in this line");
  }

  /** It has failed, and is to be sent again: it may be to blame itself. */
  void again(OutboxMessage message) {
    doubtful.add(LineKey.of(message));
  }

  /**
   * It was given up, and the broker has it after all.
   *
   * @return whether it was still to be sent again, which it is not any more
   */
  boolean takeBack(OutboxMessage message) {
    LineKey key = LineKey.of(message);
    Deque<OutboxMessage> line = lines.get(key);
    boolean isFirst = line != null && line.getFirst().position() == message.position();
    return isFirst && (doubtful.remove(key) || ready.remove(key));
  }

  /** It was sent, and that is recorded. */
  void forget(OutboxMessage message) {
    if (loaded.remove(message.position()) != null) {
      counts.merge(message.bucket(), -1, Integer::sum);
      bytes -= message.payload().length;
    }
  }

  /** It is in trouble, and that is recorded: its line is loaded anew, as far as it may go on. */
  void forgetLine(OutboxMessage message) {
    LineKey key = LineKey.of(message);
    line(key).forEach(this::forget);
    lines.remove(key);
  }

  /** The positions of all that is in memory. */
  Collection<Long> positions() {
    return loaded.keySet();
  }

  int countOf(int bucket) {
    return counts.getOrDefault(bucket, 0);
  }

  long bytes() {
    return bytes;
  }

  /** Whether so much room is free that it is worth asking for more. */
  boolean isRoom() {
    return loaded.size() <= loadedMax / 4 * 3;
  }

  /** How many more of each of these buckets it takes; those left out that are full. */
  Map<Integer, Integer> rooms(Set<Integer> buckets) {
    int each = buckets.isEmpty() ? 0 : loadedMax / buckets.size();
    Map<Integer, Integer> rooms = new HashMap<>();
    for (int bucket : buckets) {
      int room = each - countOf(bucket);
      if (room > 0) {
        rooms.put(bucket, room);
      }
    }
    return rooms;
  }
}
