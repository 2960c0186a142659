package io.skald.chaos;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What a client has said on its connection: which text an Execute means, whose statement was parsed
 * long before and is known by name alone. Confined to one thread.
 */
final class WireDialogue {
  private final Map<String, String> statements = new HashMap<>();
  private final Map<String, String> portals = new HashMap<>();
  private final List<String> transaction = new ArrayList<>();

  /**
   * A statement that is to be executed.
   *
   * @param text its SQL
   * @param before the statements before it in its transaction
   */
  record Said(String text, List<String> before) {

    /** A statement with this text in it. */
    static Predicate<Said> statement(String text) {
      return said -> said.text.contains(text);
    }

    static Predicate<Said> begin() {
      return said -> said.isWord("begin");
    }

    static Predicate<Said> commit() {
      return said -> said.isWord("commit");
    }

    /** The COMMIT of a transaction in which a statement has this text in it. */
    static Predicate<Said> commitOf(String text) {
      return commit().and(said -> said.before.stream().anyMatch(one -> one.contains(text)));
    }

    static Predicate<Said> rollback() {
      return said -> said.isWord("rollback");
    }

    private boolean isWord(String word) {
      return text.strip().toLowerCase(Locale.ROOT).equals(word);
    }
  }

  /** What a message executes, if it does. */
  Optional<Said> hear(WireFrame frame) {
    return switch (frame.letter()) {
      case 'P' -> {
        List<String> texts = frame.texts(0, 2);
        statements.put(texts.get(0), texts.get(1));
        yield Optional.empty();
      }
      case 'B' -> {
        List<String> names = frame.texts(0, 2);
        portals.put(names.get(0), statements.getOrDefault(names.get(1), ""));
        yield Optional.empty();
      }
      case 'E' -> Optional.of(said(portals.getOrDefault(frame.texts(0, 1).getFirst(), "")));
      case 'Q' -> Optional.of(said(frame.texts(0, 1).getFirst()));
      default -> Optional.empty();
    };
  }

  private Said said(String text) {
    var said = new Said(text, List.copyOf(transaction));
    if (Said.begin().or(Said.commit()).or(Said.rollback()).test(said)) {
      transaction.clear();
    } else {
      transaction.add(text);
    }
    return said;
  }
}
