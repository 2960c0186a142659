package io.skald.saga;

import io.skald.saga.internal.Check;
import java.lang.reflect.Type;

/**
 * What can be sent to a saga: a name and the type of what it carries. Immutable; a signal's
 * identity is its name.
 *
 * @param <S> what it carries
 */
@SuppressWarnings("UnusedTypeParameter") // what a sender and a wait have to agree on
public final class Signal<S> {
  private final String name;
  private final Type type;

  private Signal(String name, Type type) {
    this.name = Check.name("signal", name);
    this.type = Check.recorded("signal " + name + ": type", type);
  }

  /**
   * A signal.
   *
   * @param name 1 to 100 characters of {@code [a-zA-Z0-9._-]}
   * @param type the type of what it carries
   * @throws IllegalArgumentException if {@code name} is out of bounds, or {@code type} is {@code
   *     Void} or a generic class without its arguments
   */
  public static <S> Signal<S> named(String name, Class<S> type) {
    return new Signal<>(name, type);
  }

  /**
   * A signal that carries a generic type.
   *
   * @param name 1 to 100 characters of {@code [a-zA-Z0-9._-]}
   * @param type the type of what it carries
   * @throws IllegalArgumentException if {@code name} is out of bounds, or {@code type} is {@code
   *     Void} or a generic class without its arguments
   */
  public static <S> Signal<S> named(String name, TypeRef<S> type) {
    return new Signal<>(name, type.type());
  }

  /** The name. */
  public String name() {
    return name;
  }

  /** The type of what it carries. */
  public Type type() {
    return type;
  }

  @Override
  public String toString() {
    return name;
  }
}
