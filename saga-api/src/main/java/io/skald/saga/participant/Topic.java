package io.skald.saga.participant;

import io.skald.saga.internal.Check;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * What messages are about, and in which order they have to come. Immutable; make one constant for
 * each.
 *
 * @param name 1 to 200 characters: words of {@code [a-zA-Z0-9_-]} with single dots between them,
 *     which every broker takes for a topic, a subject or a routing key
 * @param order what holds among its messages
 */
public record Topic(String name, Order order) {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]+(\\.[a-zA-Z0-9_-]+)*");
  private static final int NAME_MAX = 200;

  /** What holds among the messages of a topic. */
  public enum Order {
    /**
     * Those of one key come in the order of their transactions. A message no broker will ever take
     * blocks its key, and no other, until an operator has it sent again or discards it.
     */
    STRICT,
    /**
     * Those of one key come in the order of their transactions, but for a message no broker will
     * ever take: it is parked, and those after it go on.
     */
    SKIPPING,
    /** None. A message needs no key. */
    NONE
  }

  /**
   * A topic.
   *
   * @throws IllegalArgumentException if no broker takes the name
   */
  public Topic {
    Objects.requireNonNull(order, "order");
    if (name.length() > NAME_MAX || !NAME.matcher(name).matches()) {
      throw Check.refused(
          "topic",
          Check.printable(name),
          "1 to " + NAME_MAX + " characters: words of [a-zA-Z0-9_-] with dots between them");
    }
  }

  /** A topic whose messages need a key and keep its order, whatever happens. */
  public static Topic ordered(String name) {
    return new Topic(name, Order.STRICT);
  }

  /** A topic whose messages come in any order. */
  public static Topic unordered(String name) {
    return new Topic(name, Order.NONE);
  }

  /** This, but what cannot be sent is parked and holds up nothing. */
  public Topic skipping() {
    return new Topic(name, order == Order.NONE ? Order.NONE : Order.SKIPPING);
  }

  @Override
  public String toString() {
    return name;
  }
}
