package dev.ballast.dataplane.server.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.nftables.NftablesBatch.Element;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class NftablesBatchTest {

  private static final NftablesTable TABLE =
      new NftablesTable(NftablesTable.Family.INET, "ballast");
  private static final NftablesSet FRONTENDS =
      new NftablesSet(
          TABLE,
          "frontends4",
          NftablesType.concatenation(
              NftablesType.IPV4_ADDR, NftablesType.INET_PROTO, NftablesType.INET_SERVICE));

  private int sequence;

  /** The messages of a batch, from their struct nlmsghdr on. */
  private List<ByteBuffer> messages(NftablesBatch batch) {
    ByteBuffer all = ByteBuffer.wrap(batch.toBytes(++sequence, () -> ++sequence));
    List<ByteBuffer> messages = new ArrayList<>();
    while (all.hasRemaining()) {
      int length = all.order(ByteOrder.nativeOrder()).getInt(all.position());
      messages.add(all.slice(all.position(), length).order(ByteOrder.nativeOrder()));
      all.position(all.position() + length);
    }
    return messages;
  }

  private static Element frontend(int number) {
    return new Element(ByteBuffer.allocate(12).putInt(0, number));
  }

  @Test
  void an_element_is_encoded_as_the_nft_program_does_it() {
    // Given
    byte[] key = HexFormat.of().parseHex("0a010203" + "06000000" + "00500000");
    var batch = new NftablesBatch();

    // When
    batch.addElements(FRONTENDS, List.of(new Element(ByteBuffer.wrap(key))));

    // Then
    byte[] attributes = new byte[messages(batch).get(1).limit() - NftablesMessage.HEADER];
    messages(batch).get(1).get(NftablesMessage.HEADER, attributes);
    assertThat(HexFormat.of().formatHex(attributes))
        .isEqualTo(
            "0c000100" // the table
                + "62616c6c61737400"
                + "0f000200" // the set
                + "66726f6e74656e64733400"
                + "00"
                + "1c000380" // the elements, nested
                + "18000180"
                + "14000180"
                + "10000100"
                + "0a010203"
                + "06000000"
                + "00500000");
  }

  @Test
  void a_batch_is_enclosed_and_the_kernel_acknowledges_its_last_message() {
    // Given
    var batch = new NftablesBatch().addTable(TABLE, new byte[0]).addSet(FRONTENDS);

    // When
    List<ByteBuffer> messages = messages(batch);

    // Then
    assertThat(messages)
        .extracting(message -> (int) message.getShort(4))
        .containsExactly(0x10, NftablesMessage.NEW_TABLE, NftablesMessage.NEW_SET, 0x11);
    assertThat(messages)
        .extracting(message -> (message.getShort(6) & NftablesMessage.ACK) != 0)
        .containsExactly(false, false, true, false);
    assertThat(messages).extracting(message -> message.getInt(8)).containsExactly(1, 2, 3, 3);
  }

  @Test
  void ten_thousand_elements_are_split_into_messages_below_64_kilobytes() {
    // Given
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      elements.add(frontend(i));
    }

    // When
    List<ByteBuffer> messages = messages(new NftablesBatch().addElements(FRONTENDS, elements));

    // Then
    assertThat(messages).hasSize(12).allMatch(message -> message.limit() < 64 * 1024);
  }

  @Test
  void no_elements_are_no_message() {
    // When
    var batch = new NftablesBatch().addElements(FRONTENDS, List.of());

    // Then
    assertThat(batch.isEmpty()).isTrue();
  }
}
