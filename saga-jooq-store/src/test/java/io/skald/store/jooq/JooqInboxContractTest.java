package io.skald.store.jooq;

import io.skald.saga.participant.Inbox;
import io.skald.testkit.InboxContract;
import java.time.Duration;
import java.util.List;

/** The contract, on real PostgreSQL. */
class JooqInboxContractTest extends InboxContract {
  private final InboxFixture fixture = new InboxFixture();

  @Override
  protected Inbox inbox() {
    return fixture.inbox;
  }

  @Override
  protected void write(Inbox.Tx tx, String text) {
    fixture.write(tx, text);
  }

  @Override
  protected List<String> written() {
    return fixture.written();
  }

  @Override
  protected void elapse(Duration duration) {
    fixture.elapse(duration);
  }

  @Override
  protected void awaitWaiting(Thread receiver) {
    fixture.awaitWaiting();
  }

  @Override
  protected void close() {
    fixture.close();
  }
}
