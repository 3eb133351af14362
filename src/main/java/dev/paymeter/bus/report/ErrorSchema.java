package dev.paymeter.bus.report;

import static java.util.Objects.requireNonNull;

import dev.paymeter.json.JsonFieldReader;
import dev.paymeter.payment.Severity;
import dev.paymeter.report.ErrorReport;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Schema of reported errors. */
final class ErrorSchema {
  private static final Pattern SERVICE =
      Pattern.compile(
          "(?!(other|"
              + String.join("|", ErrorReport.RESERVED_SERVICES)
              + ")$)[a-z][a-z0-9_-]{0,63}");
  private static final Pattern TYPE = Pattern.compile("(?!other$)[A-Za-z][A-Za-z0-9_.$]{0,127}");
  private static final List<String> SEVERITIES =
      Arrays.stream(Severity.values()).map(Severity::label).toList();

  static final ReportReader.Schema<ErrorReport> SCHEMA =
      new ReportReader.Schema<>(
          List.of("service", "error_type", "severity"), Set.of(), Set.of(), ErrorSchema::read);

  private ErrorSchema() {}

  private static Function<ReportReader.ReportKey, ErrorReport> read(
      JsonFieldReader fields, boolean inColumns) {
    String service =
        fields.matching(
            "service",
            SERVICE,
            "a lower-case name of 1 to 64 characters, such as a-service; reserved: "
                + String.join(", ", ErrorReport.RESERVED_SERVICES.stream().sorted().toList())
                + ", other");
    String errorType =
        fields.matching("error_type", TYPE, "a class name of 1 to 128 characters; reserved: other");
    String severity = fields.choice("severity", SEVERITIES);
    return reportKey ->
        new ErrorReport(
            reportKey.publisher(),
            reportKey.id(),
            requireNonNull(service),
            requireNonNull(errorType),
            Severity.of(requireNonNull(severity)));
  }
}
