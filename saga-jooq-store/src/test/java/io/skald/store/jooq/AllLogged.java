package io.skald.store.jooq;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.ConsoleHandler;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LocationAwareLogger;

/**
 * All that is logged from its making to its closing, down to TRACE and past the levels the tests
 * are otherwise run with: by Skald, jOOQ and the pool. Of the driver down to FINE, which is DEBUG;
 * below that it writes the bytes that go over the wire.
 */
public final class AllLogged implements AutoCloseable {
  private static final List<String> NAMES = List.of("io.skald", "org.jooq", "com.zaxxer");
  private static final Logger DRIVER = Logger.getLogger("org.postgresql");

  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final PrintStream before = System.err;
  private final Map<org.slf4j.Logger, Integer> levels = new HashMap<>();
  private final Handler driver;

  public AllLogged() {
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    // those that are made from now on, and those that are there
    NAMES.forEach(name -> System.setProperty("org.slf4j.simpleLogger.log." + name, "trace"));
    present().values().forEach(logger -> levels.put(logger, level(logger, 0)));
    driver = new ConsoleHandler();
    driver.setLevel(Level.FINE);
    DRIVER.setLevel(Level.FINE);
    DRIVER.setUseParentHandlers(false);
    DRIVER.addHandler(driver);
  }

  public String text() {
    return log.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    System.setErr(before);
    NAMES.forEach(name -> System.clearProperty("org.slf4j.simpleLogger.log." + name));
    present().values().forEach(logger -> levels.putIfAbsent(logger, LocationAwareLogger.ERROR_INT));
    levels.forEach(AllLogged::level);
    DRIVER.removeHandler(driver);
    DRIVER.setUseParentHandlers(true);
    DRIVER.setLevel(null);
  }

  /** The loggers of the binding, which has no way to change a level once a logger is made. */
  @SuppressWarnings("unchecked") // as the binding declares it
  private static Map<String, org.slf4j.Logger> present() {
    ILoggerFactory factory = LoggerFactory.getILoggerFactory();
    try {
      Field loggers = factory.getClass().getDeclaredField("loggerMap");
      loggers.setAccessible(true);
      var present = new HashMap<>((Map<String, org.slf4j.Logger>) loggers.get(factory));
      present.keySet().removeIf(name -> NAMES.stream().noneMatch(name::startsWith));
      return present;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("another binding: " + factory.getClass(), e);
    }
  }

  /** Sets the level of a logger; answers what it was. */
  private static int level(org.slf4j.Logger logger, int level) {
    try {
      Field field = logger.getClass().getDeclaredField("currentLogLevel");
      field.setAccessible(true);
      int was = field.getInt(logger);
      field.setInt(logger, level);
      return was;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("another binding: " + logger.getClass(), e);
    }
  }
}
