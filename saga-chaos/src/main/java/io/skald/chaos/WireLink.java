package io.skald.chaos;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One connection through the proxy: a thread for each direction, which hands on message by message
 * and has faults strike. Safe for use by several threads.
 */
final class WireLink {
  /** What the server answers as it answers a statement that is cancelled. */
  private static final WireFrame CANCELLED =
      WireFrame.query(
          "do $$ begin raise exception 'canceled by the wire' using errcode = '57014'; end $$");

  private final Socket client;
  private final Socket server;
  private final Function<WireDialogue.Said, Optional<WireFault>> faults;
  private final WireDialogue dialogue = new WireDialogue();
  private final CountDownLatch over = new CountDownLatch(1);

  /** Set before the statement is handed on: the server cannot have answered it yet. */
  private volatile @Nullable Pending pending;

  private volatile boolean dark;

  /** Which of the whole requests is on its way; the start of the session is the first. */
  private int request = 1;

  /**
   * A fault that waits for its moment.
   *
   * @param request the whole request it is in: each is answered by one ReadyForQuery, and a client
   *     may send the next one before that, as the driver does after BEGIN
   */
  private record Pending(WireFault fault, int request) {}

  WireLink(Socket client, Function<WireDialogue.Said, Optional<WireFault>> faults) {
    this.client = client;
    this.server = new Socket();
    this.faults = faults;
  }

  /** Hands on until one end closes; connects to the server for it. */
  void run(int serverPort) {
    try {
      if (!dark) {
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), serverPort));
      }
      Thread.ofVirtual().name("wire-answers").start(() -> untilClosed(this::answers));
      untilClosed(this::requests);
    } catch (IOException e) {
      // nobody is there: the client learns it as it would without a proxy between
      close();
    }
  }

  private interface Direction {
    void run() throws IOException, InterruptedException;
  }

  private void untilClosed(Direction direction) {
    try {
      try {
        direction.run();
      } catch (IOException e) {
        // the end of a connection is an end, however it came about
      }
      if (dark) {
        over.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    close();
  }

  private void requests() throws IOException, InterruptedException {
    var in = new DataInputStream(new BufferedInputStream(client.getInputStream()));
    Optional<WireFrame> frame = WireFrame.readFirst(in);
    stayInTheDark();
    while (frame.isPresent() && frame.get().isEncryptionRequest()) {
      client.getOutputStream().write('N');
      frame = WireFrame.readFirst(in);
    }
    var out = new BufferedOutputStream(server.getOutputStream());
    while (frame.isPresent()) {
      request(frame.get(), out);
      if (in.available() == 0) {
        out.flush();
      }
      frame = WireFrame.read(in);
    }
  }

  private void request(WireFrame frame, OutputStream out) throws IOException, InterruptedException {
    boolean isFirst = frame.letter() == WireFrame.NO_LETTER;
    Optional<WireFault> found = dialogue.hear(frame).flatMap(faults);
    if (found.isPresent() && found.get().moment() == WireFault.Moment.BEFORE) {
      out.flush();
      strike(found.get(), List.of(frame), out);
    } else if (found.isPresent() && pending == null) {
      pending = new Pending(found.get(), request);
    }
    stayInTheDark();
    (isCancelled(found) ? CANCELLED : frame).writeTo(out);
    if (isFirst || frame.letter() == 'S' || frame.letter() == 'Q') {
      Pending sent = pending;
      if (sent != null && sent.fault().moment() == WireFault.Moment.SENT) {
        out.flush();
        strike(sent.fault(), List.of(), out);
      }
      request++;
    }
  }

  private static boolean isCancelled(Optional<WireFault> found) {
    return found.filter(fault -> fault.kind() == WireFault.Kind.CANCEL).isPresent();
  }

  private void answers() throws IOException, InterruptedException {
    var in = new DataInputStream(new BufferedInputStream(server.getInputStream()));
    var out = new BufferedOutputStream(client.getOutputStream());
    var withheld = new ArrayList<WireFrame>();
    int answered = 1;
    for (var frame = WireFrame.read(in); frame.isPresent(); frame = WireFrame.read(in)) {
      stayInTheDark();
      Pending fault = pending;
      boolean isWhole = frame.get().letter() == 'Z';
      if (fault == null || fault.request() != answered) {
        frame.get().writeTo(out);
      } else {
        withheld.add(frame.get());
        if (isWhole && fault.fault().moment() == WireFault.Moment.ANSWERED) {
          strike(fault.fault(), withheld, out);
          for (WireFrame late : withheld) {
            late.writeTo(out);
          }
          withheld.clear();
          pending = null;
        }
      }
      answered += isWhole ? 1 : 0;
      if (in.available() == 0) {
        out.flush();
      }
    }
  }

  /** Returns if what is under way is to pass. */
  private void strike(WireFault fault, List<WireFrame> underWay, OutputStream out)
      throws IOException, InterruptedException {
    switch (fault.kind()) {
      case CUT -> end(fault);
      case BLACKHOLE -> {
        darken();
        fault.strike();
      }
      case CANCEL -> fault.strike();
      case DELAY -> {
        fault.strike();
        fault.sitOut();
      }
      case TRUNCATE -> {
        writeHalf(underWay, out);
        end(fault);
      }
    }
    stayInTheDark();
  }

  private static void writeHalf(List<WireFrame> frames, OutputStream out) throws IOException {
    int left = frames.stream().mapToInt(WireFrame::length).sum() / 2;
    for (WireFrame frame : frames) {
      frame.writeTo(out, Math.max(0, left));
      left -= frame.length();
    }
    out.flush();
  }

  private void end(WireFault fault) throws IOException {
    // said first: whoever sees the connection closed may ask what has struck
    fault.strike();
    close();
    throw new InterruptedIOException("cut");
  }

  /** From now on nothing passes, and neither end is told. */
  void darken() {
    dark = true;
  }

  boolean isDark() {
    return dark;
  }

  private void stayInTheDark() throws IOException, InterruptedException {
    if (dark) {
      over.await();
      throw new InterruptedIOException("dark until it was closed");
    }
  }

  void close() {
    over.countDown();
    for (Socket socket : List.of(client, server)) {
      try {
        socket.close();
      } catch (IOException e) {
        // it is closed all the same
      }
    }
  }
}
