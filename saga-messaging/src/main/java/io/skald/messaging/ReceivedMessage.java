package io.skald.messaging;

import io.skald.saga.internal.Check;
import io.skald.saga.participant.Delivery;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A message as a broker has delivered it.
 *
 * @param topic which of those that were subscribed to it belongs to
 * @param id the sender's, the same at each delivery: {@code skald-message-id} where a relay has
 *     sent it; 1 to {@value Delivery#ID_MAX} characters
 * @param keyOrNull what it is about; null if it has no key
 * @param payload the bytes; not copied, and not to be changed
 * @param headers what goes with it, those of the transport included
 */
@SuppressWarnings("ArrayRecordComponent") // the same message is the same array
public record ReceivedMessage(
    String topic,
    String id,
    @Nullable String keyOrNull,
    byte[] payload,
    Map<String, String> headers) {

  /**
   * Checks that it can be told from other messages.
   *
   * @throws IllegalArgumentException if the id is out of bounds
   */
  public ReceivedMessage {
    Objects.requireNonNull(topic, "topic");
    Check.text("id", id, Delivery.ID_MAX);
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
    return "message " + Check.printable(id) + " from " + Check.printable(topic);
  }
}
