package dev.paymeter.http;

import io.vertx.core.buffer.Buffer;

/** Pages of text with a style sheet, in one layout. */
public final class HtmlPage {
  private static final String PAGE =
      """
      <!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8">
          <meta name="viewport" content="width=device-width, initial-scale=1">
          <title>%s</title>
          <link rel="stylesheet" href="%s">
        </head>
        <body>
          <main>
      %s    </main>
        </body>
      </html>
      """;

  private HtmlPage() {}

  /**
   * Returns a page.
   *
   * @param style URL of its style sheet, relative to the page
   * @param content HTML, ends with a line end
   */
  public static StaticFile of(String title, String style, String content) {
    return StaticFile.of(StaticFile.HTML, Buffer.buffer(PAGE.formatted(title, style, content)));
  }
}
