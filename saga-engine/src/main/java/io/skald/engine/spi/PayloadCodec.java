package io.skald.engine.spi;

import io.skald.saga.Upcast;
import io.skald.saga.error.SagaDataException;
import java.lang.reflect.Type;

/**
 * Turns inputs and results into text and back. Nothing it writes names a class. Safe for use by
 * several threads.
 */
public interface PayloadCodec {

  /**
   * The value as text, without U+0000.
   *
   * @throws SagaDataException if the value cannot be written
   */
  String encode(Object value, Type type);

  /**
   * The value of a text that {@link #encode} wrote.
   *
   * @throws SagaDataException if the text cannot be read as {@code type}
   */
  Object decode(String text, Type type);

  /**
   * A text that {@link #encode} wrote, in the form {@link #encode} would write, with the JSON in it
   * brought up to another shape: a codec that encrypts opens it for that and closes it again.
   *
   * @throws SagaDataException if it cannot be opened, or {@code upcast} fails; says nothing of what
   *     is in it
   */
  String upcast(String text, Upcast upcast);

  /**
   * What is the same for the same value: the input of the digest that tells a repeated start from
   * another one. Must not depend on a key or a nonce.
   *
   * @throws SagaDataException if the value cannot be written
   */
  String canonical(Object value, Type type);
}
