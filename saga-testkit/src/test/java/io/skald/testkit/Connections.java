package io.skald.testkit;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** JDBC connections to nowhere, that write down what is asked of them. */
final class Connections {
  private Connections() {}

  static Connection recording(List<String> calls) {
    return connection(
        (self, method, arguments) -> {
          String words = arguments == null ? "" : " " + arguments[0];
          calls.add(method.getName() + words);
          return method.getName().equals("nativeSQL") ? arguments[0] : null;
        });
  }

  static Connection thatRefusesToCommit() {
    return connection(
        (self, method, arguments) -> {
          if (method.getName().equals("commit")) {
            throw new SQLException("deferred constraint");
          }
          return null;
        });
  }

  static Connection thatFails() {
    return connection(
        (self, method, arguments) -> {
          throw new SQLException("no such table");
        });
  }

  private static Connection connection(InvocationHandler handler) {
    Class<?>[] types = {Connection.class};
    return (Connection) Proxy.newProxyInstance(Connections.class.getClassLoader(), types, handler);
  }
}
