package io.skald.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * What all the nodes say, in one file, and in another one what they said before: as much as is
 * needed to look into a violation, and no more. Safe for use by several threads.
 */
final class NodeLog implements AutoCloseable {
  private static final long CHARACTERS_MAX = 32_000_000;

  private final Path file;
  private Writer writer;
  private long characters;
  private boolean closed;

  NodeLog(Path folder) throws IOException {
    this.file = Files.createDirectories(folder).resolve("nodes.log");
    this.writer = Files.newBufferedWriter(file);
  }

  Path file() {
    return file;
  }

  /** Keeps a line, unless it comes after the end. */
  synchronized void write(String node, String line) {
    if (closed) {
      return;
    }
    try {
      if (characters > CHARACTERS_MAX) {
        writer.close();
        Files.move(file, file.resolveSibling("nodes.log.1"), StandardCopyOption.REPLACE_EXISTING);
        writer = Files.newBufferedWriter(file);
        characters = 0;
      }
      writer.write(node + " " + line + "\n");
      writer.flush();
      characters += node.length() + line.length() + 2;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    writer.close();
  }
}
