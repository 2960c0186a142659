package io.skald.samples.order;

import static org.assertj.core.api.Assertions.assertThat;

import io.skald.saga.view.Direction;
import io.skald.saga.view.SagaStatus;
import io.skald.samples.order.Messages.Completion;
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
    int port = Ports.free();
    inventory = new InventoryService(0, databases.jdbcUrl("inventory"), url(port));
    payments = new PaymentsService(0, databases.jdbcUrl("payments"));
    service =
        new OrdersService(
            port, databases.jdbcUrl("orders"), url(inventory.port()), url(payments.port()));
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
    assertThat(books.packings()).contains(new Books.Packing("S-1", "PACKED"));
    assertThat(books.approvals()).doesNotContainKey("S-1");
    assertThat(books.policies()).doesNotContainKey("S-1");
  }

  @Test
  void goesOnOnceTheDeskHasGrantedAndHearsTheFirstAnswerOnly() throws Exception {
    placeDear("S-2", "C-002");

    assertThat(decide("S-2", Verdict.GRANTED)).isEqualTo(200);
    assertThat(decide("S-2", Verdict.GRANTED)).isEqualTo(200);
    assertThat(decide("S-2", Verdict.REFUSED)).isEqualTo(409);
    assertThat(ended("S-2")).isEqualTo(SagaStatus.COMPLETED);
    Books books = BooksReader.read(databases);
    assertThat(books.approvals()).containsEntry("S-2", new Books.Approval("GRANTED", 1, 1));
    assertThat(books.policies()).containsEntry("S-2", new Books.Policy("IN_FORCE", DEAR / 100));
    assertThat(books.entries()).contains(new Books.Entry("INS-S-2", "CHARGE", "C-002", DEAR / 100));
    assertThat(report("INS-S-2").status()).isEqualTo(SagaStatus.COMPLETED);
  }

  @Test
  void letsGoOfTheDepositAndTheStockWhenTheDeskRefuses() throws Exception {
    placeDear("S-3", "C-003");

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
    placeDear("S-4", "C-006");

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
  void letsGoOfEverythingWhenSomethingBreaksWhileItIsPacked() throws Exception {
    place("S-22", "C-007", CHEAP);

    assertThat(ended("S-22")).isEqualTo(SagaStatus.COMPENSATED);
    assertThat(report("S-22").reason()).hasValue("broken while it was packed");
    Books books = BooksReader.read(databases);
    assertThat(books.packings()).contains(new Books.Packing("S-22", "BROKEN"));
    assertThat(books.holds()).contains(new Books.Entry("S-22", "CANCEL", "C-007", CHEAP / 4));
    assertThat(books.movements()).contains(new Books.Movement("S-22", "RELEASE", "KETTLE", 2));
  }

  @Test
  void cancelsThePolicyAndGivesThePremiumBackWhenTheOrderCannotGoOn() throws Exception {
    placeGrantedInVain("S-39", "C-004");

    assertThat(report("S-39").reason()).hasValue("PermanentFailure: card declined");
    assertThat(compensated("S-39"))
        .containsExactly("pack-order", "insure-order", "ask-desk", "reserve-stock", "create-order");
    assertThat(compensated("INS-S-39")).containsExactly("open-policy", "pay-premium");
    Books books = BooksReader.read(databases);
    assertThat(books.policies()).containsEntry("S-39", new Books.Policy("CANCELLED", DEAR / 100));
    assertThat(books.entries())
        .contains(new Books.Entry("INS-S-39", "REFUND", "C-004", DEAR / 100));
  }

  @Test
  void goesNoFurtherWhenThePremiumCannotBePaid() throws Exception {
    placeGrantedInVain("S-40", "C-200");

    assertThat(report("S-40").reason().orElse(""))
        .startsWith("the saga it started compensated: ")
        .endsWith(": PermanentFailure: card declined");
    assertThat(compensated("S-40")).containsExactly("ask-desk", "reserve-stock", "create-order");
    assertThat(BooksReader.read(databases).policies()).doesNotContainKey("S-40");
  }

  @Test
  void unpacksWhatIsNotReportedInTimeAndTheLateReportChangesNothing() throws Exception {
    place("S-8", "C-008", CHEAP);

    assertThat(ended("S-8")).isEqualTo(SagaStatus.COMPENSATED);
    assertThat(report("S-8").reason()).hasValue("not completed in time");
    assertThat(packing("reports_left", "S-8")).isEqualTo("1");
    Awaitility.await().atMost(LIMIT).until(() -> packing("reports_left", "S-8").equals("0"));
    assertThat(packing("state", "S-8")).isEqualTo("UNPACKED");
    assertThat(report("S-8").status()).isEqualTo(SagaStatus.COMPENSATED);
  }

  @Test
  void hearsOnceThatAnOrderIsPackedHoweverOftenItIsSaid() throws Exception {
    place("S-6", "C-009", CHEAP);

    assertThat(ended("S-6")).isEqualTo(SagaStatus.COMPLETED);
    Awaitility.await().atMost(LIMIT).until(() -> packing("reports_left", "S-6").equals("0"));
    var again = complete(packing("token", "S-6"), "broken after all");
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.json()).isEqualTo("{\"first\":false}");
    assertThat(report("S-6").status()).isEqualTo(SagaStatus.COMPLETED);
  }

  @Test
  void tellsWhoeverHasNoTokenOfItsOwnNothing() throws Exception {
    var reply = complete("no-token", "");

    assertThat(reply.status()).isEqualTo(404);
    assertThat(reply.problem()).isEqualTo("nobody waits for that");
  }

  @Test
  void doesNotHearOfAnOrderNobodyAskedAbout() throws Exception {
    assertThat(decide("S-9", Verdict.GRANTED)).isEqualTo(404);
  }

  private static void place(String orderId, String customer, long cents) throws Exception {
    var order = new PlaceOrder(orderId, customer, ITEMS, cents, Trouble.NONE);
    assertThat(orders.post("/orders", order, Map.of(), LIMIT).status()).isEqualTo(202);
  }

  /** Places an order above the limit, and waits until the desk is asked for its approval. */
  private static void placeDear(String orderId, String customer) throws Exception {
    place(orderId, customer, DEAR);
    Awaitility.await()
        .until(() -> orders.find("/approvals", Map.of(), LIMIT).json().contains(orderId));
  }

  /** Places an order above the limit that is compensated with its insurance, though approved. */
  private static void placeGrantedInVain(String orderId, String customer) throws Exception {
    placeDear(orderId, customer);
    assertThat(decide(orderId, Verdict.GRANTED)).isEqualTo(200);
    assertThat(ended(orderId)).isEqualTo(SagaStatus.COMPENSATED);
    assertThat(report("INS-" + orderId).status()).isEqualTo(SagaStatus.COMPENSATED);
  }

  private static int decide(String orderId, Verdict verdict) throws Exception {
    return orders.post("/approvals", new Decision(orderId, verdict), Map.of(), LIMIT).status();
  }

  private static JsonClient.Reply complete(String token, String problem) throws Exception {
    var completion = new Completion(token, "a packing", problem);
    return orders.post("/completions", completion, Map.of(), LIMIT);
  }

  private static String packing(String column, String orderId) throws SQLException {
    String sql = "select " + column + " from packing where order_id = ?";
    try (var connection = databases.dataSource("inventory").getConnection();
        var select = connection.prepareStatement(sql)) {
      select.setString(1, orderId);
      try (var row = select.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }
  }

  private static SagaStatus ended(String orderId) throws Exception {
    Awaitility.await().atMost(LIMIT).until(() -> report(orderId).finishedAt().isPresent());
    return report(orderId).status();
  }

  /** The steps that were compensated, in that order. */
  private static List<String> compensated(String key) throws Exception {
    return report(key).happened().stream()
        .filter(happened -> happened.direction() == Direction.COMPENSATION)
        .map(SagaReport.Happened::step)
        .toList();
  }

  private static SagaReport report(String orderId) throws IOException, InterruptedException {
    return orders.find("/saga/status", Map.of("key", orderId), LIMIT).body(SagaReport.class);
  }

  private static String url(int port) {
    return "http://127.0.0.1:" + port;
  }
}
