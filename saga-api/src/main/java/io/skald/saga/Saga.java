package io.skald.saga;

/** Where a definition begins: {@code Saga.define("place-order", PlaceOrder.class)}. */
public final class Saga {
  private Saga() {}

  /**
   * Begins a definition.
   *
   * @param name 1 to 100 characters of {@code [a-zA-Z0-9._-]}, unique in the service
   * @param input the type of the input a saga is started with
   * @throws IllegalArgumentException if {@code name} is out of bounds
   */
  public static <I> SagaHead<I> define(String name, Class<I> input) {
    return new SagaHead<>(DefinitionDraft.of(name, input));
  }
}
