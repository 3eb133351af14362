package dev.paymeter.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CardNumberJsonScannerTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'a':'4111111111111111'} | a",
        "{'a':4111111111111111} | a",
        "{'a':'x','b':{'c':'4111 1111 1111 1111'}} | b.c",
        "{'a':{'b':[1,['x',{'c':4111111111111111}]]}} | a.b[1][1].c",
        "{'4111111111111111':1} | (name)",
        "{'a':[{'4111111111111111':1}]} | a[0].(name)",
        "{'4111':{'1111':{'1111':'1111'}},'a':['4111','1111','1111','1111']} |",
        "{'a':null,'b':true,'c':12.5,'d':[],'e':{}} |",
      })
  void find_anyDepth_returnsThePath(String json, String path) {
    JsonObject object = new JsonObject(json.replace('\'', '"'));

    assertThat(CardNumberJsonScanner.find(object).orElse(null)).isEqualTo(path);
  }

  @Test
  void find_longNames_areShortened() {
    assertThat(
            CardNumberJsonScanner.find(new JsonObject().put("x".repeat(1000), "4111111111111111")))
        .hasValue("x".repeat(80) + "…");
  }
}
