package io.skald.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/** One server for all tests of this JVM that leave it as they found it; it ends with the JVM. */
final class CommonServer {
  private static final DatabaseServer INSTANCE = start();

  private CommonServer() {}

  static String url() {
    return INSTANCE.url();
  }

  static int port() {
    return INSTANCE.port();
  }

  private static DatabaseServer start() {
    try {
      // a commit waits for a standby only where it is asked to
      return DatabaseServer.start(Map.of("synchronous_commit", "local", "max_connections", "300"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
