package io.skald.chaos;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
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
  private static final int UNAVAILABLE = 503;
  private static final Map<String, String> COMPENSATES =
      Map.of("release", "reserve", "refund", "charge");

  private final HttpServer server;
  private final Random random;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final List<Request> requests = new ArrayList<>();
  private final Set<String> effects = new HashSet<>();
  private final Set<String> compensated = new HashSet<>();
  private boolean calm;

  /** A request as it arrived. */
  record Request(String operation, String key, int attempt) {}

  RemoteLedger(long seed) throws IOException {
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
    String operation = exchange.getRequestURI().getPath().substring(1);
    String key = query.getOrDefault("key", "");
    Mood mood = mood();
    int status =
        mood == Mood.DOWN
            ? UNAVAILABLE
            : serve(operation, key, Integer.parseInt(query.getOrDefault("attempt", "0")));
    if (mood == Mood.SLOW) {
      rest();
    }
    if (mood != Mood.SILENT) {
      exchange.sendResponseHeaders(status, -1);
    }
    exchange.close();
  }

  private void rest() {
    try {
      boolean ended = closed.await(700, TimeUnit.MILLISECONDS);
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

  private synchronized int serve(String operation, String key, int attempt) {
    if (operation.startsWith("has-")) {
      return effects.contains(operation.substring(4) + " " + key) ? DONE : 404;
    }
    requests.add(new Request(operation, key, attempt));
    String action = COMPENSATES.get(operation);
    if (action != null) {
      compensated.add(action + " " + key);
      return DONE;
    }
    String effect = operation + " " + key;
    if (compensated.contains(effect) || isRefused(operation, key)) {
      return REFUSED;
    }
    effects.add(effect);
    return DONE;
  }

  /** A tenth of the reservations and of the charges are refused for good. */
  private static boolean isRefused(String operation, String key) {
    int digit = Math.floorMod(key.hashCode(), 10);
    return (operation.equals("reserve") && digit == 0)
        || (operation.equals("charge") && digit == 1);
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
  }

  synchronized List<Request> requests() {
    return List.copyOf(requests);
  }

  /** Whether the action took effect and was not compensated. */
  synchronized boolean stands(String operation, String key) {
    String effect = operation + " " + key;
    return effects.contains(effect) && !compensated.contains(effect);
  }

  synchronized boolean isCompensated(String operation, String key) {
    return compensated.contains(operation + " " + key);
  }

  synchronized Set<String> effects() {
    return Set.copyOf(effects);
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
  }
}
