package io.skald.saga.step;

/** An attempt to confirm the try of a TCC step. */
public interface ConfirmationCall extends Call {

  /** The idempotency key the try was called with: names what is to be confirmed. */
  String actionKey();

  /** The key of this confirmation itself, the same for each of its attempts. */
  @Override
  String idempotencyKey();
}
