package io.skald.samples.order;

import com.sun.net.httpserver.HttpExchange;
import io.skald.saga.step.Call;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;

/** A request to one of the services. */
final class Request {
  /** Names the request: a repeat carries the same key. */
  static final String IDEMPOTENCY_KEY = "Idempotency-Key";

  /** The number of the attempt, from 1. */
  static final String ATTEMPT = "Attempt";

  /** What is to go wrong with this request, see {@link Trouble}. */
  static final String TROUBLE = "Trouble";

  private final HttpExchange exchange;

  Request(HttpExchange exchange) {
    this.exchange = exchange;
  }

  /** What goes along with a call to a service. */
  static Map<String, String> headers(Call call, Trouble trouble) {
    return Map.of(
        IDEMPOTENCY_KEY, call.idempotencyKey(),
        ATTEMPT, Integer.toString(call.attempt()),
        TROUBLE, trouble.text());
  }

  /** The method and the path, such as {@code POST /charges}. */
  String route() {
    return exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
  }

  /**
   * A parameter of the query.
   *
   * @throws BadRequestException if it is missing or blank
   */
  String parameter(String name) {
    String query = Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse("");
    return Stream.of(query.split("&"))
        .filter(pair -> pair.startsWith(name + "="))
        .map(pair -> URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8))
        .filter(value -> !value.isBlank())
        .findFirst()
        .orElseThrow(() -> new BadRequestException("the parameter " + name + " is missing"));
  }

  /**
   * A header.
   *
   * @throws BadRequestException if it is missing
   */
  String header(String name) {
    return findHeader(name)
        .orElseThrow(() -> new BadRequestException("the header " + name + " is missing"));
  }

  Optional<String> findHeader(String name) {
    return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
  }

  /**
   * The body, read from JSON.
   *
   * @throws BadRequestException if it is no such thing
   */
  <T> T body(Class<T> type) throws IOException {
    byte[] bytes = exchange.getRequestBody().readAllBytes();
    try {
      return Json.MAPPER.readValue(bytes, type);
    } catch (JacksonException e) {
      throw new BadRequestException("the body is no " + type.getSimpleName() + " in JSON", e);
    }
  }
}
