package dev.ballast.dataplane.core.admission;

/**
 * What the operating system allows this process.
 *
 * @param descriptors open files (RLIMIT_NOFILE)
 * @param heapBytes the maximum size of the Java heap
 * @param localPorts the number of ports in {@code net.ipv4.ip_local_port_range}
 */
public record ProcessLimits(long descriptors, long heapBytes, int localPorts) {}
