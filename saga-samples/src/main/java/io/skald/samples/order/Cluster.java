package io.skald.samples.order;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The database server and the three services, in one temporary folder. Closing it, or the end of
 * this process however it comes about, short of SIGKILL, leaves no process behind, and no folder
 * but one whose logs are to be {@linkplain #keepLogs kept}.
 */
final class Cluster implements AutoCloseable {
  private final Path folder;
  private @Nullable DatabaseServer databases;
  private List<ServiceProcess> services = List.of();
  private boolean closed;
  private boolean logsKept;

  /** An empty cluster: a folder, and the promise to clean it up. */
  Cluster() throws IOException {
    folder = Files.createTempDirectory("skald-orders-");
    Runtime.getRuntime().addShutdownHook(new Thread(this::closeQuietly, "cluster-close"));
  }

  /** Starts the database server; the services wait for {@link #startServices}. */
  synchronized DatabaseServer startDatabases() throws IOException, SQLException {
    if (closed) {
      throw new IllegalStateException("closed");
    }
    databases = DatabaseServer.start(folder);
    var inventory = service("inventory", InventoryService.class, List.of());
    var payments = service("payments", PaymentsService.class, List.of());
    var urls = List.of(inventory.url(), payments.url());
    services = List.of(inventory, payments, service("orders", OrdersService.class, urls));
    return databases;
  }

  /** Starts the three services, and waits until all answer. */
  void startServices() throws IOException, InterruptedException {
    for (ServiceProcess service : services()) {
      service.start();
    }
    for (ServiceProcess service : services()) {
      service.awaitUp();
    }
  }

  /** Lets the services finish what is under way, and stops them: orders first, for it calls. */
  void stopServices() throws IOException, InterruptedException {
    for (ServiceProcess service : services().reversed()) {
      service.stop();
    }
  }

  /** Where everything lies. */
  Path folder() {
    return folder;
  }

  /**
   * The database server.
   *
   * @throws NullPointerException if it was not started
   */
  synchronized DatabaseServer databases() {
    return Objects.requireNonNull(databases, "databases");
  }

  /** Inventory, payments and orders, in this order. */
  synchronized List<ServiceProcess> services() {
    return services;
  }

  ServiceProcess payments() {
    return services().get(1);
  }

  ServiceProcess orders() {
    return services().get(2);
  }

  /**
   * Whether this was closed, by whoever interrupted the run perhaps; waits for a close under way.
   */
  synchronized boolean isClosed() {
    return closed;
  }

  /** Says where the services' logs are, and leaves them there when this is closed. */
  synchronized void keepLogs() {
    if (!closed) {
      logsKept = true;
      System.err.println("The services' logs are in " + folder);
    }
  }

  /** Kills what still runs and deletes the folder. Does nothing the second time. */
  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    for (ServiceProcess service : services()) {
      service.end();
    }
    if (databases != null) {
      databases.close();
    }
    if (!logsKept) {
      delete(folder);
    }
  }

  private void closeQuietly() {
    try {
      close();
    } catch (IOException e) {
      System.err.println("could not delete " + folder + ": " + e.getMessage());
    }
  }

  private ServiceProcess service(String name, Class<?> main, List<String> more) {
    var arguments = new ArrayList<String>();
    arguments.add(Objects.requireNonNull(databases).jdbcUrl(name));
    arguments.addAll(more);
    return new ServiceProcess(name, main, arguments, folder);
  }

  private static void delete(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e)
              throws IOException {
            if (e != null) {
              throw e;
            }
            Files.deleteIfExists(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
