package dev.ballast.dataplane.server.sockmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class InstructionsTest {

  @Test
  void an_instruction_is_opcode_registers_offset_and_value() {
    // Given
    var program = new Instructions().load64(3, 8, 16).set(0, -2).exit();

    // When
    ByteBuffer code = ByteBuffer.wrap(program.assemble()).order(ByteOrder.nativeOrder());

    // Then
    assertThat(program.count()).isEqualTo(3);
    assertThat(code.get(0)).isEqualTo((byte) 0x79);
    assertThat(code.get(1)).isEqualTo((byte) 0x83);
    assertThat(code.getShort(2)).isEqualTo((short) 16);
    assertThat(code.get(8)).isEqualTo((byte) 0xb7);
    assertThat(code.getInt(12)).isEqualTo(-2);
    assertThat(code.get(16)).isEqualTo((byte) 0x95);
  }

  @Test
  void a_jump_counts_the_instructions_between_and_a_map_is_two() {
    // Given
    var program = new Instructions().ifZero(0, "end").map(1, 5).label("end").exit();

    // When
    ByteBuffer code = ByteBuffer.wrap(program.assemble()).order(ByteOrder.nativeOrder());

    // Then
    assertThat(code.getShort(2)).isEqualTo((short) 2);
    assertThat(code.getInt(12)).isEqualTo(5);
  }

  @Test
  void a_jump_to_nowhere_is_a_bug() {
    // Given
    var program = new Instructions().label("back").ifZero(0, "back").exit();

    // When / Then
    assertThatThrownBy(program::assemble).hasMessageContaining("no label back");
  }
}
