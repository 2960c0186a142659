package io.skald.samples.order;

/** Inventory has said that there is not enough, and that nothing is held. */
final class OutOfStockException extends Exception {
  private static final long serialVersionUID = 1L;

  OutOfStockException(String message) {
    super(message);
  }
}
