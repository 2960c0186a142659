package io.skald.engine.spi;

import io.skald.saga.participant.Topic;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message as it lies in the outbox.
 *
 * @param position its place: of two transactions that do not overlap the later one has the greater
 * @param id the same each time it is sent
 * @param bucket which of the relays sends it; the same for all messages of a key
 * @param topic where it goes
 * @param keyOrNull what it is about; null if it has no key
 * @param payload the bytes; not copied, and not to be changed
 * @param headers what goes with it
 * @param attempts how often it has failed while others did not
 * @param publishedAt when, by the database's clock
 */
@SuppressWarnings("ArrayRecordComponent") // the same message is the same array
public record OutboxMessage(
    long position,
    UUID id,
    int bucket,
    Topic topic,
    @Nullable String keyOrNull,
    byte[] payload,
    Map<String, String> headers,
    int attempts,
    Instant publishedAt) {

  /** What it is about; empty if it has no key. */
  public Optional<String> key() {
    return Optional.ofNullable(keyOrNull);
  }

  /** Which message it is, without what it says. */
  @Override
  public String toString() {
    return "message " + id + " to " + topic;
  }
}
