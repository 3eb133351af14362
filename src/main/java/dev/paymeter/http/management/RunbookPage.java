package dev.paymeter.http.management;

import dev.paymeter.http.HtmlPage;
import dev.paymeter.http.StaticFile;
import java.util.List;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.ext.heading.anchor.HeadingAnchorExtension;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;

/** The page of a runbook. Its parser is loaded with the first page, not at the start. */
final class RunbookPage {
  private static final List<Extension> EXTENSIONS =
      List.of(TablesExtension.create(), HeadingAnchorExtension.create());
  private static final Parser PARSER = Parser.builder().extensions(EXTENSIONS).build();
  private static final HtmlRenderer RENDERER =
      HtmlRenderer.builder().extensions(EXTENSIONS).build();

  private RunbookPage() {}

  /**
   * Renders a runbook.
   *
   * @param markdown begins with its title
   * @param style URL of the style sheet
   */
  static StaticFile of(String markdown, String style) {
    String title = markdown.substring("# ".length(), markdown.indexOf('\n'));
    return HtmlPage.of(title, style, RENDERER.render(PARSER.parse(markdown)));
  }
}
