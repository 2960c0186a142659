package io.skald.store.jooq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.participant.DeadLetter;
import io.skald.saga.participant.DeadLetter.Status;
import io.skald.saga.participant.DeadLetters;
import io.skald.saga.participant.DeadMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JooqDeadLettersTest {
  private static final String ODD = "a\u0000b\uD800c 🦊 \u202E'\"\\{}%s$1";

  private final TestDatabase database = TestDatabase.migrated();
  private final JooqDeadLetters letters = letters(Duration.ofDays(30));

  @AfterEach
  void close() {
    database.close();
  }

  private JooqDeadLetters letters(Duration retention) {
    return JooqDeadLetters.builder(database.pool())
        .schema(database.schema())
        .migration(Migration.VALIDATE)
        .retention(retention)
        .build();
  }

  private static DeadMessage message(String id, String payload) {
    return message(id, "orders.placed", "key", payload.getBytes(StandardCharsets.UTF_8), Map.of());
  }

  private static DeadMessage message(
      String id, String topic, @Nullable String key, byte[] payload, Map<String, String> headers) {
    return new DeadMessage("billing", id, topic, key, payload, headers);
  }

  private List<DeadLetter> all(Status status) {
    return letters.find("billing", status, 0, 100);
  }

  private DeadLetter kept(String id) {
    letters.keep(message(id, "body of " + id), "refused", 5);
    return all(Status.DEAD).getLast();
  }

  private void elapse(Duration duration) {
    database.execute(
        "update %s.saga_dead_letter set ended_at = ended_at - interval 'MILLIS milliseconds'"
            .replace("MILLIS", String.valueOf(duration.toMillis())));
  }

  // ---- kept

  @Test
  void aMessageIsKeptAsItWasDelivered() {
    byte[] everyByte = new byte[256];
    for (int i = 0; i < everyByte.length; i++) {
      everyByte[i] = (byte) i;
    }
    letters.keep(
        message("m1", "orders.placed", "order 7", everyByte, Map.of("a", "1", "b", "")),
        "Refused: no",
        5);

    assertThat(all(Status.DEAD))
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.message().id()).isEqualTo("m1");
              assertThat(letter.message().topic()).isEqualTo("orders.placed");
              assertThat(letter.message().key()).contains("order 7");
              assertThat(letter.message().payload()).isEqualTo(everyByte);
              assertThat(letter.message().headers()).isEqualTo(Map.of("a", "1", "b", ""));
              assertThat(letter.reason()).isEqualTo("Refused: no");
              assertThat(letter.attempts()).isEqualTo(5);
              assertThat(letter.decision()).isEmpty();
            });
  }

  /** As after a crash between the commit and the acknowledgement. */
  @Test
  void whatIsKeptAgainIsOneLetterWithTheLastReason() {
    letters.keep(message("m1", "body"), "first", 5);
    letters.keep(message("m1", "body"), "second", 5);

    assertThat(all(Status.DEAD))
        .singleElement()
        .returns("second", DeadLetter::reason)
        .returns(10, DeadLetter::attempts);
  }

  @Test
  void whatHasTheIdOfAnotherAndSaysSomethingElseIsNotLost() {
    letters.keep(message("m1", "body"), "refused", 5);
    letters.keep(message("m1", "another body"), "refused", 5);

    assertThat(all(Status.DEAD)).hasSize(2);
  }

  @Test
  void textsThatNoColumnHoldsAreKeptAsFarAsTheyCan() {
    letters.keep(message("m1", ODD, ODD, new byte[] {0}, Map.of(ODD, ODD, "plain", "x")), ODD, 1);

    String kept = "a\uFFFDb\uFFFDc 🦊 \u202E'\"\\{}%s$1";
    DeadLetter letter = all(Status.DEAD).getFirst();
    assertThat(letter.message().topic()).isEqualTo(kept);
    assertThat(letter.message().key()).contains(kept);
    assertThat(letter.message().headers()).containsEntry(kept, kept).containsEntry("plain", "x");
    assertThat(letter.reason()).isEqualTo("a b c 🦊  '\"\\{}%s$1");
  }

  @Test
  void aReasonHasABound() {
    letters.keep(message("m1", "body"), "日".repeat(100_000), 1);

    String reason = all(Status.DEAD).getFirst().reason();
    assertThat(reason).hasSize(DeadLetters.REASON_MAX);
    assertThat(reason.getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(8_192);
  }

  @Test
  void pagesFollowEachOther() {
    for (int i = 0; i < 5; i++) {
      letters.keep(message("m" + i, "body"), "refused", 5);
    }
    List<DeadLetter> first = letters.find("billing", Status.DEAD, 0, 2);
    List<DeadLetter> rest =
        letters.find("billing", Status.DEAD, first.getLast().position(), DeadLetters.PAGE_MAX);

    assertThat(first).extracting(letter -> letter.message().id()).containsExactly("m0", "m1");
    assertThat(rest).extracting(letter -> letter.message().id()).containsExactly("m2", "m3", "m4");
    assertThat(letters.find("shipping", Status.DEAD, 0, 10)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, DeadLetters.PAGE_MAX + 1})
  void aPageHasBounds(int limit) {
    assertThatThrownBy(() -> letters.find("billing", Status.DEAD, 0, limit))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("limit: " + limit + " (expected: >= 1 and <= 1000)");
  }

  // ---- decided

  @Test
  void anOperatorsDecisionIsKeptWithWhoAndWhy() {
    DeadLetter letter = kept("m1");
    assertThat(letters.retry(letter.position(), "olga", "mended")).isTrue();

    assertThat(all(Status.RETRYING))
        .singleElement()
        .satisfies(
            retrying -> {
              assertThat(retrying.decision().orElseThrow().actor()).isEqualTo("olga");
              assertThat(retrying.decision().orElseThrow().reason()).isEqualTo("mended");
            });
    letters.failed(letter.position(), "still refused");
    assertThat(all(Status.DEAD))
        .singleElement()
        .returns("still refused", DeadLetter::reason)
        .returns(6, DeadLetter::attempts);
    assertThat(letters.discard(letter.position(), "olga", "a test order")).isTrue();
    assertThat(all(Status.DISCARDED)).hasSize(1);
  }

  @Test
  void whatIsOverIsNotDecidedOnceMore() {
    DeadLetter letter = kept("m1");
    letters.handled(letter.position());

    assertThat(letters.retry(letter.position(), "olga", "why not")).isFalse();
    assertThat(letters.discard(letter.position(), "olga", "why not")).isFalse();
    letters.failed(letter.position(), "too late");
    assertThat(all(Status.HANDLED)).singleElement().returns("refused", DeadLetter::reason);
    assertThat(letters.retry(4711, "olga", "why not")).isFalse();
  }

  @Test
  void nobodyDecidesWithoutANameAndAReason() {
    DeadLetter letter = kept("m1");

    assertThatThrownBy(() -> letters.discard(letter.position(), "", "why not"))
        .hasMessage("actor: 0 characters (expected: 1 to 100)");
    assertThatThrownBy(() -> letters.retry(letter.position(), "olga", "why\nnot"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("reason: contains U+000A");
    assertThat(all(Status.DEAD)).hasSize(1);
  }

  // ---- retention

  @Test
  void whatIsOverGoesWhenItIsOldAndWhatWaitsStays() {
    letters.handled(kept("m1").position());
    letters.discard(kept("m2").position(), "olga", "a test order");
    DeadLetter waiting = kept("m3");
    letters.retry(kept("m4").position(), "olga", "mended");
    assertThat(letters.purge()).isZero();
    elapse(Duration.ofDays(30).plusSeconds(1));

    assertThat(letters.purge()).isEqualTo(2);
    assertThat(all(Status.DEAD)).extracting(DeadLetter::position).containsOnly(waiting.position());
    assertThat(all(Status.RETRYING)).hasSize(1);
  }
}
