package io.skald.chaos;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A participant that keeps its own append-only ledger, has a barrier against late actions, and
 * answers as remote services do: late, not at all, with an error, or with a refusal.
 */
final class RemoteLedger implements AutoCloseable {
  static final int DONE = 204;
  static final int REFUSED = 409;
  private static final int UNKNOWN = 404;
  private static final int UNAVAILABLE = 503;
  private static final long SLOW_MILLIS = 700;

  private final HttpServer server;
  private final Courier courier;
  private final Random random;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final List<Request> requests = new ArrayList<>();
  private final Map<Place, Set<String>> done = new HashMap<>();
  private boolean calm;

  /** A step of a saga. */
  record Place(UUID saga, String path) {}

  /** A request as it arrived. */
  record Request(Place place, String direction, int attempt, Instant at) {

    /** What an idempotency key says, which is {@code saga:path:direction}. */
    static Request of(String key, int attempt) {
      String[] parts = key.split(":", 3);
      var place = new Place(UUID.fromString(parts[0]), parts[1].intern());
      return new Request(place, parts[2].intern(), attempt, Instant.now());
    }
  }

  RemoteLedger(Courier courier, long seed) throws IOException {
    this.courier = courier;
    this.random = new Random(seed);
    this.server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 200);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::handle);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  private enum Mood {
    PROMPT,
    SLOW,
    SILENT,
    DOWN
  }

  private void handle(HttpExchange exchange) throws IOException {
    Map<String, String> query = query(exchange);
    String verb = exchange.getRequestURI().getPath().substring(1);
    Request request =
        Request.of(
            query.getOrDefault("key", ""), Integer.parseInt(query.getOrDefault("attempt", "0")));
    Mood mood = mood();
    int status = mood == Mood.DOWN ? UNAVAILABLE : serve(verb, request);
    if (status == DONE && verb.equals("hand-out")) {
      courier.accept(query.getOrDefault("token", ""));
    }
    rest(mood == Mood.SLOW ? SLOW_MILLIS : usualMillis());
    if (mood != Mood.SILENT) {
      exchange.sendResponseHeaders(status, -1);
    }
    exchange.close();
  }

  private void rest(long millis) {
    try {
      boolean ended = closed.await(millis, TimeUnit.MILLISECONDS);
      if (ended) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized Mood mood() {
    int dice = calm ? 100 : random.nextInt(100);
    return dice < 3 ? Mood.SLOW : dice < 6 ? Mood.SILENT : dice < 10 ? Mood.DOWN : Mood.PROMPT;
  }

  /** So that a node that dies has sagas under way. */
  private synchronized long usualMillis() {
    return calm ? 0 : 10 + random.nextInt(110);
  }

  private synchronized int serve(String verb, Request request) {
    Set<String> before = done.computeIfAbsent(request.place, place -> new HashSet<>(2));
    if (verb.equals("stands")) {
      return before.contains("action") ? DONE : UNKNOWN;
    }
    requests.add(request);
    boolean isAction = request.direction.equals("action");
    if (isAction && (isTakenBack(before) || (!verb.equals("tell") && isRefused(request.place)))) {
      return REFUSED;
    }
    before.add(request.direction);
    return DONE;
  }

  private static boolean isTakenBack(Set<String> done) {
    return done.contains("compensation") || done.contains("cancel");
  }

  /** One in sixteen is, for good. */
  private static boolean isRefused(Place place) {
    return Math.floorMod(place.hashCode() * 31, 16) == 0;
  }

  private static Map<String, String> query(HttpExchange exchange) {
    var query = new HashMap<String, String>();
    for (String pair : exchange.getRequestURI().getRawQuery().split("&", -1)) {
      String[] parts = pair.split("=", 2);
      query.put(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
    }
    return query;
  }

  /** From now on every answer is prompt. */
  synchronized void calm() {
    calm = true;
    courier.calm();
  }

  synchronized List<Request> requests() {
    return List.copyOf(requests);
  }

  /** What was done at each step, by direction. */
  synchronized Map<Place, Set<String>> done() {
    return Map.copyOf(done);
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
  }
}
