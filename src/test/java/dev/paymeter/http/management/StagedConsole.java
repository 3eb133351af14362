package dev.paymeter.http.management;

import dev.paymeter.support.TestServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;

/** The console with a scripted state, which is healthy when a test begins. */
abstract class StagedConsole extends ConsoleBrowser {
  static ConsoleStage stage;

  @BeforeAll
  static void openStage() {
    stage = new ConsoleStage(TestServer.freePort());
  }

  @AfterAll
  static void closeStage() {
    if (stage != null) {
      stage.close();
    }
  }

  @BeforeEach
  void show(TestInfo test) {
    stage.reset();
    show(stage.page(), test);
    if (!test.getTags().contains(OPENS_PAGE)) {
      page.awaitHealthy();
    }
  }
}
