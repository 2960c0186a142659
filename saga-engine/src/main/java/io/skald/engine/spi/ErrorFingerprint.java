package io.skald.engine.spi;

import io.skald.saga.internal.Masked;
import io.skald.saga.internal.StepPath;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A short digest of the kind of a failure and the step it is about, without what was said: 12
 * hexadecimal digits of a SHA-256. A store that searches by it makes the same of the same row.
 */
public final class ErrorFingerprint {
  /** Stands between the step and the kind, of which the step's name has none. */
  public static final String SEPARATOR = "\n";

  /** How many digits it has. */
  public static final int LENGTH = 12;

  private ErrorFingerprint() {}

  /**
   * The fingerprint of an error.
   *
   * @param path where the step stands, or its name: the element of a {@code forEach} makes no
   *     difference; null if it is about none
   * @param error what is recorded of it: the kind, and then what it said
   */
  public static String of(@Nullable String path, String error) {
    String step = path == null ? "" : StepPath.name(path);
    return HexFormat.of()
        .formatHex(sha256(step + SEPARATOR + Masked.kind(error)))
        .substring(0, LENGTH);
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
