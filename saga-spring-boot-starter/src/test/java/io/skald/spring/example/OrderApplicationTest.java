package io.skald.spring.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.SagaEnd;
import io.skald.spring.TestDatabase;
import io.skald.spring.example.OrderApplication.OrderService;
import io.skald.spring.example.OrderApplication.Payment;
import io.skald.spring.example.OrderApplication.Payments;
import io.skald.spring.example.OrderApplication.PlaceOrder;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The example of the documentation, as a whole application. */
class OrderApplicationTest {

  @Configuration(proxyBeanMethods = false)
  static class PaymentsAtHand {
    @Bean
    Payments payments() {
      return new Payments() {
        @Override
        public Payment charge(long cents, String key) {
          return new Payment("pay-" + cents);
        }

        @Override
        public Optional<Payment> find(String key) {
          return Optional.empty();
        }
      };
    }
  }

  @Test
  void startsWithTheStarterAlone() throws Exception {
    var database = TestDatabase.create();
    try (var application =
        new SpringApplicationBuilder(OrderApplication.class, PaymentsAtHand.class)
            .properties(
                TestDatabase.WITHOUT_JPA,
                "spring.datasource.url=" + database.url(),
                "spring.application.name=orders",
                "spring.main.banner-mode=off")
            .run()) {
      var saga = application.getBean(OrderService.class).place(new PlaceOrder("o1", 4711));

      assertThat(saga.await(Duration.ofSeconds(20)))
          .isEqualTo(new SagaEnd.Completed<>(new Payment("pay-4711")));
      assertThat(database.value("select note from orders")).isEqualTo("confirmed");
      assertThat(database.value("select name from skald.saga_node")).isEqualTo("orders");
    }
  }
}
