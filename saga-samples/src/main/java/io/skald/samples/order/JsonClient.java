package io.skald.samples.order;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;

/** Calls a service that speaks JSON. */
final class JsonClient {
  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();

  private final String baseUrl;

  JsonClient(String baseUrl) {
    this.baseUrl = baseUrl;
  }

  /**
   * What came back.
   *
   * @param status the HTTP status
   * @param json the body
   */
  record Reply(int status, String json) {

    <T> T body(Class<T> type) {
      return Json.MAPPER.readValue(json, type);
    }

    /** What a service says when it does not do what it was asked. */
    String problem() {
      return body(Answer.Problem.class).error();
    }
  }

  /**
   * Sends JSON.
   *
   * @param headers what else to send along
   * @param limit how long to wait for the answer
   * @throws IOException if there was none: nobody knows what happened
   */
  Reply post(String path, Object body, Map<String, String> headers, Duration limit)
      throws IOException, InterruptedException {
    var request =
        request(path, limit)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(Json.MAPPER.writeValueAsBytes(body)));
    headers.forEach(request::header);
    return send(request.build());
  }

  /** Asks for what is at that path. */
  Reply find(String path, Map<String, String> query, Duration limit)
      throws IOException, InterruptedException {
    return send(request(path + encoded(query), limit).GET().build());
  }

  /** Asks that what is at that path should no longer be. */
  Reply delete(String path, Map<String, String> query, Duration limit)
      throws IOException, InterruptedException {
    return send(request(path + encoded(query), limit).DELETE().build());
  }

  private HttpRequest.Builder request(String path, Duration limit) {
    Duration positive = limit.isPositive() ? limit : Duration.ofMillis(1);
    return HttpRequest.newBuilder(URI.create(baseUrl + path)).timeout(positive);
  }

  private static Reply send(HttpRequest request) throws IOException, InterruptedException {
    var response = HTTP.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    return new Reply(response.statusCode(), response.body());
  }

  private static String encoded(Map<String, String> query) {
    return query.entrySet().stream()
        .map(
            pair ->
                pair.getKey() + "=" + URLEncoder.encode(pair.getValue(), StandardCharsets.UTF_8))
        .collect(Collectors.joining("&", "?", ""));
  }
}
