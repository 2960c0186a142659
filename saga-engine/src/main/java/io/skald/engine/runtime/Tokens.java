package io.skald.engine.runtime;

import io.skald.saga.SagaId;
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
 * The tokens of one saga, by which what it waits for is completed. A token names the saga and the
 * path of the step, and proves that the saga gave it away: by an HMAC-SHA-256 (RFC 2104), cut to
 * 128 bits, under a random key of the saga's own that never leaves the database and the engine.
 *
 * @param saga the saga
 * @param key its key
 */
record Tokens(SagaId saga, UUID key) {
  private static final int ID_BYTES = 16;
  private static final int PROOF_BYTES = 16;
  private static final int HEAD_LENGTH = 43;

  /**
   * A token as it was shown.
   *
   * @param saga the saga it names
   * @param path the path it names
   * @param proof what is to be compared with the right one
   */
  record Shown(SagaId saga, String path, byte[] proof) {}

  /** The token of the step at a path. */
  String of(String path) {
    byte[] head =
        ByteBuffer.allocate(ID_BYTES + PROOF_BYTES)
            .put(bytes(saga.value()))
            .put(proof(path))
            .array();
    return Base64.getUrlEncoder().withoutPadding().encodeToString(head) + path;
  }

  /**
   * What a token names; nothing is proved yet.
   *
   * @throws IllegalArgumentException if it cannot be a token; it is not repeated in the message
   */
  static Shown read(String token) {
    if (token.length() <= HEAD_LENGTH) {
      throw noToken();
    }
    byte[] head;
    try {
      head = Base64.getUrlDecoder().decode(token.substring(0, HEAD_LENGTH));
    } catch (IllegalArgumentException e) {
      throw noToken();
    }
    ByteBuffer id = ByteBuffer.wrap(head);
    var saga = new SagaId(new UUID(id.getLong(), id.getLong()));
    byte[] proof = Arrays.copyOfRange(head, ID_BYTES, head.length);
    return new Shown(saga, token.substring(HEAD_LENGTH), proof);
  }

  /**
   * Checks that this saga gave the token away.
   *
   * @throws IllegalArgumentException if it did not
   */
  void require(Shown token) {
    // in constant time: how much of a guess is right must not be measurable
    if (!token.saga().equals(saga) || !MessageDigest.isEqual(proof(token.path()), token.proof())) {
      throw noToken();
    }
  }

  static IllegalArgumentException noToken() {
    return new IllegalArgumentException("token: not one of a saga's (expected: as it was given)");
  }

  private byte[] proof(String path) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(bytes(key), "HmacSHA256"));
      return Arrays.copyOf(mac.doFinal(path.getBytes(StandardCharsets.UTF_8)), PROOF_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has HmacSHA256", e);
    }
  }

  private static byte[] bytes(UUID id) {
    return ByteBuffer.allocate(ID_BYTES)
        .putLong(id.getMostSignificantBits())
        .putLong(id.getLeastSignificantBits())
        .array();
  }

  @Override
  public String toString() {
    return "the tokens of " + saga;
  }
}
