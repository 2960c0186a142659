package io.skald.messaging.nats;

import io.nats.client.impl.Headers;
import io.skald.engine.spi.OutboxMessage;
import io.skald.messaging.RefusedMessageException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * The headers of a message as NATS carries them, which is printable ASCII without spaces at either
 * end. What is not that is percent-encoded, and so is {@code %} itself.
 */
final class NatsHeaders {
  /** What headers begin with that the server takes for orders, such as to purge the stream. */
  private static final String ORDERS = "Nats-";

  private NatsHeaders() {}

  /**
   * Those of a message, and those that say which it is.
   *
   * @throws RefusedMessageException if one of them is an order to the server
   */
  static Headers of(OutboxMessage message) throws RefusedMessageException {
    var headers = new Headers();
    for (var header : message.headers().entrySet()) {
      if (header.getKey().startsWith(ORDERS)) {
        throw new RefusedMessageException(
            "header " + header.getKey() + ": an order to the server (expected: none)");
      }
      headers.put(header.getKey(), encode(header.getValue()));
    }
    message.key().ifPresent(key -> headers.put("skald-key", encode(key)));
    headers.put("skald-message-id", message.id().toString());
    headers.put("skald-position", Long.toString(message.position()));
    // the server drops repeats it meets within the stream's duplicate window
    return headers.put("Nats-Msg-Id", message.id().toString());
  }

  static String encode(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    var encoded = new StringBuilder(bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      byte b = bytes[i];
      boolean isPlain = b > ' ' && b <= '~' && b != '%';
      boolean isSpaceWithin = b == ' ' && i > 0 && i < bytes.length - 1;
      if (isPlain || isSpaceWithin) {
        encoded.append((char) b);
      } else {
        encoded.append('%').append(hex(b >> 4)).append(hex(b));
      }
    }
    return encoded.toString();
  }

  /** What was encoded; a {@code %} without two digits stands for itself. */
  static String decode(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    var decoded = new ByteArrayOutputStream(bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      int octet = bytes[i] == '%' ? octet(bytes, i + 1) : -1;
      if (octet < 0) {
        decoded.write(bytes[i]);
      } else {
        decoded.write(octet);
        i += 2;
      }
    }
    return decoded.toString(StandardCharsets.UTF_8);
  }

  /** Of two hexadecimal digits; below zero if they are none. */
  private static int octet(byte[] bytes, int at) {
    if (at + 1 >= bytes.length) {
      return -1;
    }
    int high = Character.digit(bytes[at], 16);
    int low = Character.digit(bytes[at + 1], 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  private static char hex(int bits) {
    return Character.toUpperCase(Character.forDigit(bits & 0xf, 16));
  }
}
