package io.skald.engine.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.error.SagaDataException;
import io.skald.saga.view.Census;
import io.skald.saga.view.SagaStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A census on its way from where sagas are to where code is built. */
class CensusJsonTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  private static final Census CENSUS =
      new Census(
          NOON,
          List.of(
              new Census.Group(
                  "place-order",
                  3,
                  "f3",
                  SagaStatus.RUNNING,
                  Optional.of("each/*/charge-card"),
                  Census.Stand.AT,
                  37,
                  NOON.minusSeconds(60)),
              new Census.Group(
                  "place-order",
                  3,
                  "f3",
                  SagaStatus.STUCK,
                  Optional.empty(),
                  Census.Stand.AT,
                  1,
                  NOON)));

  @Test
  void comesBackAsItWas() {
    assertThat(CensusJson.read(CensusJson.write(CENSUS))).isEqualTo(CENSUS);
  }

  @Test
  void isADocumentForPeopleToo() {
    assertThat(CensusJson.write(CENSUS))
        .startsWith("{\n  \"census\" : 1,\n  \"takenAt\" : \"2026-03-01T12:00:00Z\",")
        .contains("\"step\" : \"each/*/charge-card\",\n    \"stand\" : \"AT\",");
    assertThat(CENSUS)
        .hasToString(
            "37 RUNNING at each/*/charge-card of place-order version 3, the oldest since"
                + " 2026-03-01T11:59:00Z\n"
                + "1 STUCK at the beginning of place-order version 3, the oldest since"
                + " 2026-03-01T12:00:00Z");
    assertThat(CENSUS.sagas()).isEqualTo(38);
  }

  @Test
  void whatALaterReleaseAddsIsIgnored() {
    String later =
        CensusJson.write(CENSUS).replace("\"census\" : 1,", "\"census\" : 1, \"x\" : 2,");
    assertThat(CensusJson.read(later)).isEqualTo(CENSUS);
  }

  @Test
  void anythingElseIsRefused() {
    assertThatThrownBy(() -> CensusJson.read("{\"census\":2}"))
        .isInstanceOf(SagaDataException.class)
        .hasMessage("census: 2 (expected: a document with \"census\" : 1)");
    for (String text : List.of("", "[", "{\"census\":1}", "{\"census\":1,\"groups\":[{}]}")) {
      assertThatThrownBy(() -> CensusJson.read(text)).isInstanceOf(SagaDataException.class);
    }
  }
}
