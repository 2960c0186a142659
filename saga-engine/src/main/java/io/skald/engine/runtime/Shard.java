package io.skald.engine.runtime;

import io.skald.saga.SagaId;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32;

/**
 * One of the databases the sagas of a service are spread over. The ids of its sagas bear it in
 * their last 16 bits, which RFC 9562 leaves to chance in a UUID of version 7: how many there are,
 * and which one it is.
 *
 * @param number which one, from 0
 * @param count how many there are, at most {@value #COUNT_MAX}
 */
public record Shard(int number, int count) {
  /** The most there can be. */
  public static final int COUNT_MAX = 255;

  private static final int BITS = 8;
  private static final long NUMBER = (1 << BITS) - 1;
  private static final long MARK = (NUMBER << BITS) | NUMBER;
  private static final int ID_LENGTH = 36;

  /** Checks the bounds. */
  public Shard {
    if (count < 1 || count > COUNT_MAX) {
      throw new IllegalArgumentException(
          "shards: %d (expected: 1 to %d)".formatted(count, COUNT_MAX));
    }
    if (number < 0 || number >= count) {
      throw new IllegalArgumentException(
          "shard: %d (expected: 0 to %d)".formatted(number, count - 1));
    }
  }

  /** The same id, with this shard in it. */
  public UUID marked(UUID id) {
    long mark = ((long) count << BITS) | number;
    return new UUID(id.getMostSignificantBits(), (id.getLeastSignificantBits() & ~MARK) | mark);
  }

  /** The shard an id bears; empty if that can be none. */
  public static Optional<Shard> of(SagaId saga) {
    long bits = saga.value().getLeastSignificantBits();
    int number = (int) (bits & NUMBER);
    int count = (int) ((bits >> BITS) & NUMBER);
    return number < count ? Optional.of(new Shard(number, count)) : Optional.empty();
  }

  /**
   * The number of the shard of a business key, of {@code count}. Where its first 36 characters are
   * a UUID that bears a shard of as many, it is that one: so the key of a saga without one of its
   * own, which is its id or begins with its parent's, is in that saga's shard. Else it is the
   * CRC-32 of the key in UTF-8, modulo {@code count}.
   */
  public static int ofKey(String businessKey, int count) {
    return idIn(businessKey)
        .flatMap(Shard::of)
        .filter(shard -> shard.count() == count)
        .map(Shard::number)
        .orElseGet(() -> hashed(businessKey, count));
  }

  private static Optional<SagaId> idIn(String businessKey) {
    if (businessKey.length() < ID_LENGTH) {
      return Optional.empty();
    }
    try {
      return Optional.of(SagaId.parse(businessKey.substring(0, ID_LENGTH)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static int hashed(String businessKey, int count) {
    var crc = new CRC32();
    crc.update(businessKey.getBytes(StandardCharsets.UTF_8));
    return (int) (crc.getValue() % count);
  }
}
