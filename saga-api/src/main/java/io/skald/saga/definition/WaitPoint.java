package io.skald.saga.definition;

import org.jspecify.annotations.Nullable;

/**
 * What a token is for: a wait for a signal, or an asynchronous step since its attempts were last
 * renewed. Work that an operator has handed out once more is not completed by what is said of it as
 * it was handed out before.
 *
 * @param path where the step stands
 * @param renewal how many attempts had been made when the budget of an asynchronous step was last
 *     renewed, 0 at first; null for a wait, which is completed by whatever token it ever had
 */
public record WaitPoint(String path, @Nullable Integer renewal) {
  /** No name has it. */
  private static final char MARK = '#';

  /** The point a text is of. */
  public static WaitPoint parse(String text) {
    int mark = text.indexOf(MARK);
    return mark < 0
        ? new WaitPoint(text, null)
        : new WaitPoint(text.substring(0, mark), Integer.valueOf(text.substring(mark + 1)));
  }

  /** The point as a text. */
  public String text() {
    return renewal == null ? path : path + MARK + renewal;
  }
}
