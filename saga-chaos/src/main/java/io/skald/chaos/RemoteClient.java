package io.skald.chaos;

import io.skald.saga.Done;
import io.skald.saga.error.PermanentFailure;
import io.skald.saga.step.AsyncCall;
import io.skald.saga.step.Call;
import io.skald.saga.step.CompensationCall;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** Calls the remote participant, which knows what is asked from the idempotency key. */
final class RemoteClient {
  private final HttpClient http = HttpClient.newHttpClient();
  private final int port;

  RemoteClient(int port) {
    this.port = port;
  }

  /** Asks for what may be refused. */
  void ask(Call call) throws IOException, InterruptedException {
    require("ask", call.idempotencyKey(), call.attempt(), "");
  }

  /** Asks for what is confirmed or cancelled later. */
  Done tried(Call call) throws IOException, InterruptedException {
    ask(call);
    return Done.DONE;
  }

  /** Says what may not be refused any more. */
  void tell(Call call) throws IOException, InterruptedException {
    require("tell", call.idempotencyKey(), call.attempt(), "");
  }

  /** Asks for work that is completed by token. */
  void handOut(AsyncCall call) throws IOException, InterruptedException {
    require("hand-out", call.idempotencyKey(), call.attempt(), call.completionToken());
  }

  void compensate(CompensationCall call) throws IOException, InterruptedException {
    require("tell", call.compensationKey(), call.attempt(), "");
  }

  /** Whether the action has taken effect there. */
  boolean stands(Call call) throws IOException, InterruptedException {
    return send("stands", call.idempotencyKey(), call.attempt(), "") == RemoteLedger.DONE;
  }

  private void require(String verb, String key, int attempt, String token)
      throws IOException, InterruptedException {
    int status = send(verb, key, attempt, token);
    if (status == RemoteLedger.REFUSED) {
      throw new PermanentFailure(key + " refused");
    }
    if (status != RemoteLedger.DONE) {
      throw new IOException("%s: status %d".formatted(key, status));
    }
  }

  private int send(String verb, String key, int attempt, String token)
      throws IOException, InterruptedException {
    String query = "key=%s&attempt=%d&token=%s".formatted(encoded(key), attempt, encoded(token));
    var uri = URI.create("http://127.0.0.1:%d/%s?%s".formatted(port, verb, query));
    // a GET would be repeated by the client itself when the answer is lost
    HttpRequest request =
        HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.noBody()).build();
    return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  private static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }
}
