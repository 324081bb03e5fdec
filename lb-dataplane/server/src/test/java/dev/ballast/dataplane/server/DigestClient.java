package dev.ballast.dataplane.server;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.zip.CRC32;

/** A client in a process of its own: sends one request, reads to the end, and prints a checksum. */
public final class DigestClient {

  /** Arguments: address and port. */
  public static void main(String[] args) throws Exception {
    CRC32 sum = new CRC32();
    try (Socket socket = new Socket(InetAddress.ofLiteral(args[0]), Integer.parseInt(args[1]))) {
      socket.getOutputStream().write('?');
      InputStream in = socket.getInputStream();
      byte[] buffer = new byte[64 * 1024];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        sum.update(buffer, 0, read);
      }
    }
    System.out.println(sum.getValue());
  }

  private DigestClient() {}
}
