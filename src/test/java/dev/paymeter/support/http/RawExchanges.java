package dev.paymeter.support.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Parses requests and responses from the text of an HTTP/1.1 connection. */
public final class RawExchanges {
  private static final String END_OF_HEAD = "\r\n\r\n";

  /** A placeholder for text that is not a request. */
  private static final Message UNREADABLE = new Message("? ? ?", Map.of(), "", true);

  private RawExchanges() {}

  /** A request or a response. */
  private record Message(
      String line, Map<String, List<String>> headers, String body, boolean complete) {
    String word(int index) {
      return line.split(" ", 3)[index];
    }
  }

  /**
   * Checks each response against the description, with its request. Responses to unreadable
   * requests are the same on all ports.
   *
   * @param sent with one character per byte, as {@code received}
   */
  public static void check(String sent, String received) {
    List<Message> requests = parse(sent);
    List<Message> responses = parse(received);
    responses.removeIf(response -> response.word(1).startsWith("1")); // Interim responses.
    for (int i = 0; i < responses.size(); i++) {
      Message request = i < requests.size() ? requests.get(i) : UNREADABLE;
      if (request.line().split(" ").length != 3) {
        request = UNREADABLE;
      }
      String target = request.word(1);
      boolean isApi =
          request == UNREADABLE || ApiConformanceResults.isApiPath(target.split("\\?", 2)[0]);
      if (isApi && responses.get(i).complete()) {
        ApiConformanceResults.check(exchange(request, responses.get(i)));
      }
    }
  }

  private static HttpExchangeRecord exchange(Message request, Message response) {
    return new HttpExchangeRecord(
        request.word(0),
        request.word(1),
        request.headers(),
        request.body().getBytes(ISO_8859_1),
        Integer.parseInt(response.word(1)),
        response.headers(),
        response.body().getBytes(ISO_8859_1));
  }

  /** The last body may be incomplete. */
  private static List<Message> parse(String text) {
    List<Message> all = new ArrayList<>();
    int start = 0;
    for (int end = text.indexOf(END_OF_HEAD); end >= 0; end = text.indexOf(END_OF_HEAD, start)) {
      List<String> lines = text.substring(start, end).lines().toList();
      Map<String, List<String>> headers =
          lines.stream()
              .skip(1)
              .map(line -> line.split(":", 2))
              .collect(
                  Collectors.groupingBy(
                      header -> header[0],
                      Collectors.mapping(
                          header -> header[header.length - 1].strip(), Collectors.toList())));
      int body = end + END_OF_HEAD.length();
      boolean whole = body + length(headers) <= text.length();
      start = whole ? body + length(headers) : text.length();
      all.add(new Message(lines.get(0), headers, text.substring(body, start), whole));
    }
    return all;
  }

  private static int length(Map<String, List<String>> headers) {
    return headers.entrySet().stream()
        .filter(header -> header.getKey().equalsIgnoreCase("Content-Length"))
        .mapToInt(header -> Integer.parseInt(header.getValue().get(0)))
        .findFirst()
        .orElse(0);
  }
}
