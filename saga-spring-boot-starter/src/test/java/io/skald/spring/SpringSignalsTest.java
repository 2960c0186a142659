package io.skald.spring;

import static io.skald.spring.Applications.QUICK;
import static io.skald.spring.Applications.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.saga.Saga;
import io.skald.saga.SagaClient;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaEnd;
import io.skald.saga.SagaHandle;
import io.skald.saga.Signal;
import io.skald.saga.Step;
import io.skald.saga.step.AsyncStep;
import io.skald.spring.Applications.Order;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.annotation.Transactional;

/** Signals, and what is said of a step by token, in the transactions Spring manages. */
class SpringSignalsTest {
  private static final Signal<String> APPROVED = Signal.named("approved", String.class);
  private static final BlockingQueue<String> TOKENS = new LinkedBlockingQueue<>();

  private static final AsyncStep<Order, String> BOOK =
      Step.named("book", Order.class)
          .async(String.class, (order, call) -> TOKENS.add(call.completionToken()))
          .heartbeatWithin(Duration.ofMinutes(5))
          .retry(QUICK);

  private static final SagaDefinition<Order, String> APPROVING = approving();
  private static final SagaDefinition<Order, String> BOOKING = booking();

  private final TestDatabase database = TestDatabase.create();

  private static SagaDefinition<Order, String> approving() {
    var approval = Step.await("approval", APPROVED).within(Duration.ofDays(1)).orCompensate();
    return Saga.define("approving", Order.class)
        .key(Order::id)
        .step(approval)
        .returning(String.class, (order, results) -> results.resultOf(approval));
  }

  private static SagaDefinition<Order, String> booking() {
    var book = BOOK.compensation((order, seat, call) -> {});
    return Saga.define("booking", Order.class)
        .key(Order::id)
        .step(book)
        .returning(String.class, (order, results) -> results.resultOf(book));
  }

  /** A service whose methods are transactions. */
  static class Desk {
    private final SagaClient sagas;
    private final JdbcTemplate jdbc;

    Desk(SagaClient sagas, JdbcTemplate jdbc) {
      this.sagas = sagas;
      this.jdbc = jdbc;
    }

    @Transactional
    <R> R note(String row, Function<SagaClient, R> saying) {
      jdbc.update("insert into orders (id, note) values (?, 'said')", row);
      return saying.apply(sagas);
    }

    @Transactional
    void noteInVain(String row, Consumer<SagaClient> saying) {
      jdbc.update("insert into orders (id, note) values (?, 'said')", row);
      saying.accept(sagas);
      throw new IllegalStateException("changed my mind");
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class Office {
    @Bean
    SagaDefinition<Order, String> approvingOrder() {
      return APPROVING;
    }

    @Bean
    SagaDefinition<Order, String> bookingOrder() {
      return BOOKING;
    }

    @Bean
    Desk desk(SagaClient sagas, JdbcTemplate jdbc) {
      return new Desk(sagas, jdbc);
    }
  }

  private ApplicationContextRunner office() {
    return Applications.on(database).withUserConfiguration(Office.class);
  }

  private static SagaHandle<String> start(
      AssertableApplicationContext context, SagaDefinition<Order, String> saga) {
    return context.getBean(SagaClient.class).start(saga, new Order("o1"));
  }

  private static void sayInVain(Desk desk, Consumer<SagaClient> saying) {
    assertThatThrownBy(() -> desk.noteInVain("in vain", saying)).hasMessage("changed my mind");
  }

  @Test
  void aSignalIsSentWithItsTransaction() {
    office()
        .run(
            context -> {
              Desk desk = context.getBean(Desk.class);
              SagaHandle<String> saga = start(context, APPROVING);
              sayInVain(desk, sagas -> sagas.signal(APPROVING, "o1", APPROVED, "bob"));
              assertThat(database.count("orders")).isZero();
              assertThat(database.count("skald.saga_signal")).isZero();

              int unseen =
                  desk.note(
                      "r1",
                      sagas -> {
                        sagas.signal(saga.id(), APPROVED, "ada");
                        return database.count("skald.saga_signal");
                      });

              assertThat(unseen).isZero();
              assertThat(saga.await(SOON)).isEqualTo(new SagaEnd.Completed<>("ada"));
              assertThat(database.count("orders")).isOne();
            });
  }

  @Test
  void theCommitOfASignalWakesItsSaga() {
    office()
        // nothing is left to the poll
        .withPropertyValues("skald.worker.poll-interval=1m")
        .run(
            context -> {
              SagaHandle<String> saga = start(context, APPROVING);
              context
                  .getBean(Desk.class)
                  .note(
                      "r1",
                      sagas -> {
                        sagas.signal(APPROVING, "o1", APPROVED, "ada");
                        return true;
                      });

              assertThat(saga.await(SOON)).isEqualTo(new SagaEnd.Completed<>("ada"));
            });
  }

  @Test
  void aCompletionCountsWithItsTransactionAndOnce() {
    office()
        .run(
            context -> {
              Desk desk = context.getBean(Desk.class);
              SagaHandle<String> saga = start(context, BOOKING);
              String token = TOKENS.poll(10, TimeUnit.SECONDS);
              sayInVain(desk, sagas -> sagas.complete(BOOK, token, "seat 6"));
              sayInVain(desk, sagas -> sagas.fail(token, "fully booked"));

              assertThat(desk.<Boolean>note("r1", sagas -> sagas.heartbeat(token))).isTrue();
              boolean[] first = {false};
              boolean second =
                  desk.note(
                      "r2",
                      sagas -> {
                        first[0] = sagas.complete(BOOK, token, "seat 7");
                        return sagas.complete(BOOK, token, "seat 8");
                      });

              assertThat(first[0]).isTrue();
              assertThat(second).isFalse();
              assertThat(saga.await(SOON)).isEqualTo(new SagaEnd.Completed<>("seat 7"));
            });
  }

  @Test
  void aFailureCountsWithItsTransaction() {
    office()
        .run(
            context -> {
              SagaHandle<String> saga = start(context, BOOKING);
              String token = TOKENS.poll(10, TimeUnit.SECONDS);
              Desk desk = context.getBean(Desk.class);

              assertThat(desk.<Boolean>note("r1", sagas -> sagas.fail(token, "full"))).isTrue();
              assertThat(saga.await(SOON)).isEqualTo(new SagaEnd.Compensated<>("book", "full"));
            });
  }
}
