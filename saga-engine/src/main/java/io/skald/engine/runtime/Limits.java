package io.skald.engine.runtime;

import io.skald.engine.spi.PayloadCodec;
import io.skald.saga.definition.LockKey;
import io.skald.saga.error.SagaDataException;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * The bounds of what is stored, checked before anything is.
 *
 * @param payloadBytesMax the largest encoded input, result or output, in bytes of UTF-8
 * @param crashesMax after how many owners that died in a row a saga is stuck
 */
public record Limits(int payloadBytesMax, int crashesMax) {
  /** The longest business key and attribute value, in characters. */
  public static final int KEY_MAX = 255;

  /** How many rows the log of a saga may come to, its compensations included: 10,000. */
  public static final int LOG_ROWS_MAX = 10_000;

  /** The value as text, within the bound. */
  String encode(PayloadCodec codec, String what, Object value, Type type) {
    return checked(what, codec.encode(value, type));
  }

  /** The text, if it is within the bound and can be stored. */
  String checked(String what, String text) {
    // a char has at most three bytes, so most texts need no counting
    if (text.length() > payloadBytesMax / 3) {
      int bytes = text.getBytes(StandardCharsets.UTF_8).length;
      if (bytes > payloadBytesMax) {
        throw new SagaDataException(
            "%s: %d bytes (expected: <= %d)".formatted(what, bytes, payloadBytesMax), null);
      }
    }
    if (text.indexOf('\0') >= 0) {
      throw new SagaDataException(what + ": contains U+0000 (expected: text without it)", null);
    }
    requirePairs(what, text);
    return text;
  }

  /** A lone surrogate has no UTF-8: it would come back as another character. */
  private static void requirePairs(String what, String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (i + 1 == text.length()
            || !Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1))) {
          throw new SagaDataException(
              what + ": contains a lone surrogate (expected: text that is valid Unicode)", null);
        }
        i++;
      }
    }
  }

  /** The key, if it can be one. */
  public static String checkedKey(String key) {
    if (key.isEmpty() || key.length() > KEY_MAX) {
      throw new SagaDataException(
          "business key: %d characters (expected: 1 to %d)".formatted(key.length(), KEY_MAX), null);
    }
    checkPrintable("business key", key);
    return key;
  }

  /** The attributes, if they can be such. */
  public static Map<String, String> checkedAttributes(Map<String, String> attributes) {
    attributes.forEach(Limits::checkAttribute);
    return attributes;
  }

  private static void checkAttribute(String name, String value) {
    if (value.length() > KEY_MAX) {
      throw new SagaDataException(
          "attribute %s: %d characters (expected: <= %d)".formatted(name, value.length(), KEY_MAX),
          null);
    }
    checkPrintable("attribute " + name, value);
  }

  /** Refuses a lock whose key can be none. */
  static void checkLocks(List<LockKey> locks) {
    locks.forEach(Limits::checkLock);
  }

  private static void checkLock(LockKey lock) {
    String key = lock.key();
    if (key.isBlank() || key.length() > KEY_MAX) {
      throw new SagaDataException(
          "key of lock %s: %d characters (expected: 1 to %d, not blank)"
              .formatted(lock.name(), key.length(), KEY_MAX),
          null);
    }
    checkPrintable("key of lock " + lock.name(), key);
  }

  private static void checkPrintable(String what, String text) {
    text.codePoints()
        .filter(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE)
        .findFirst()
        .ifPresent(
            c -> {
              throw new SagaDataException(
                  "%s: contains U+%04X (expected: no control characters, no lone surrogates)"
                      .formatted(what, c),
                  null);
            });
  }
}
