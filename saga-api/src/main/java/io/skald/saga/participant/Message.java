package io.skald.saga.participant;

import io.skald.saga.internal.Check;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is published: bytes on a topic, with a key and headers. Everything a broker would refuse is
 * refused here, where somebody can do something about it. Immutable.
 *
 * <pre>{@code
 * Message.of(PLACED, order.id(), json).withHeader("content-type", "application/json")
 * }</pre>
 */
public final class Message {
  /** The longest key, in bytes of UTF-8. */
  public static final int KEY_MAX = 250;

  /** The largest message, in bytes: payload, key and headers together. Brokers take 1 MiB. */
  public static final int SIZE_MAX = 1_000_000;

  /** How many headers at most. */
  public static final int HEADERS_MAX = 50;

  /** The longest value of a header. */
  public static final int HEADER_VALUE_MAX = 2_000;

  /** What headers of Skald's own begin with. */
  public static final String RESERVED = "skald-";

  private static final Pattern HEADER_NAME = Pattern.compile("[a-zA-Z0-9_-]{1,100}");
  private static final Pattern HEADER_VALUE = Pattern.compile("[\\x20-\\x7e]*");
  private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Cs}]");

  private final Topic topic;
  private final @Nullable String key;
  private final byte[] payload;
  private final Map<String, String> headers;

  private Message(Topic topic, @Nullable String key, byte[] payload, Map<String, String> headers) {
    this.topic = topic;
    this.key = key;
    this.payload = payload;
    this.headers = headers;
    int size = payload.length + bytes(key) + headersSize();
    if (size > SIZE_MAX) {
      throw Check.refused("message to " + topic + ": size", size, "<= " + SIZE_MAX + " bytes");
    }
  }

  /**
   * A message.
   *
   * @param topic where it goes
   * @param key what it is about, such as an order's id: 1 to {@value #KEY_MAX} bytes of UTF-8
   *     without control characters
   * @param payload up to {@value #SIZE_MAX} bytes with all the rest; copied
   * @throws IllegalArgumentException if a bound is broken
   */
  public static Message of(Topic topic, String key, byte[] payload) {
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(key, "key");
    int length = bytes(key);
    if (length == 0 || length > KEY_MAX || CONTROL.matcher(key).find()) {
      throw Check.refused(
          "message to " + topic + ": key",
          Check.printable(key),
          "1 to " + KEY_MAX + " bytes without control characters");
    }
    return new Message(topic, key, payload.clone(), Map.of());
  }

  /** A message of text, in UTF-8. */
  public static Message of(Topic topic, String key, String payload) {
    return of(topic, key, payload.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * A message without a key.
   *
   * @throws IllegalArgumentException if the topic keeps the order of keys
   */
  public static Message of(Topic topic, byte[] payload) {
    Objects.requireNonNull(topic, "topic");
    if (topic.order() != Topic.Order.NONE) {
      throw Check.refused(
          "message to " + topic + ": key", "none", "one, as the topic keeps the order of each key");
    }
    return new Message(topic, null, payload.clone(), Map.of());
  }

  /**
   * This with a header more; replaces one of that name.
   *
   * @param name 1 to 100 of {@code [a-zA-Z0-9_-]}, not beginning with {@value #RESERVED}
   * @param value up to {@value #HEADER_VALUE_MAX} printable characters of ASCII, which is what all
   *     brokers carry
   * @throws IllegalArgumentException if a bound is broken, or there are {@value #HEADERS_MAX}
   *     others
   */
  public Message withHeader(String name, String value) {
    String what = "message to " + topic + ": header ";
    if (!HEADER_NAME.matcher(name).matches() || name.startsWith(RESERVED)) {
      throw Check.refused(
          what + "name",
          Check.printable(name),
          "1 to 100 characters of [a-zA-Z0-9_-], not beginning with " + RESERVED);
    }
    if (value.length() > HEADER_VALUE_MAX || !HEADER_VALUE.matcher(value).matches()) {
      // not the value: it may be a secret
      throw Check.refused(
          what + name,
          value.length() + " characters",
          "at most " + HEADER_VALUE_MAX + ", all of them printable ASCII");
    }
    var more = new LinkedHashMap<>(headers);
    more.put(name, value);
    if (more.size() > HEADERS_MAX) {
      throw Check.refused(what + "count", more.size(), "<= " + HEADERS_MAX);
    }
    return new Message(topic, key, payload, Collections.unmodifiableMap(more));
  }

  /** Where it goes. */
  public Topic topic() {
    return topic;
  }

  /** What it is about, and in whose order it comes; empty if it has no key. */
  public Optional<String> key() {
    return Optional.ofNullable(key);
  }

  /** A copy of the bytes. */
  public byte[] payload() {
    return payload.clone();
  }

  /** The headers, in the order they were given in. */
  public Map<String, String> headers() {
    return headers;
  }

  /** What it is, without what it says. */
  @Override
  public String toString() {
    return "message to " + topic + " of " + payload.length + " bytes";
  }

  private int headersSize() {
    return headers.entrySet().stream()
        .mapToInt(header -> header.getKey().length() + header.getValue().length())
        .sum();
  }

  private static int bytes(@Nullable String text) {
    return text == null ? 0 : text.getBytes(StandardCharsets.UTF_8).length;
  }
}
