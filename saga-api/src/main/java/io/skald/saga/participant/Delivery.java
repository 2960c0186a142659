package io.skald.saga.participant;

import io.skald.saga.internal.Check;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Objects;

/**
 * One delivery of a message: for whom, which one, and a digest of what it says. Holds no body.
 * Immutable.
 */
public final class Delivery {
  /** The longest id of a message, in characters. */
  public static final int ID_MAX = 255;

  private static final int DIGEST_MIN = 16;
  private static final int DIGEST_MAX = 64;

  private final String consumer;
  private final String messageId;
  private final byte[] digest;

  private Delivery(String consumer, String messageId, byte[] digest) {
    this.consumer = Check.name("consumer", consumer);
    this.messageId = Check.text("messageId", messageId, ID_MAX);
    this.digest = digest;
  }

  /**
   * A delivery of a message with that body, of which the SHA-256 is kept and nothing else.
   *
   * @param consumer who receives it; 1 to 100 characters of {@code [a-zA-Z0-9._-]}. Each consumer
   *     handles each message for itself
   * @param messageId the sender's, the same at each delivery; 1 to 255 characters without control
   *     characters and lone surrogates
   * @param body what the message says, the same bytes at each delivery
   * @throws IllegalArgumentException if {@code consumer} or {@code messageId} is out of bounds
   */
  public static Delivery of(String consumer, String messageId, byte[] body) {
    return new Delivery(consumer, messageId, sha256(Objects.requireNonNull(body, "body")));
  }

  /**
   * A delivery of a message of which the caller has made a digest: of the part that has to be the
   * same each time, or with a key, where the body is so short that its digest gives it away.
   *
   * @param consumer who receives it, as above
   * @param messageId the sender's, as above
   * @param digest 16 to 64 bytes
   * @throws IllegalArgumentException if any of them is out of bounds
   */
  public static Delivery ofDigest(String consumer, String messageId, byte[] digest) {
    int length = digest.length;
    if (length < DIGEST_MIN || length > DIGEST_MAX) {
      throw Check.refused("digest", length + " bytes", DIGEST_MIN + " to " + DIGEST_MAX);
    }
    return new Delivery(consumer, messageId, digest.clone());
  }

  private static byte[] sha256(byte[] body) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(body);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Who receives the message. */
  public String consumer() {
    return consumer;
  }

  /** The message's id. */
  public String messageId() {
    return messageId;
  }

  /** The digest of what the message says, a copy. */
  public byte[] digest() {
    return digest.clone();
  }

  /** Whether what the message says has that digest. */
  public boolean hasDigest(byte[] other) {
    return Arrays.equals(digest, other);
  }

  /** The consumer and the id. */
  @Override
  public String toString() {
    return consumer + " " + Check.printable(messageId);
  }
}
