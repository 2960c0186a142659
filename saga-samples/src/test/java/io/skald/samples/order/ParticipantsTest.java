package io.skald.samples.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Inventory and payments on their own databases, called as the orders service calls them. */
class ParticipantsTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final String RICH = "C-001";

  @TempDir(cleanup = CleanupMode.ALWAYS)
  private static Path folder;

  private static DatabaseServer databases;
  private static InventoryService inventory;
  private static PaymentsService payments;
  private static JsonClient stock;
  private static JsonClient cards;

  @BeforeAll
  static void start() throws IOException, SQLException {
    databases = DatabaseServer.start(folder);
    databases.create();
    inventory = new InventoryService(0, databases.jdbcUrl("inventory"), "http://127.0.0.1:1");
    payments = new PaymentsService(0, databases.jdbcUrl("payments"));
    stock = new JsonClient("http://127.0.0.1:" + inventory.port());
    cards = new JsonClient("http://127.0.0.1:" + payments.port());
  }

  @AfterAll
  static void stop() throws IOException {
    inventory.close();
    payments.close();
    databases.close();
  }

  @Test
  void runsOnAServerThatKeepsWhatItCommits() throws SQLException {
    assertThat(databases.description()).endsWith("fsync on");
  }

  @Test
  void aRepeatedReservationHoldsOnce() throws Exception {
    long before = available("POT-CLAY");

    assertThat(reserve("r1", "POT-CLAY", 3, "").status()).isEqualTo(200);
    assertThat(reserve("r1", "POT-CLAY", 3, "").status()).isEqualTo(200);
    assertThat(available("POT-CLAY")).isEqualTo(before - 3);
  }

  @Test
  void aReservationThatComesAfterItsReleaseIsRefused() throws Exception {
    long before = available("KETTLE");

    assertThat(release("r2").status()).isEqualTo(200);
    assertThat(reserve("r2", "KETTLE", 3, "").status()).isEqualTo(410);
    assertThat(available("KETTLE")).isEqualTo(before);
  }

  @Test
  void aRepeatedReleaseGivesBackOnce() throws Exception {
    long before = available("TRAY-OAK");
    reserve("r3", "TRAY-OAK", 3, "");

    assertThat(release("r3").status()).isEqualTo(200);
    assertThat(release("r3").status()).isEqualTo(200);
    assertThat(reserve("r3", "TRAY-OAK", 3, "").status()).isEqualTo(410);
    assertThat(available("TRAY-OAK")).isEqualTo(before);
  }

  @Test
  void aReservationOfMoreThanThereIsIsRefusedForGood() throws Exception {
    var reply = reserve("r4", "BOOK-FIRST", 5, "");

    assertThat(reply.status()).isEqualTo(409);
    assertThat(reply.problem()).isEqualTo("out of stock: BOOK-FIRST");
    assertThat(reserve("r4", "BOOK-FIRST", 1, "").status()).isEqualTo(409);
    assertThat(available("BOOK-FIRST")).isEqualTo(4);
  }

  @Test
  void aReservationWhoseAnswerIsLostIsThereAllTheSame() throws Exception {
    long before = available("SPOON-SET");

    assertThatThrownBy(() -> reserve("r5", "SPOON-SET", 1, "stock:lost"))
        .isInstanceOf(IOException.class);
    assertThat(available("SPOON-SET")).isEqualTo(before - 1);
  }

  @Test
  void aParcelIsSentOnce() throws Exception {
    reserve("r6", "TIMER-SAND", 2, "");
    var body = new Messages.ParcelRequest("O-1", "r6", 1, List.of("TIMER-SAND"));

    assertThat(stock.post("/parcels", body, headers("p6", ""), LIMIT).status()).isEqualTo(200);
    assertThat(stock.post("/parcels", body, headers("p6", ""), LIMIT).status()).isEqualTo(200);
    assertThat(BooksReader.shelves(databases))
        .filteredOn(shelf -> shelf.sku().equals("TIMER-SAND"))
        .allMatch(shelf -> shelf.held() == 0 && shelf.available() == shelf.initial() - 2);
  }

  @Test
  void aPartOfAReservationIsSentAndTheRestStaysHeld() throws Exception {
    var items = List.of(new OrderItem("HONEY-LIME", 2), new OrderItem("CUP-GLASS", 1));
    stock.post("/reservations", new Messages.StockRequest("O-1", items), headers("r7", ""), LIMIT);
    var honey = new Messages.ParcelRequest("O-1", "r7", 1, List.of("HONEY-LIME"));
    var cup = new Messages.ParcelRequest("O-1", "r7", 2, List.of("CUP-GLASS"));

    assertThat(stock.post("/parcels", honey, headers("p7", ""), LIMIT).status()).isEqualTo(200);
    assertThat(held("HONEY-LIME")).isZero();
    assertThat(held("CUP-GLASS")).isEqualTo(1);
    assertThat(stock.post("/parcels", cup, headers("p8", ""), LIMIT).body(Messages.Parcel.class))
        .isEqualTo(new Messages.Parcel("P-O-1-2"));
    assertThat(held("CUP-GLASS")).isZero();
  }

  @Test
  void whatIsNotHeldIsNotSent() throws Exception {
    reserve("r9", "TEA-MINT", 1, "");
    var body = new Messages.ParcelRequest("O-1", "r9", 1, List.of("TEA-MINT", "KETTLE"));

    assertThat(stock.post("/parcels", body, headers("p9", ""), LIMIT).status()).isEqualTo(400);
    assertThat(held("TEA-MINT")).isEqualTo(1);
  }

  @Test
  void aRepeatedHoldHoldsOnceAndARepeatedConfirmationTakesOnce() throws Exception {
    assertThat(hold("h1", "C-010", 700).status()).isEqualTo(200);
    assertThat(hold("h1", "C-010", 700).status()).isEqualTo(200);
    assertThat(wallet("C-010")).isEqualTo(new Books.Wallet("C-010", 50_000, 50_000, 700));
    assertThat(confirm("h1").status()).isEqualTo(200);
    assertThat(confirm("h1").status()).isEqualTo(200);
    assertThat(wallet("C-010")).isEqualTo(new Books.Wallet("C-010", 50_000, 49_300, 0));
  }

  @Test
  void aRepeatedCancelLetsGoOnceAndNothingIsConfirmedAfterIt() throws Exception {
    hold("h2", "C-011", 700);

    assertThat(cancel("h2").status()).isEqualTo(200);
    assertThat(cancel("h2").status()).isEqualTo(200);
    assertThat(confirm("h2").status()).isEqualTo(410);
    assertThat(wallet("C-011")).isEqualTo(new Books.Wallet("C-011", 50_000, 50_000, 0));
  }

  @Test
  void aTryThatComesAfterItsCancelIsRefused() throws Exception {
    assertThat(cancel("h3").status()).isEqualTo(200);
    assertThat(hold("h3", "C-012", 700).status()).isEqualTo(410);
    assertThat(wallet("C-012")).isEqualTo(new Books.Wallet("C-012", 50_000, 50_000, 0));
  }

  @Test
  void aConfirmedHoldCannotBeCancelled() throws Exception {
    hold("h4", "C-013", 700);
    confirm("h4");

    assertThat(cancel("h4").status()).isEqualTo(400);
    assertThat(wallet("C-013")).isEqualTo(new Books.Wallet("C-013", 50_000, 49_300, 0));
  }

  @Test
  void whatIsHeldCannotBeHeldAgainAndADeclinedHoldIsDeclinedForGood() throws Exception {
    hold("h5", "C-014", 49_000);

    assertThat(hold("h6", "C-014", 1_001).status()).isEqualTo(409);
    assertThat(hold("h6", "C-014", 1).problem()).isEqualTo("wallet too empty");
    assertThat(hold("h7", "C-014", 1_000).status()).isEqualTo(200);
  }

  @Test
  void nothingIsConfirmedThatWasNeverHeld() throws Exception {
    assertThat(confirm("h8").status()).isEqualTo(404);
  }

  @Test
  void aRepeatedChargeTakesOnceAndARepeatedRefundGivesBackOnce() throws Exception {
    long before = balance(RICH);

    assertThat(charge("c1", RICH, 700).status()).isEqualTo(200);
    assertThat(charge("c1", RICH, 700).status()).isEqualTo(200);
    assertThat(balance(RICH)).isEqualTo(before - 700);
    assertThat(refund("c1").status()).isEqualTo(200);
    assertThat(refund("c1").status()).isEqualTo(200);
    assertThat(balance(RICH)).isEqualTo(before);
  }

  @Test
  void aChargeThatComesAfterItsRefundIsRefused() throws Exception {
    long before = balance("C-002");

    assertThat(refund("c2").status()).isEqualTo(200);
    assertThat(charge("c2", "C-002", 700).status()).isEqualTo(410);
    assertThat(find("c2").status()).isEqualTo(410);
    assertThat(balance("C-002")).isEqualTo(before);
  }

  @Test
  void aDeclinedChargeIsDeclinedForGood() throws Exception {
    assertThat(charge("c3", RICH, 99_999_999).status()).isEqualTo(409);
    assertThat(charge("c3", RICH, 1).status()).isEqualTo(409);
    assertThat(find("c3").problem()).isEqualTo("card declined");
  }

  @Test
  void aChargeNobodyHeardOfIsNotFound() throws Exception {
    assertThat(find("c4").status()).isEqualTo(404);
  }

  @Test
  void aRequestThatMakesNoSenseIsRefusedAsJson() throws Exception {
    var noKey = cards.post("/charges", Map.of(), Map.of(), LIMIT);
    var noCharge = cards.post("/charges", List.of(1), headers("c5", ""), LIMIT);

    assertThat(noKey.status()).isEqualTo(400);
    assertThat(noKey.problem()).isEqualTo("the header Idempotency-Key is missing");
    assertThat(noCharge.status()).isEqualTo(400);
    assertThat(noCharge.problem()).isEqualTo("the body is no Charge in JSON");
  }

  private static JsonClient.Reply reserve(String key, String sku, int quantity, String trouble)
      throws IOException, InterruptedException {
    var body = new Messages.StockRequest("O-1", List.of(new OrderItem(sku, quantity)));
    return stock.post("/reservations", body, headers(key, trouble), LIMIT);
  }

  private static JsonClient.Reply release(String key) throws IOException, InterruptedException {
    return stock.delete("/reservations", Map.of("key", key, "order", "O-1"), LIMIT);
  }

  private static JsonClient.Reply charge(String key, String customer, long cents)
      throws IOException, InterruptedException {
    var body = new Messages.Charge("O-1", customer, cents);
    return cards.post("/charges", body, headers(key, ""), LIMIT);
  }

  private static JsonClient.Reply find(String key) throws IOException, InterruptedException {
    return cards.find("/charges", Map.of("key", key, "cents", "1"), LIMIT);
  }

  private static JsonClient.Reply refund(String key) throws IOException, InterruptedException {
    return cards.delete("/charges", Map.of("key", key, "order", "O-1"), LIMIT);
  }

  private static JsonClient.Reply hold(String key, String customer, long cents)
      throws IOException, InterruptedException {
    var body = new Messages.Charge("O-1", customer, cents);
    return cards.post("/holds", body, headers(key, ""), LIMIT);
  }

  private static JsonClient.Reply confirm(String hold) throws IOException, InterruptedException {
    var headers = headers(hold + "/confirm", "");
    return cards.post("/holds/confirmed", new Messages.Hold(hold, 700), headers, LIMIT);
  }

  private static JsonClient.Reply cancel(String key) throws IOException, InterruptedException {
    return cards.delete("/holds", Map.of("key", key, "order", "O-1"), LIMIT);
  }

  private static Map<String, String> headers(String key, String trouble) {
    return Map.of(Request.IDEMPOTENCY_KEY, key, Request.ATTEMPT, "1", Request.TROUBLE, trouble);
  }

  private static long available(String sku) throws SQLException {
    return BooksReader.shelves(databases).stream()
        .filter(shelf -> shelf.sku().equals(sku))
        .mapToLong(Books.Shelf::available)
        .sum();
  }

  private static long balance(String customer) throws SQLException {
    return BooksReader.accounts(databases).stream()
        .filter(account -> account.customer().equals(customer))
        .mapToLong(Books.Account::balance)
        .sum();
  }

  private static long held(String sku) throws SQLException {
    return BooksReader.shelves(databases).stream()
        .filter(shelf -> shelf.sku().equals(sku))
        .mapToLong(Books.Shelf::held)
        .sum();
  }

  private static Books.Wallet wallet(String customer) throws SQLException {
    return BooksReader.wallets(databases).stream()
        .filter(wallet -> wallet.customer().equals(customer))
        .findFirst()
        .orElseThrow();
  }
}
