package dev.ballast.dataplane.server.announce;

/** {@link AnnouncerProcess} where the kernel does not answer ARP itself. */
final class ArpTableProcess {

  public static void main(String[] args) throws Exception {
    AnnouncerProcess.run(args, NftProgramSteering.arpTable());
  }

  private ArpTableProcess() {}
}
