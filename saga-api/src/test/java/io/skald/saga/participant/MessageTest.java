package io.skald.saga.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What no broker would take is refused where it is written. */
class MessageTest {
  private static final Topic PLACED = Topic.ordered("orders.placed");

  private static void assertRefused(ThrowingCallable call, String saying) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(saying);
  }

  @Test
  void aMessageIsWhatItWasMadeOf() {
    byte[] payload = {1, 2, 3};
    Message message =
        Message.of(PLACED, "order-1", payload).withHeader("b", "2").withHeader("a", "1");
    payload[0] = 9;
    message.payload()[1] = 9;

    assertThat(message.topic()).isEqualTo(PLACED);
    assertThat(message.key()).contains("order-1");
    assertThat(message.payload()).containsExactly(1, 2, 3);
    assertThat(message.headers().toString()).isEqualTo("{b=2, a=1}");
    assertThat(message).hasToString("message to orders.placed of 3 bytes");
  }

  @Test
  void textIsSentInUtf8() {
    assertThat(Message.of(PLACED, "ключ", "Grüße").payload())
        .isEqualTo("Grüße".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aKeyIsNeededWhereItsOrderIsKept() {
    assertRefused(
        () -> Message.of(PLACED, new byte[0]),
        "message to orders.placed: key: none (expected: one, as the topic keeps the order of each"
            + " key)");
    assertRefused(
        () -> Message.of(PLACED.skipping(), new byte[0]),
        "message to orders.placed: key: none (expected: one, as the topic keeps the order of each"
            + " key)");
    assertThat(Message.of(Topic.unordered("metrics"), new byte[0]).key()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a\nb", "\u0000", "\ud800"})
  void aKeyHasSomethingInItAndNothingThatTurnsALine(String key) {
    assertThatThrownBy(() -> Message.of(PLACED, key, "payload"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("message to orders.placed: key: \"");
  }

  @Test
  void aKeyIsBoundedInBytes() {
    assertThat(Message.of(PLACED, "ü".repeat(Message.KEY_MAX / 2), "").key()).isPresent();
    assertThatThrownBy(() -> Message.of(PLACED, "ü".repeat(Message.KEY_MAX / 2 + 1), ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(expected: 1 to 250 bytes without control characters)");
  }

  @Test
  void allOfAMessageIsBoundedTogether() {
    byte[] most = new byte[Message.SIZE_MAX - 3];
    Message message = Message.of(PLACED, "key", most);
    assertRefused(
        () -> Message.of(PLACED, "key1", most),
        "message to orders.placed: size: 1000001 (expected: <= 1000000 bytes)");
    assertRefused(
        () -> message.withHeader("a", "bc"),
        "message to orders.placed: size: 1000003 (expected: <= 1000000 bytes)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a:b", "ü", "skald-id", "a.b"})
  void aHeaderNameIsOneThatEveryBrokerCarries(String name) {
    assertThatThrownBy(() -> Message.of(PLACED, "key", "").withHeader(name, "value"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(expected: 1 to 100 characters of [a-zA-Z0-9_-], not beginning");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\r\nb", "secret-ü", "\t"})
  void aHeaderValueIsOneThatEveryBrokerCarriesAndIsNotRepeatedInTheMessage(String value) {
    assertRefused(
        () -> Message.of(PLACED, "key", "").withHeader("token", value),
        "message to orders.placed: header token: %d characters (expected: at most 2000, all of them printable ASCII)"
            .formatted(value.length()));
  }

  @Test
  void headersAreCounted() {
    Message message = Message.of(PLACED, "key", "");
    for (int header = 0; header < Message.HEADERS_MAX; header++) {
      message = message.withHeader("h" + header, "");
    }
    Message full = message.withHeader("h0", "another");
    assertRefused(
        () -> full.withHeader("more", ""),
        "message to orders.placed: header count: 51 (expected: <= 50)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "a..b", ".a", "a.", "a b", "a/b", "a*", "a>", "ü"})
  void aTopicIsOneForEveryBroker(String name) {
    assertThatThrownBy(() -> Topic.ordered(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("topic: \"" + name + "\" (expected: 1 to 200 characters");
  }

  @Test
  void aTopicHasOneOfThreeOrders() {
    assertThat(PLACED.order()).isEqualTo(Topic.Order.STRICT);
    assertThat(PLACED.skipping().order()).isEqualTo(Topic.Order.SKIPPING);
    assertThat(Topic.unordered("a").skipping().order()).isEqualTo(Topic.Order.NONE);
  }
}
