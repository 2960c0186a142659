package io.skald.samples.order;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An HTTP server on the loopback address that speaks JSON; a virtual thread per request. */
final class JsonServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(JsonServer.class);
  private static final Duration DRAIN_MAX = Duration.ofSeconds(30);
  private static final int PLACES = 10_000;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, Route> routes = new ConcurrentHashMap<>();
  private final Semaphore places = new Semaphore(PLACES);

  /** Answers the requests of one route. */
  @FunctionalInterface
  interface Route {
    /**
     * Answers one request.
     *
     * @throws BadRequestException if the request makes no sense
     * @throws AnswerLostException to break the connection without an answer
     * @throws Exception anything else is the service's own fault
     */
    Answer answer(Request request) throws Exception;
  }

  /**
   * A server that does not listen to anybody before {@link #start}.
   *
   * @param port where to listen; 0 for any free port
   */
  JsonServer(int port) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    route("GET /health", request -> Answer.ok(Map.of("status", "up")));
  }

  /** Adds a route such as {@code POST /charges}. */
  JsonServer route(String methodAndPath, Route route) {
    routes.put(methodAndPath, route);
    return this;
  }

  JsonServer start() {
    server.start();
    return this;
  }

  int port() {
    return server.getAddress().getPort();
  }

  /** Waits for the requests that are under way, 30 s at most, and stops. */
  @Override
  public void close() {
    try {
      if (!places.tryAcquire(PLACES, DRAIN_MAX.toSeconds(), TimeUnit.SECONDS)) {
        LOG.warn("{} requests were cut off", PLACES - places.availablePermits());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    server.stop(0);
    threads.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    places.acquireUninterruptibly();
    try {
      send(exchange, answer(new Request(exchange)));
    } catch (AnswerLostException e) {
      LOG.info("{} {}", exchange.getRequestURI(), e.getMessage());
    } finally {
      exchange.close();
      places.release();
    }
  }

  private Answer answer(Request request) throws AnswerLostException {
    try {
      Route route = routes.get(request.route());
      return route == null
          ? Answer.notFound("there is no " + request.route() + " here")
          : route.answer(request);
    } catch (AnswerLostException e) {
      throw e;
    } catch (BadRequestException e) {
      return Answer.badRequest(String.valueOf(e.getMessage()));
    } catch (Exception e) {
      LOG.warn("{} failed", request.route(), e);
      return new Answer(500, new Answer.Problem("it did not work this time"));
    }
  }

  private static void send(HttpExchange exchange, Answer answer) throws IOException {
    byte[] bytes = Json.MAPPER.writeValueAsBytes(answer.body());
    exchange.getResponseHeaders().set("Content-Type", "application/json; charset=utf-8");
    exchange.sendResponseHeaders(answer.status(), bytes.length);
    exchange.getResponseBody().write(bytes);
  }
}
