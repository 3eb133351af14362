package dev.paymeter.postgres.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.pgclient.PgConnectOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServersTest {
  @Test
  void of_severalHosts_eachHasItsPort() {
    Servers servers =
        Servers.of(
            "postgresql://paymeter:p%40ss@db1:5433,db2,[::1]:5434/payment_db"
                + "?target_session_attrs=read-write&sslmode=require");

    assertThat(servers.address()).isEqualTo("db1:5433,db2:5432,[::1]:5434/payment_db");
    assertThat(servers.inOrder())
        .extracting(PgConnectOptions::getHost)
        .containsExactly("db1", "db2", "::1");
    assertThat(servers.inOrder())
        .allSatisfy(server -> assertThat(server.getPassword()).isEqualTo("p@ss"));
    assertThat(servers.jdbcUrl())
        .startsWith("jdbc:postgresql://db1:5433,db2:5432,[::1]:5434/payment_db?sslmode=require&")
        .endsWith("&targetServerType=primary");
  }

  @Test
  void setPassword_newConnections_useIt() {
    Servers servers = Servers.of("postgresql://paymeter@db1,db2/payment_db");

    servers.setPassword("new");

    assertThat(servers.password()).isEqualTo("new");
    assertThat(servers.inOrder())
        .hasSize(2)
        .allSatisfy(server -> assertThat(server.getPassword()).isEqualTo("new"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"any", "read-write", "primary"})
  void of_attributesThatAllowAPrimary_areAccepted(String attributes) {
    assertThat(Servers.of("postgresql://p@db1,db2/db?target_session_attrs=" + attributes).count())
        .isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"read-only", "standby", "prefer-standby", ""})
  void of_otherAttributes_areRejected(String attributes) {
    String url = "postgresql://p@db1,db2/db?sslmode=disable&target_session_attrs=" + attributes;

    assertThatThrownBy(() -> Servers.of(url)).isInstanceOf(IllegalArgumentException.class);
  }
}
