package io.skald.chaos;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One message of PostgreSQL's protocol, version 3: a letter, a length, a body; the first message of
 * a connection has no letter.
 */
final class WireFrame {
  /** In place of one, in the first message of a connection. */
  static final char NO_LETTER = 0;

  private static final int SSL_REQUEST = 80877103;
  private static final int GSS_REQUEST = 80877104;
  private static final int LENGTH_BYTES = 4;

  /** A gibberish length must not eat the heap: the server's own limit is 1 GiB. */
  private static final int LENGTH_MAX = 1 << 30;

  private final char letter;
  private final byte[] bytes;

  private WireFrame(char letter, byte[] bytes) {
    this.letter = letter;
    this.bytes = bytes;
  }

  /** The next message; empty at the end of the stream. */
  static Optional<WireFrame> read(DataInputStream in) throws IOException {
    int letter = in.read();
    return letter < 0 ? Optional.empty() : Optional.of(read(in, (char) letter));
  }

  /** The first message of a connection, or what a client asks before it; empty at the end. */
  static Optional<WireFrame> readFirst(DataInputStream in) throws IOException {
    try {
      return Optional.of(read(in, NO_LETTER));
    } catch (EOFException e) {
      return Optional.empty();
    }
  }

  private static WireFrame read(DataInputStream in, char letter) throws IOException {
    int length = in.readInt();
    if (length < LENGTH_BYTES || length > LENGTH_MAX) {
      throw new IOException("a message of %d bytes is no message".formatted(length));
    }
    int head = letter == NO_LETTER ? 0 : 1;
    var frame = ByteBuffer.allocate(head + length);
    if (head == 1) {
      frame.put((byte) letter);
    }
    frame.putInt(length);
    in.readFully(frame.array(), frame.position(), frame.remaining());
    return new WireFrame(letter, frame.array());
  }

  /** A simple query. */
  static WireFrame query(String sql) {
    byte[] text = sql.getBytes(StandardCharsets.UTF_8);
    var frame = ByteBuffer.allocate(1 + LENGTH_BYTES + text.length + 1);
    frame.put((byte) 'Q').putInt(LENGTH_BYTES + text.length + 1).put(text).put((byte) 0);
    return new WireFrame('Q', frame.array());
  }

  char letter() {
    return letter;
  }

  /** Whether a client asks to encrypt, which a proxy that reads along has to decline. */
  boolean isEncryptionRequest() {
    if (letter != NO_LETTER || bytes.length != 2 * LENGTH_BYTES) {
      return false;
    }
    int code = ByteBuffer.wrap(bytes).getInt(LENGTH_BYTES);
    return code == SSL_REQUEST || code == GSS_REQUEST;
  }

  /** The texts the body begins with, each ended by a zero byte, after {@code skipped} bytes. */
  List<String> texts(int skipped, int count) {
    var texts = new ArrayList<String>();
    int from = 1 + LENGTH_BYTES + skipped;
    for (int at = from; at < bytes.length && texts.size() < count; at++) {
      if (bytes[at] == 0) {
        texts.add(new String(bytes, from, at - from, StandardCharsets.UTF_8));
        from = at + 1;
      }
    }
    return texts;
  }

  void writeTo(OutputStream out) throws IOException {
    out.write(bytes);
  }

  int length() {
    return bytes.length;
  }

  void writeTo(OutputStream out, int count) throws IOException {
    out.write(bytes, 0, Math.min(count, bytes.length));
  }
}
