package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.participant.Delivery;
import io.skald.saga.participant.Inbox;
import io.skald.saga.participant.Receipt;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What docs/messages.md says of the inbox: its examples compile, and do what it says. */
class InboxPageTest {
  private static final Path PAGE = Path.of("..", "docs", "messages.md");
  private static final Path SOURCE =
      Path.of("src", "test", "java", "io", "skald", "store", "jooq", "InboxPageTest.java");
  private static final Pattern JAVA = Pattern.compile("(?s)```java\n(.*?)```");
  private static final Pattern SQL = Pattern.compile("(?s)```sql\n(.*?);\n```");

  private final InboxFixture fixture = new InboxFixture();

  @AfterEach
  void close() {
    fixture.close();
  }

  private static String section() throws IOException {
    String page = Files.readString(PAGE);
    int from = page.indexOf("\n## Inbox\n");
    int to = page.indexOf("\n## ", from + 1);
    return to < 0 ? page.substring(from) : page.substring(from, to);
  }

  private static String flat(String text) {
    return text.replaceAll("\\s+", " ").strip();
  }

  /** The query for those who look after conflicts. */
  static String conflicts() throws IOException {
    Matcher query = SQL.matcher(section());
    assertThat(query.find()).isTrue();
    return query.group(1);
  }

  // ---- examples

  private interface Invoices {
    void insert(Connection connection, Message message) throws SQLException;
  }

  private record Message(String id, byte[] body, List<String> answers) {
    void acknowledge() {
      answers.add("acknowledged");
    }

    void setAside() {
      answers.add("set aside");
    }
  }

  private record Billing(Inbox inbox, Invoices invoices) {
    void receive(Message message) throws SQLException {
      Receipt receipt =
          inbox.once(
              Delivery.of("billing", message.id(), message.body()),
              tx -> invoices.insert(tx.connection(), message));
      switch (receipt) {
        case HANDLED, DUPLICATE -> message.acknowledge();
        case CONFLICT -> message.setAside();
      }
    }

    Receipt receive(Connection connection, Delivery delivery, Message message) throws SQLException {
      Receipt receipt =
          inbox.once(connection, delivery, tx -> invoices.insert(tx.connection(), message));
      return receipt;
    }
  }

  static PurgeTimer purging(DataSource dataSource) {
    JooqInbox inbox = JooqInbox.builder(dataSource).retention(Duration.ofDays(30)).build();
    PurgeTimer timer = PurgeTimer.every(Duration.ofMinutes(10), "inbox", inbox::purge);
    return timer;
  }

  @Test
  void everyExampleCompiles() throws IOException {
    String source = flat(Files.readString(SOURCE));

    assertThat(JAVA.matcher(section()).results().map(found -> flat(found.group(1))))
        .hasSize(4)
        .allSatisfy(example -> assertThat(source).contains(example));
  }

  @Test
  void theExamplesConsumerBillsOnceAndSetsAConflictAside() throws SQLException {
    var billing =
        new Billing(
            fixture.inbox, (connection, message) -> fixture.write(connection, message.id()));
    List<String> answers = new ArrayList<>();
    for (String body : List.of("ten", "ten", "twenty")) {
      billing.receive(new Message("m1", body.getBytes(StandardCharsets.UTF_8), answers));
    }

    assertThat(answers).containsExactly("acknowledged", "acknowledged", "set aside");
    assertThat(fixture.written()).containsExactly("m1");
  }

  @Test
  void theQueryForConflictsFindsThem() throws IOException {
    assertThat(fixture.inbox.once(InboxFixture.M1, tx -> {})).isEqualTo(Receipt.HANDLED);
    assertThat(found()).isEqualTo("nothing");
    assertThat(fixture.inbox.once(InboxFixture.OTHER_M1, tx -> {})).isEqualTo(Receipt.CONFLICT);
    assertThat(found()).isEqualTo("billing");
  }

  private String found() throws IOException {
    return fixture.database.value(conflicts().replace("skald.", "%s."));
  }
}
