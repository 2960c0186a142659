package io.skald.engine.runtime;

import io.skald.saga.SagaId;
import io.skald.saga.definition.WaitPoint;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The tokens of one saga, by which what it waits for is completed. A token names the saga and what
 * it is for, and proves that the saga gave it away: by an HMAC-SHA-256 (RFC 2104), cut to 128 bits,
 * under a random key of the saga's own that never leaves the database and the engine.
 *
 * @param saga the saga
 * @param key its key
 */
public record Tokens(SagaId saga, UUID key) {
  private static final int PART_BYTES = 16;

  /** 16 bytes in Base64 without padding. */
  private static final int PART_LENGTH = 22;

  /**
   * A token as it was shown.
   *
   * @param saga the saga it names
   * @param point what it says it is for
   * @param proof what is to be compared with the right one
   */
  record Shown(SagaId saga, WaitPoint point, String proof) {}

  /**
   * The saga a token names; nothing is proved yet.
   *
   * @throws IllegalArgumentException if it cannot be a token
   */
  public static SagaId sagaOf(String token) {
    return read(token).saga();
  }

  /** The token for a wait. */
  String of(WaitPoint point) {
    return text(bytes(saga.value())) + proof(point) + point.text();
  }

  /**
   * What a token names; nothing is proved yet.
   *
   * @throws IllegalArgumentException if it cannot be a token; it is not repeated in the message
   */
  static Shown read(String token) {
    if (token.length() <= 2 * PART_LENGTH) {
      throw noToken();
    }
    try {
      ByteBuffer id =
          ByteBuffer.wrap(Base64.getUrlDecoder().decode(token.substring(0, PART_LENGTH)));
      String proof = token.substring(PART_LENGTH, 2 * PART_LENGTH);
      var saga = new SagaId(new UUID(id.getLong(), id.getLong()));
      String text = token.substring(2 * PART_LENGTH);
      WaitPoint point = WaitPoint.parse(text);
      if (!point.text().equals(text)) {
        throw noToken();
      }
      return new Shown(saga, point, proof);
    } catch (IllegalArgumentException e) {
      throw noToken();
    }
  }

  /**
   * Checks that this saga gave the token away.
   *
   * @throws IllegalArgumentException if it did not
   */
  void require(Shown token) {
    // in constant time: how much of a guess is right must not be measurable
    byte[] right = proof(token.point()).getBytes(StandardCharsets.UTF_8);
    byte[] shown = token.proof().getBytes(StandardCharsets.UTF_8);
    if (!token.saga().equals(saga) || !MessageDigest.isEqual(right, shown)) {
      throw noToken();
    }
  }

  static IllegalArgumentException noToken() {
    return new IllegalArgumentException(
        "token: not one of a saga that is there (expected: as it was given)");
  }

  private String proof(WaitPoint point) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(bytes(key), "HmacSHA256"));
      byte[] whole = mac.doFinal(point.text().getBytes(StandardCharsets.UTF_8));
      return text(Arrays.copyOf(whole, PART_BYTES));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }

  private static String text(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static byte[] bytes(UUID id) {
    return ByteBuffer.allocate(PART_BYTES)
        .putLong(id.getMostSignificantBits())
        .putLong(id.getLeastSignificantBits())
        .array();
  }

  @Override
  public String toString() {
    return "the tokens of " + saga;
  }
}
