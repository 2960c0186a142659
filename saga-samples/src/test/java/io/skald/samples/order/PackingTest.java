package io.skald.samples.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.skald.samples.order.Messages.Completion;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Inventory packs, and tells whom it has to tell: this test, which listens or does not. */
class PackingTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final String SMOOTH = "S-2";
  private static final String BROKEN = "S-22";
  private static final String TWICE = "S-6";

  @TempDir(cleanup = CleanupMode.ALWAYS)
  private static Path folder;

  private static DatabaseServer databases;

  private final List<Completion> heard = new CopyOnWriteArrayList<>();
  private volatile int status = 200;
  private JsonServer listener;
  private InventoryService inventory;

  @BeforeAll
  static void startDatabases() throws IOException, SQLException {
    databases = DatabaseServer.start(folder);
    databases.create();
  }

  @AfterAll
  static void stopDatabases() throws IOException {
    databases.close();
  }

  @BeforeEach
  void start() throws IOException, SQLException {
    listener = new JsonServer(0).route("POST /completions", this::hear).start();
    startInventory();
  }

  @AfterEach
  void stop() {
    inventory.close();
    listener.close();
  }

  @Test
  void saysOnceThatItHasPackedHoweverOftenItWasAsked() throws Exception {
    assertThat(pack("p1", SMOOTH, "").status()).isEqualTo(202);
    assertThat(pack("p1", SMOOTH, "").status()).isEqualTo(202);

    awaitSaid("p1", "PACKED");
    assertThat(pack("p1", SMOOTH, "").body(Messages.Packing.class).id()).isEqualTo("p1");
    assertThat(heard).containsExactly(new Completion("token of p1", "p1", ""));
  }

  @Test
  void isKnownToSayATokenTwice() throws Exception {
    pack("p2", TWICE, "");

    awaitSaid("p2", "PACKED");
    var said = new Completion("token of p2", "p2", "");
    assertThat(heard).containsExactly(said, said);
  }

  @Test
  void saysWhatBroke() throws Exception {
    pack("p3", BROKEN, "");

    awaitSaid("p3", "BROKEN");
    assertThat(heard)
        .containsExactly(new Completion("token of p3", "p3", "broken while it was packed"));
  }

  @Test
  void saysItAgainUntilItIsHeard() throws Exception {
    status = 500;
    pack("p4", SMOOTH, "");
    Awaitility.await().until(() -> heard.size() >= 3);

    assertThat(reportsLeft("p4")).isEqualTo(1);
    status = 200;
    awaitSaid("p4", "PACKED");
  }

  @Test
  void saysNothingMoreToThoseWhoDoNotWait() throws Exception {
    status = 404;
    pack("p5", SMOOTH, "");

    awaitSaid("p5", "PACKED");
    assertThat(heard).hasSize(1);
  }

  @Test
  void findsWhatIsNotPackedAndNotSaidWhenItIsStartedAgain() throws Exception {
    status = 500;
    pack("p6", SMOOTH, "");
    Awaitility.await().until(() -> !heard.isEmpty());
    pack("p7", SMOOTH, "");
    inventory.close();
    heard.clear();
    status = 200;
    startInventory();

    awaitSaid("p6", "PACKED");
    awaitSaid("p7", "PACKED");
    assertThat(heard)
        .containsExactlyInAnyOrder(
            new Completion("token of p6", "p6", ""), new Completion("token of p7", "p7", ""));
  }

  @Test
  void packsWhatItHasAcceptedThoughItsAnswerWasLost() throws Exception {
    assertThatThrownBy(() -> pack("p8", SMOOTH, "parcel:lost")).isInstanceOf(IOException.class);

    awaitSaid("p8", "PACKED");
  }

  @Test
  void unpacksOnceAndDoesNotPackAgain() throws Exception {
    pack("p9", SMOOTH, "");
    awaitSaid("p9", "PACKED");

    assertThat(unpack("p9").status()).isEqualTo(200);
    assertThat(unpack("p9").status()).isEqualTo(200);
    assertThat(pack("p9", SMOOTH, "").status()).isEqualTo(410);
    assertThat(state("p9")).isEqualTo("UNPACKED");
  }

  @Test
  void doesNotPackWhatIsTakenBackBeforeAndSaysNothingOfIt() throws Exception {
    var packings = new Packings();
    var request = new Messages.PackingRequest(SMOOTH, "token of p10");
    var asked = new Packings.Asked("p10", request, 1, Duration.ofHours(1));
    try (var connection = databases.dataSource("inventory").getConnection()) {
      packings.ask(connection, asked);
      packings.unpack(connection, "p10", SMOOTH);
      packings.finish(connection, "p10", Packings.State.PACKED, Duration.ZERO);
    }

    assertThat(state("p10")).isEqualTo("UNPACKED");
    assertThat(reportsLeft("p10")).isZero();
  }

  @Test
  void refusesWhatComesAfterItWasTakenBack() throws Exception {
    assertThat(unpack("p12").status()).isEqualTo(200);
    assertThat(pack("p12", SMOOTH, "").status()).isEqualTo(410);
  }

  @Test
  void leavesWhatIsBrokenWhenItIsTakenBack() throws Exception {
    pack("p13", BROKEN, "");
    awaitSaid("p13", "BROKEN");

    assertThat(unpack("p13").status()).isEqualTo(200);
    assertThat(state("p13")).isEqualTo("BROKEN");
  }

  private Answer hear(Request request) throws IOException {
    heard.add(request.body(Completion.class));
    return new Answer(status, Map.of());
  }

  private void startInventory() throws IOException, SQLException {
    inventory =
        new InventoryService(
            0, databases.jdbcUrl("inventory"), ServiceProcess.url(listener.port()));
  }

  private JsonClient client() {
    return new JsonClient(ServiceProcess.url(inventory.port()));
  }

  private JsonClient.Reply pack(String key, String orderId, String trouble)
      throws IOException, InterruptedException {
    var body = new Messages.PackingRequest(orderId, "token of " + key);
    var headers =
        Map.of(Request.IDEMPOTENCY_KEY, key, Request.ATTEMPT, "1", Request.TROUBLE, trouble);
    return client().post("/packings", body, headers, LIMIT);
  }

  private JsonClient.Reply unpack(String key) throws IOException, InterruptedException {
    return client().delete("/packings", Map.of("key", key, "order", "S-1"), LIMIT);
  }

  private static void awaitSaid(String key, String state) {
    Awaitility.await().atMost(LIMIT).until(() -> state(key).equals(state) && reportsLeft(key) == 0);
  }

  private static String state(String key) throws SQLException {
    return column("state", key);
  }

  private static int reportsLeft(String key) throws SQLException {
    return Integer.parseInt(column("reports_left", key));
  }

  private static String column(String name, String key) throws SQLException {
    String sql = "select " + name + " from packing where request_key = ?";
    try (var connection = databases.dataSource("inventory").getConnection();
        var select = connection.prepareStatement(sql)) {
      select.setString(1, key);
      try (var row = select.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }
  }
}
