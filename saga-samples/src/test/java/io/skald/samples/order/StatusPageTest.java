package io.skald.samples.order;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.SagaId;
import io.skald.saga.view.Direction;
import io.skald.saga.view.LogStatus;
import io.skald.saga.view.SagaStatus;
import io.skald.saga.view.SagaView;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StatusPageTest {
  private static final Instant START = Instant.parse("2026-02-14T10:00:00Z");
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final SagaView WAITING =
      new SagaView(
          SagaId.parse("01936b2c-0000-7000-8000-000000000001"),
          "place-order",
          1,
          "O 1&ä",
          Map.of(),
          Optional.empty(),
          SagaStatus.RUNNING,
          Optional.empty(),
          "another attempt of step reserve-stock, after a pause",
          Optional.of(START.plusSeconds(2)),
          START,
          Optional.empty(),
          false,
          Optional.empty(),
          Optional.empty(),
          List.of(
              new SagaView.StepView(
                  "reserve-stock",
                  Direction.ACTION,
                  LogStatus.RETRYING,
                  1,
                  Optional.empty(),
                  Optional.empty(),
                  Optional.of("no answer"),
                  START.plusSeconds(1),
                  Optional.empty())),
          List.of());

  private JsonServer server;
  private JsonClient client;

  @BeforeEach
  void start() throws IOException {
    server =
        new JsonServer(0)
            .route("GET /", request -> StatusPage.index())
            .route(
                "GET /saga/status",
                new StatusPage(
                    key -> key.equals(WAITING.businessKey()) ? List.of(WAITING) : List.of()))
            .start();
    client = new JsonClient("http://127.0.0.1:" + server.port());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void answersWhatHappenedWhatIsNextAndWhen() throws Exception {
    var reply = client.find("/saga/status", Map.of("key", WAITING.businessKey()), LIMIT);

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.body(SagaReport.class)).isEqualTo(SagaReport.of(WAITING));
    Map<?, ?> json = reply.body(Map.class);
    assertThat(json.get("status")).isEqualTo("RUNNING");
    assertThat(json.get("next")).isEqualTo("another attempt of step reserve-stock, after a pause");
    assertThat(json.get("nextAt")).isEqualTo("2026-02-14T10:00:02Z");
    assertThat(json.get("happened")).asInstanceOf(InstanceOfAssertFactories.LIST).hasSize(1);
  }

  @Test
  void answersAnUnknownKeyWith404AsJson() throws Exception {
    var reply = client.find("/saga/status", Map.of("key", "O-9"), LIMIT);

    assertThat(reply.status()).isEqualTo(404);
    assertThat(reply.problem()).isEqualTo("there is no saga of order O-9");
  }

  @Test
  void answersAMissingOrEmptyKeyWith400AsJson() throws Exception {
    var none = client.find("/saga/status", Map.of("id", "O-9"), LIMIT);
    var empty = client.find("/saga/status", Map.of("key", ""), LIMIT);

    assertThat(none.status()).isEqualTo(400);
    assertThat(none.problem()).isEqualTo("the parameter key is missing");
    assertThat(empty.status()).isEqualTo(400);
  }

  @Test
  void namesItselfAtTheRoot() throws Exception {
    var reply = client.find("/", Map.of(), LIMIT);

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.json()).contains("/saga/status?key=");
  }

  @Test
  void answersAnUnknownPathWith404AsJson() throws Exception {
    var reply = client.find("/saga", Map.of("key", "O-9"), LIMIT);

    assertThat(reply.status()).isEqualTo(404);
    assertThat(reply.problem()).isEqualTo("there is no GET /saga here");
  }
}
