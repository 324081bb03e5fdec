package dev.ballast.dataplane.server.sockmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class KernelTypesTest {

  private static final int INT = 1 << 24;
  private static final int STRUCT = 4 << 24;
  private static final int UNION = 5 << 24;

  /** {@code struct tcp { int first; union { int inner; }; }}, in bits: at 0, and at 32. */
  private static final byte[] BTF =
      btf(
          "\0tcp\0first\0inner\0",
          // 1: int
          new int[] {0, INT, 4, 32},
          // 2: union { int inner; }
          new int[] {0, UNION | 1, 4, 11, 1, 0},
          // 3: struct tcp
          new int[] {1, STRUCT | 2, 8, 5, 1, 0, 0, 2, 32});

  @Test
  void a_field_is_found_also_in_an_unnamed_part() throws Exception {
    // When
    KernelTypes types = KernelTypes.parse(BTF);

    // Then
    assertThat(types.offset("tcp", "first")).isZero();
    assertThat(types.offset("tcp", "inner")).isEqualTo(4);
  }

  @Test
  void what_a_kernel_does_not_have_is_said() throws Exception {
    // Given
    KernelTypes types = KernelTypes.parse(BTF);

    // When / Then
    assertThatThrownBy(() -> types.offset("tcp", "last"))
        .isInstanceOf(IOException.class)
        .hasMessage("this kernel's struct tcp has no last");
  }

  @Test
  void what_is_no_type_information_is_refused() {
    // When / Then
    assertThatThrownBy(() -> KernelTypes.parse(new byte[100])).isInstanceOf(IOException.class);
  }

  private static byte[] btf(String strings, int[]... types) {
    ByteBuffer records = ByteBuffer.allocate(1000).order(ByteOrder.nativeOrder());
    for (int[] type : types) {
      for (int word : type) {
        records.putInt(word);
      }
    }
    byte[] names = strings.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer btf =
        ByteBuffer.allocate(24 + records.position() + names.length).order(ByteOrder.nativeOrder());
    btf.putShort((short) 0xeb9f).put((byte) 1).put((byte) 0).putInt(24);
    btf.putInt(0).putInt(records.position()).putInt(records.position()).putInt(names.length);
    btf.put(records.array(), 0, records.position()).put(names);
    return btf.array();
  }
}
