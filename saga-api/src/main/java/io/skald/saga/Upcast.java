package io.skald.saga;

/**
 * Brings a stored payload of an older shape up to the present one, from JSON text to JSON text.
 *
 * <p>Pure, and asked at every read: it must leave alone what has the present shape, which is what
 * this code writes itself. So what it makes of its own answer is that answer; a dry run checks it.
 * What it throws makes the payload one that cannot be read.
 */
@FunctionalInterface
public interface Upcast {
  /**
   * The payload in its present shape.
   *
   * @param json what is stored, of an older shape or of the present one
   * @throws Exception if it is of neither
   */
  String upcast(String json) throws Exception;
}
