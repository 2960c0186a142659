package io.skald.chaos;

import io.skald.saga.error.PermanentFailure;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** Calls the remote participant. */
final class RemoteClient {
  private final HttpClient http = HttpClient.newHttpClient();
  private final int port;

  RemoteClient(int port) {
    this.port = port;
  }

  void call(String operation, String key, int attempt) throws IOException, InterruptedException {
    int status = send(operation, key, attempt);
    if (status == RemoteLedger.REFUSED) {
      throw new PermanentFailure(operation + " refused");
    }
    if (status != RemoteLedger.DONE) {
      throw new IOException(operation + ": status " + status);
    }
  }

  boolean has(String operation, String key) throws IOException, InterruptedException {
    return send("has-" + operation, key, 0) == RemoteLedger.DONE;
  }

  private int send(String operation, String key, int attempt)
      throws IOException, InterruptedException {
    String query =
        "key=%s&attempt=%d".formatted(URLEncoder.encode(key, StandardCharsets.UTF_8), attempt);
    var uri = URI.create("http://127.0.0.1:%d/%s?%s".formatted(port, operation, query));
    // a GET would be repeated by the client itself when the answer is lost
    HttpRequest request =
        HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.noBody()).build();
    return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }
}
