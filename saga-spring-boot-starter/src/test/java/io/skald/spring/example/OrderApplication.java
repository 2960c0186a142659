package io.skald.spring.example;

import io.skald.saga.Outcome;
import io.skald.saga.Saga;
import io.skald.saga.SagaClient;
import io.skald.saga.SagaDefinition;
import io.skald.saga.SagaHandle;
import io.skald.saga.Step;
import io.skald.saga.step.Call;
import io.skald.saga.step.RemoteAction;
import java.util.Optional;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

@SpringBootApplication
public class OrderApplication {

  public record PlaceOrder(String orderId, long cents) {}

  public record Payment(String id) {}

  /** The payment service's client. */
  public interface Payments {
    Payment charge(long cents, String key);

    Optional<Payment> find(String key);
  }

  @Component
  record ChargeCard(Payments payments) implements RemoteAction<PlaceOrder, Payment> {
    @Override
    public Payment execute(PlaceOrder order, Call call) {
      return payments.charge(order.cents(), call.idempotencyKey());
    }
  }

  @Bean
  SagaDefinition<PlaceOrder, Payment> placeOrder(JdbcClient jdbc, Payments payments) {
    var chargeCard =
        Step.named("charge-card", PlaceOrder.class)
            .remote(Payment.class, ChargeCard.class)
            .verify(
                (order, call) ->
                    payments
                        .find(call.idempotencyKey())
                        .map(Outcome::succeeded)
                        .orElse(Outcome.unknown()));

    var confirm =
        Step.named("confirm", PlaceOrder.class)
            .local(
                (order, tx) ->
                    jdbc.sql("update orders set note = 'confirmed' where id = ?")
                        .param(order.orderId())
                        .update());

    return Saga.define("place-order", PlaceOrder.class)
        .key(PlaceOrder::orderId)
        .pivot(chargeCard)
        .step(confirm)
        .returning(Payment.class, (order, results) -> results.resultOf(chargeCard));
  }

  @Service
  static class OrderService {
    private final JdbcClient jdbc;
    private final SagaClient sagas;
    private final SagaDefinition<PlaceOrder, Payment> placeOrder;

    OrderService(
        JdbcClient jdbc, SagaClient sagas, SagaDefinition<PlaceOrder, Payment> placeOrder) {
      this.jdbc = jdbc;
      this.sagas = sagas;
      this.placeOrder = placeOrder;
    }

    @Transactional
    SagaHandle<Payment> place(PlaceOrder order) {
      jdbc.sql("insert into orders (id, note) values (?, 'placed')")
          .param(order.orderId())
          .update();
      return sagas.start(placeOrder, order);
    }
  }

  public static void main(String[] args) {
    SpringApplication.run(OrderApplication.class, args);
  }
}
