package io.skald.saga.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeliveryTest {
  private static final byte[] BODY = "abc".getBytes(StandardCharsets.UTF_8);

  @Test
  void keepsTheSha256OfTheBodyAndNotTheBody() {
    Delivery delivery = Delivery.of("billing", "m1", BODY);

    assertThat(HexFormat.of().formatHex(delivery.digest()))
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assertThat(delivery).hasToString("billing \"m1\"");
  }

  @Test
  void whoeverHasTheDigestCannotChangeIt() {
    byte[] given = new byte[32];
    Delivery delivery = Delivery.ofDigest("billing", "m1", given);
    given[0] = 1;
    delivery.digest()[1] = 1;

    assertThat(delivery.hasDigest(new byte[32])).isTrue();
    assertThat(delivery.hasDigest(given)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 15, 65})
  void aDigestThatTellsTooLittleOrHoldsTooMuchIsRefused(int length) {
    assertThatThrownBy(() -> Delivery.ofDigest("billing", "m1", new byte[length]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("digest: " + length + " bytes (expected: 16 to 64)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "bill ing", "bill/ing", "..", "b'; drop table x; --", "b\0"})
  void aConsumerThatIsNoNameIsRefused(String consumer) {
    assertThatThrownBy(() -> Delivery.of(consumer, "m1", BODY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("consumer: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\0", "a\nb", "\u0085", "\ud800", "a\udc00b", "\u001b[31m"})
  void anIdThatNoTableOrLogHoldsAsItIsIsRefusedAndNotRepeated(String id) {
    assertThatThrownBy(() -> Delivery.of("billing", id, BODY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching(
            "messageId: contains U\\+[0-9A-F]{4} \\(expected: no control characters, no lone"
                + " surrogates\\)");
  }

  @Test
  void anIdHasOneTo255Characters() {
    assertThat(Delivery.of("billing", "x".repeat(255), BODY).messageId()).hasSize(255);
    for (String id : new String[] {"", "x".repeat(256)}) {
      assertThatThrownBy(() -> Delivery.of("billing", id, BODY))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("messageId: " + id.length() + " characters (expected: 1 to 255)");
    }
  }

  @Test
  void withoutAnIdOrABodyThereIsNoDelivery() {
    assertThatThrownBy(() -> Delivery.of("billing", nothing(), BODY))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("messageId");
    assertThatThrownBy(() -> Delivery.of("billing", "m1", nothing()))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("body");
  }

  /** What a broker's client hands over that knows no nulls. */
  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
  private static <T> T nothing() {
    return null;
  }
}
