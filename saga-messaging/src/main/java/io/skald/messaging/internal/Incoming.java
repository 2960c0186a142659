package io.skald.messaging.internal;

import io.skald.messaging.ReceivedMessage;
import io.skald.messaging.Source;
import io.skald.saga.internal.Check;
import io.skald.saga.participant.Delivery;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A message of a broker on its way to a receiver.
 *
 * @param unreadable what is wrong with it; empty if nothing is
 */
public record Incoming(ReceivedMessage message, Optional<String> unreadable) {
  private static final char NO_TEXT = '\uFFFD';

  /**
   * A message as the broker gave it, under its own id or, if that is none, under another.
   *
   * @param idOrNull what the sender says
   * @param place what tells it from other messages of the broker, the same at each delivery
   */
  public static Incoming of(
      String topic,
      @Nullable String idOrNull,
      String place,
      @Nullable String keyOrNull,
      byte[] payload,
      Map<String, String> headers) {
    Optional<String> wrong = whatIsWrongWith(idOrNull);
    String id = wrong.isPresent() || idOrNull == null ? idOf(place) : idOrNull;
    return new Incoming(new ReceivedMessage(topic, id, keyOrNull, payload, headers), wrong);
  }

  private static Optional<String> whatIsWrongWith(@Nullable String idOrNull) {
    if (idOrNull == null) {
      return Optional.of("id: none (expected: the sender's)");
    }
    if (idOrNull.indexOf(NO_TEXT) >= 0) {
      // ids that differ would be taken for one
      return Optional.of("id: bytes that are no text (expected: text)");
    }
    try {
      var unused = Check.text("id", idOrNull, Delivery.ID_MAX);
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private static String idOf(String place) {
    try {
      return Check.text("place", place, Delivery.ID_MAX);
    } catch (IllegalArgumentException e) {
      return "sha256:" + digest(place.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** The SHA-256 of something, in hexadecimal. */
  public static String digest(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (byte[] part : parts) {
        digest.update((part.length + ":").getBytes(StandardCharsets.US_ASCII));
        digest.update(part);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Text of whatever bytes: U+FFFD stands for those that are none. */
  public static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  void to(Source.Receiver receiver) throws InterruptedException {
    if (unreadable.isPresent()) {
      receiver.receiveUnreadable(message, unreadable.get());
    } else {
      receiver.receive(message);
    }
  }
}
