package io.skald.engine.spi;

import java.util.List;

/**
 * What a look into the outbox found.
 *
 * @param messages what can be sent, ordered by position
 * @param isMore whether some were put aside, behind which there may be others that can be sent
 */
public record OutboxPage(List<OutboxMessage> messages, boolean isMore) {
  /** Takes its own copy. */
  public OutboxPage {
    messages = List.copyOf(messages);
  }
}
