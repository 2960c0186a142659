package io.skald.benchmarks;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.atomic.LongAdder;
import javax.net.SocketFactory;

/**
 * Sockets that count how often something is sent. The driver sends once for every answer it waits
 * for, so this is the number of round trips.
 */
public final class CountingSockets extends SocketFactory {
  private static final LongAdder SENT = new LongAdder();

  /** A factory; the driver makes it by its name. */
  public CountingSockets() {}

  /** How often something was sent by this process. */
  static long sent() {
    return SENT.sum();
  }

  @Override
  public Socket createSocket() {
    return new CountingSocket();
  }

  @Override
  public Socket createSocket(String host, int port) {
    throw new UnsupportedOperationException("the driver connects by itself");
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress local, int localPort) {
    throw new UnsupportedOperationException("the driver connects by itself");
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw new UnsupportedOperationException("the driver connects by itself");
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
    throw new UnsupportedOperationException("the driver connects by itself");
  }

  private static final class CountingSocket extends Socket {
    @Override
    public OutputStream getOutputStream() throws IOException {
      return new CountingStream(super.getOutputStream());
    }
  }

  private static final class CountingStream extends FilterOutputStream {
    CountingStream(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      SENT.increment();
      out.write(bytes, offset, length);
    }
  }
}
