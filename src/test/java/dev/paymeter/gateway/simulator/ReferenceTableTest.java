package dev.paymeter.gateway.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ReferenceTableTest {
  @Test
  void putAndGet_many_areAsInAHashMap() {
    Random random = new Random(1);
    ReferenceTable referenceTable = new ReferenceTable();
    Map<UUID, Short> model = new HashMap<>();
    Map<UUID, Long> amounts = new HashMap<>();
    Map<UUID, Long> positions = new HashMap<>();

    for (int i = 0; i < 50_000; i++) {
      // Few different halves, so that references share them.
      UUID reference = new UUID(random.nextInt(200), random.nextInt(200));
      assertThat(referenceTable.get(reference)).isEqualTo(model.getOrDefault(reference, (short) 0));
      short value = (short) (1 + random.nextInt(Short.MAX_VALUE));
      long amount = random.nextLong(1000);
      referenceTable.put(reference, value, amount, i);
      positions.put(reference, (long) i);
      referenceTable.add(reference, -1);
      amounts.put(reference, amount - 1);
      model.put(reference, value);
    }

    assertThat(model).hasSizeGreaterThan(20_000);
    model.forEach((reference, value) -> assertThat(referenceTable.get(reference)).isEqualTo(value));
    amounts.forEach(
        (reference, amount) -> assertThat(referenceTable.amount(reference)).isEqualTo(amount));
    positions.forEach(
        (reference, position) ->
            assertThat(referenceTable.position(reference)).isEqualTo(position));
  }

  @Test
  void clear_full_isEmpty() {
    ReferenceTable referenceTable = new ReferenceTable();
    UUID reference = UUID.randomUUID();
    referenceTable.put(reference, (short) 7, 12, 3);

    referenceTable.clear();

    assertThat(referenceTable.get(reference)).isZero();
    assertThat(referenceTable.amount(reference)).isZero();
    assertThatIllegalArgumentException().isThrownBy(() -> referenceTable.add(reference, 1));
  }
}
