package io.skald.saga.participant;

import io.skald.saga.internal.Check;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A message that a consumer could not handle, as it was delivered.
 *
 * @param consumer who could not; 1 to 100 characters of {@code [a-zA-Z0-9._-]}
 * @param id the sender's, or one that was made for a message without; 1 to {@value Delivery#ID_MAX}
 *     characters without control characters and lone surrogates
 * @param topic where it came from
 * @param keyOrNull what it is about; null if it has no key
 * @param payload the bytes; not copied, and not to be changed
 * @param headers what goes with it
 */
@SuppressWarnings("ArrayRecordComponent") // the same message is the same array
public record DeadMessage(
    String consumer,
    String id,
    String topic,
    @Nullable String keyOrNull,
    byte[] payload,
    Map<String, String> headers) {

  /**
   * Checks that it can be found again.
   *
   * @throws IllegalArgumentException if the consumer or the id is out of bounds
   */
  public DeadMessage {
    Check.name("consumer", consumer);
    Check.text("id", id, Delivery.ID_MAX);
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(payload, "payload");
    headers = Map.copyOf(headers);
  }

  /** What it is about; empty if it has no key. */
  public Optional<String> key() {
    return Optional.ofNullable(keyOrNull);
  }

  /** Which message it is, without what it says. */
  @Override
  public String toString() {
    return consumer + " " + Check.printable(id) + " from " + Check.printable(topic);
  }
}
