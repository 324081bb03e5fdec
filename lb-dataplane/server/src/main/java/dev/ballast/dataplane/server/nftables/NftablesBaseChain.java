package dev.ballast.dataplane.server.nftables;

/**
 * A chain that the kernel calls.
 *
 * @param type {@code filter}, {@code nat} or {@code route}
 * @param drops whether it drops the packets that its rules give no verdict
 */
public record NftablesBaseChain(
    NftablesTable table, String name, NftablesHook hook, String type, boolean drops) {}
