package dev.paymeter.support.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Finds the requests and answers in the texts that went over a connection of HTTP/1.1. */
public final class RawExchanges {
  private static final String END_OF_HEAD = "\r\n\r\n";

  /** What nobody could make a request of. */
  private static final Message UNREADABLE = new Message("? ? ?", Map.of(), "", true);

  private RawExchanges() {}

  /** A request or an answer. */
  private record Message(
      String line, Map<String, List<String>> headers, String body, boolean whole) {
    String word(int index) {
      return line.split(" ", 3)[index];
    }
  }

  /**
   * Holds each answer against the description, with the request that it belongs to. One that
   * belongs to none that can be read is the same on all ports.
   *
   * @param sent in one byte for each character, as is what was received
   */
  public static void check(String sent, String received) {
    List<Message> requests = parse(sent);
    List<Message> answers = parse(received);
    answers.removeIf(answer -> answer.word(1).startsWith("1")); // Only to go on.
    for (int i = 0; i < answers.size(); i++) {
      Message request = i < requests.size() ? requests.get(i) : UNREADABLE;
      if (request.line().split(" ").length != 3) {
        request = UNREADABLE;
      }
      String target = request.word(1);
      boolean ours = request == UNREADABLE || ApiConformances.isOfTheApi(target.split("\\?", 2)[0]);
      if (ours && answers.get(i).whole()) {
        ApiConformances.check(exchange(request, answers.get(i)));
      }
    }
  }

  private static HttpExchangeRecord exchange(Message request, Message answer) {
    return new HttpExchangeRecord(
        request.word(0),
        request.word(1),
        request.headers(),
        request.body().getBytes(ISO_8859_1),
        Integer.parseInt(answer.word(1)),
        answer.headers(),
        answer.body().getBytes(ISO_8859_1));
  }

  /** The last one's body may have been cut off. */
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
