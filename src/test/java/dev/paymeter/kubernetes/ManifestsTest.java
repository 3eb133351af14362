package dev.paymeter.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Service;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestsTest {
  private static final String SERVICE =
      """
      apiVersion: v1
      kind: Service
      metadata:
        name: one
        labels: {a: b}
      spec:
        publishNotReadyAddresses: true
        ports:
          - name: http
            port: 8080
            targetPort: http
      """;

  @Test
  void parse_validFieldsAndTypes_returnsTheObject() {
    Service service = Manifests.parse(SERVICE).only(Service.class);

    assertThat(service.getMetadata().getName()).isEqualTo("one");
    assertThat(service.getSpec().getPorts().get(0).getPort()).isEqualTo(8080);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          kind: Service                  | kind: Servant                    | v1 Servant
          apiVersion: v1                 | apiVersion: v2                   | v2 Service
          spec:                          | specs:                           | specs
          targetPort: http               | targetport: http                 | targetport
          port: 8080                     | port: '8080'                     | java.lang.Integer
          port: 8080                     | port: 8080.5                     | 8080.5
          name: http                     | name: 80                         | java.lang.String
          {a: b}                         | {a: 1}                           | java.lang.String
          {a: b}                         | {a: true}                        | java.lang.String
          publishNotReadyAddresses: true | publishNotReadyAddresses: 'true' | java.lang.Boolean
          publishNotReadyAddresses: true | publishNotReadyAddresses: 1      | java.lang.Boolean
          """)
  void parse_invalidFieldOrType_failsNamingIt(String right, String wrong, String named) {
    assertThat(SERVICE).contains(right);
    String broken = SERVICE.replace(right, wrong.replace('\'', '"'));

    assertThatThrownBy(() -> Manifests.parse(broken))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(named);
  }
}
