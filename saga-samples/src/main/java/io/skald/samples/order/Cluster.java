package io.skald.samples.order;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The database server and the three services, in one temporary folder. Closing it, or the end of
 * this process however it comes about, leaves no process behind, and no folder but one whose logs
 * are to be {@linkplain #keepLogs kept}.
 */
final class Cluster implements AutoCloseable {
  /** How long an interrupt may take to become known here after it has stopped the others. */
  private static final Duration NEWS_MAX = Duration.ofSeconds(2);

  private final Path folder;
  private final CleanUp cleanUp;
  private final CountDownLatch interrupted = new CountDownLatch(1);
  private @Nullable DatabaseServer databases;
  private List<ServiceProcess> services = List.of();
  private boolean closed;
  private boolean logsKept;

  /** An empty cluster: a folder, and the promise to clean it up. */
  Cluster() throws IOException {
    folder = Files.createTempDirectory("skald-orders-");
    cleanUp = CleanUp.after(folder);
    Runtime.getRuntime().addShutdownHook(new Thread(this::interrupted, "cluster-close"));
  }

  /** Unpacks and starts the database server. */
  synchronized DatabaseServer startDatabases() throws IOException {
    if (closed) {
      throw new IllegalStateException("closed");
    }
    databases = DatabaseServer.start(folder);
    return databases;
  }

  /** Creates the three databases, and says which services there will be. */
  synchronized void createDatabases() throws SQLException {
    databases().create();
    int port = Ports.free();
    var told = List.of(ServiceProcess.url(port));
    var inventory = service("inventory", Ports.free(), InventoryService.class, told);
    var payments = service("payments", Ports.free(), PaymentsService.class, List.of());
    var called = List.of(inventory.url(), payments.url());
    services = List.of(inventory, payments, service("orders", port, OrdersService.class, called));
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

  ServiceProcess inventory() {
    return services().getFirst();
  }

  ServiceProcess payments() {
    return services().get(1);
  }

  ServiceProcess orders() {
    return services().get(2);
  }

  /** The process that cleans up if this one cannot. */
  CleanUp cleanUp() {
    return cleanUp;
  }

  /**
   * Whether this process is being ended from outside, so that what fails now fails because of that.
   * An interrupt from the terminal reaches the server and the services as well, and their end may
   * be noticed first: so this waits for a moment.
   */
  boolean isInterrupted() throws InterruptedException {
    return interrupted.await(NEWS_MAX.toMillis(), TimeUnit.MILLISECONDS);
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
      CleanUp.delete(folder);
    }
    cleanUp.dismiss();
  }

  private void interrupted() {
    interrupted.countDown();
    try {
      closeInterrupted();
    } catch (IOException e) {
      System.err.println("could not delete " + folder + ": " + e.getMessage());
    }
  }

  private synchronized void closeInterrupted() throws IOException {
    if (!closed) {
      System.err.println("Interrupted: stopping the services and PostgreSQL, deleting " + folder);
      close();
    }
  }

  private ServiceProcess service(String name, int port, Class<?> main, List<String> more) {
    var arguments = new ArrayList<String>();
    arguments.add(Objects.requireNonNull(databases).jdbcUrl(name));
    arguments.addAll(more);
    return new ServiceProcess(name, port, main, arguments, folder);
  }
}
