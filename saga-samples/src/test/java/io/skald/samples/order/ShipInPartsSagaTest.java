package io.skald.samples.order;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.view.SagaStatus;
import io.skald.samples.order.Messages.Decision;
import io.skald.samples.order.Messages.Verdict;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Orders in parts, with all three services in this process and a clerk who is this test. */
class ShipInPartsSagaTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final List<OrderItem> ITEMS =
      List.of(
          new OrderItem("MUG-BLUE", 1), new OrderItem("TEA-EARL", 2), new OrderItem("KETTLE", 2));
  private static final long CHEAP = 10_000;
  private static final long DEAR = 16_870;

  @TempDir(cleanup = CleanupMode.ALWAYS)
  private static Path folder;

  private static DatabaseServer databases;
  private static InventoryService inventory;
  private static PaymentsService payments;
  private static OrdersService service;
  private static JsonClient orders;

  @BeforeAll
  static void start() throws IOException, SQLException {
    databases = DatabaseServer.start(folder);
    databases.create();
    inventory = new InventoryService(0, databases.jdbcUrl("inventory"));
    payments = new PaymentsService(0, databases.jdbcUrl("payments"));
    service =
        new OrdersService(
            0, databases.jdbcUrl("orders"), url(inventory.port()), url(payments.port()));
    orders = new JsonClient(url(service.port()));
  }

  @AfterAll
  static void stop() throws IOException {
    service.close();
    inventory.close();
    payments.close();
    databases.close();
  }

  @Test
  void takesTheDepositAndTheRestAndSendsAParcelForEachProduct() throws Exception {
    place("S-1", "C-001", CHEAP);

    assertThat(ended("S-1")).isEqualTo(SagaStatus.COMPLETED);
    Books books = BooksReader.read(databases);
    assertThat(books.entries())
        .contains(new Books.Entry("S-1", "CHARGE", "C-001", CHEAP - CHEAP / 4));
    assertThat(books.holds()).contains(new Books.Entry("S-1", "CONFIRM", "C-001", CHEAP / 4));
    assertThat(books.movements())
        .filteredOn(movement -> movement.orderId().equals("S-1"))
        .filteredOn(movement -> movement.kind().equals("SHIP"))
        .hasSize(3);
    assertThat(books.approvals()).doesNotContainKey("S-1");
  }

  @Test
  void goesOnOnceTheDeskHasGrantedAndHearsTheFirstAnswerOnly() throws Exception {
    place("S-2", "C-002", DEAR);
    awaitAsked("S-2");

    assertThat(decide("S-2", Verdict.GRANTED)).isEqualTo(200);
    assertThat(decide("S-2", Verdict.GRANTED)).isEqualTo(200);
    assertThat(decide("S-2", Verdict.REFUSED)).isEqualTo(409);
    assertThat(ended("S-2")).isEqualTo(SagaStatus.COMPLETED);
    assertThat(BooksReader.read(databases).approvals())
        .containsEntry("S-2", new Books.Approval("GRANTED", 1, 1));
  }

  @Test
  void letsGoOfTheDepositAndTheStockWhenTheDeskRefuses() throws Exception {
    place("S-3", "C-003", DEAR);
    awaitAsked("S-3");

    assertThat(decide("S-3", Verdict.REFUSED)).isEqualTo(200);
    assertThat(ended("S-3")).isEqualTo(SagaStatus.COMPENSATED);
    assertThat(report("S-3").reason()).hasValue("refused by the desk");
    Books books = BooksReader.read(databases);
    assertThat(books.entries()).noneMatch(entry -> entry.orderId().equals("S-3"));
    assertThat(books.holds()).contains(new Books.Entry("S-3", "CANCEL", "C-003", DEAR / 4));
    assertThat(books.movements()).contains(new Books.Movement("S-3", "RELEASE", "KETTLE", 2));
    assertThat(books.approvals()).containsEntry("S-3", new Books.Approval("REFUSED", 1, 1));
  }

  @Test
  void takesTheQuestionBackWhenTheDeskForgetsIt() throws Exception {
    place("S-4", "C-006", DEAR);
    awaitAsked("S-4");

    assertThat(ended("S-4")).isEqualTo(SagaStatus.COMPENSATED);
    assertThat(decide("S-4", Verdict.GRANTED)).isEqualTo(409);
    assertThat(BooksReader.read(databases).approvals())
        .containsEntry("S-4", new Books.Approval("WITHDRAWN", 0, 0));
  }

  @Test
  void releasesTheStockWhenTheWalletIsTooEmpty() throws Exception {
    place("S-5", "C-005", CHEAP);

    assertThat(ended("S-5")).isEqualTo(SagaStatus.COMPENSATED);
    assertThat(report("S-5").reason()).hasValue("PermanentFailure: wallet too empty");
    assertThat(BooksReader.read(databases).holds())
        .noneMatch(entry -> entry.orderId().equals("S-5"));
  }

  @Test
  void doesNotHearOfAnOrderNobodyAskedAbout() throws Exception {
    assertThat(decide("S-9", Verdict.GRANTED)).isEqualTo(404);
  }

  private static void place(String orderId, String customer, long cents) throws Exception {
    var order = new PlaceOrder(orderId, customer, ITEMS, cents, Trouble.NONE);
    assertThat(orders.post("/orders", order, Map.of(), LIMIT).status()).isEqualTo(202);
  }

  private static int decide(String orderId, Verdict verdict) throws Exception {
    return orders.post("/approvals", new Decision(orderId, verdict), Map.of(), LIMIT).status();
  }

  private static void awaitAsked(String orderId) {
    Awaitility.await()
        .until(() -> orders.find("/approvals", Map.of(), LIMIT).json().contains(orderId));
  }

  private static SagaStatus ended(String orderId) throws Exception {
    Awaitility.await().atMost(LIMIT).until(() -> report(orderId).finishedAt().isPresent());
    return report(orderId).status();
  }

  private static SagaReport report(String orderId) throws IOException, InterruptedException {
    return orders.find("/saga/status", Map.of("key", orderId), LIMIT).body(SagaReport.class);
  }

  private static String url(int port) {
    return "http://127.0.0.1:" + port;
  }
}
