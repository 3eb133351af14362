package dev.paymeter.http.management;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The colors of the page: their contrast, as in WCAG 2.2, and their difference for people with a
 * color vision deficiency.
 */
class ConsoleColorsTest {
  private static final Pattern COLOR = Pattern.compile("--([\\w-]+): #(\\p{XDigit}{6});");
  private static final List<String> STATES = List.of("good", "warn", "bad");
  private static final List<String> SERIES = List.of("series-1", "series-2", "series-3");

  /** Text, and what the size of text does not apply to: lines of charts. */
  private static final double TEXT_CONTRAST = 4.5;

  private static final double LINE_CONTRAST = 3;

  /** Distances in OKLab, in which 0.02 is just noticeable side by side. */
  private static final double STATE_DISTANCE = 0.07;

  private static final double SERIES_DISTANCE = 0.12;

  private enum Scheme {
    LIGHT,
    DARK;

    Map<String, double[]> colors() {
      try (InputStream in =
          Objects.requireNonNull(getClass().getResourceAsStream("/console/console.css"))) {
        String css = new String(in.readAllBytes(), UTF_8);
        Map<String, double[]> colors = new HashMap<>();
        int dark = css.indexOf("prefers-color-scheme: dark");
        Matcher found = COLOR.matcher(css);
        while (found.find()) {
          if (found.start() > dark == (this == DARK)) {
            colors.put(found.group(1), linear(Integer.parseInt(found.group(2), 16)));
          }
        }
        return colors;
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  /**
   * Color vision: Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of
   * Color Vision Deficiency" (2009), severity 1.0, on linear sRGB.
   */
  private enum Vision {
    FULL(1, 0, 0, 0, 1, 0, 0, 0, 1),
    PROTANOPIA(
        0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116,
        1.051998),
    DEUTERANOPIA(
        0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881);

    private final double[] matrix;

    Vision(double... matrix) {
      this.matrix = matrix;
    }

    double distance(double[] one, double[] other) {
      double[] a = oklab(product(matrix, one));
      double[] b = oklab(product(matrix, other));
      return Math.sqrt(square(a[0] - b[0]) + square(a[1] - b[1]) + square(a[2] - b[2]));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "text, card",
    "text, ground",
    "hush, card",
    "hush, ground",
    "good, card",
    "warn, card",
    "bad, card",
    "good, good-ground",
    "warn, warn-ground",
    "bad, bad-ground",
    "text, bad-ground",
    "text, warn-ground",
    "hush, warn-ground",
    "hush, bad-ground",
    "unknown, unknown-ground",
    "unknown, card",
    "good, ground",
    "warn, ground",
    "bad, ground",
    "text, row",
    "hush, row"
  })
  void texts_haveContrast(String text, String ground) {
    for (Scheme scheme : Scheme.values()) {
      Map<String, double[]> colors = scheme.colors();
      assertThat(contrast(colors.get(text), colors.get(ground)))
          .as("%s on %s, %s", text, ground, scheme)
          .isGreaterThanOrEqualTo(TEXT_CONTRAST);
    }
  }

  @ParameterizedTest
  @EnumSource
  void linesOfCharts_haveContrast(Scheme scheme) {
    Map<String, double[]> colors = scheme.colors();
    for (String line : SERIES) {
      assertThat(contrast(colors.get(line), colors.get("card")))
          .as("%s, %s", line, scheme)
          .isGreaterThanOrEqualTo(LINE_CONTRAST);
    }
  }

  @ParameterizedTest
  @EnumSource
  void colors_differForEveryone(Scheme scheme) {
    List<String> tooClose = new ArrayList<>();
    tooClose.addAll(tooClose(scheme, STATES, STATE_DISTANCE));
    tooClose.addAll(tooClose(scheme, SERIES, SERIES_DISTANCE));

    assertThat(tooClose).isEmpty();
  }

  private static List<String> tooClose(Scheme scheme, List<String> names, double least) {
    Map<String, double[]> colors = scheme.colors();
    List<String> tooClose = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      for (int j = 0; j < i; j++) {
        for (Vision vision : Vision.values()) {
          double distance = vision.distance(colors.get(names.get(i)), colors.get(names.get(j)));
          if (distance < least) {
            tooClose.add(names.get(i) + " and " + names.get(j) + ", " + vision + ": " + distance);
          }
        }
      }
    }
    return tooClose;
  }

  private static double contrast(double[] one, double[] other) {
    double a = luminance(one);
    double b = luminance(other);
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }

  private static double luminance(double[] linear) {
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  }

  private static double[] linear(int rgb) {
    return new double[] {linearPart(rgb >> 16), linearPart(rgb >> 8), linearPart(rgb)};
  }

  private static double linearPart(int part) {
    double share = (part & 0xff) / 255.0;
    return share <= 0.04045 ? share / 12.92 : Math.pow((share + 0.055) / 1.055, 2.4);
  }

  /** Converts linear sRGB: Björn Ottosson, "A perceptual color space for image processing". */
  private static double[] oklab(double[] linear) {
    double[] cones =
        product(
            new double[] {
              0.4122214708,
              0.5363325363,
              0.0514459929,
              0.2119034982,
              0.6806995451,
              0.1073969566,
              0.0883024619,
              0.2817188376,
              0.6299787005
            },
            linear);
    double[] roots = {Math.cbrt(cones[0]), Math.cbrt(cones[1]), Math.cbrt(cones[2])};
    return product(
        new double[] {
          0.2104542553,
          0.7936177850,
          -0.0040720468,
          1.9779984951,
          -2.4285922050,
          0.4505937099,
          0.0259040371,
          0.7827717662,
          -0.8086757660
        },
        roots);
  }

  private static double[] product(double[] matrix, double[] vector) {
    double[] product = new double[3];
    for (int row = 0; row < 3; row++) {
      for (int column = 0; column < 3; column++) {
        product[row] += matrix[3 * row + column] * vector[column];
      }
    }
    return product;
  }

  private static double square(double value) {
    return value * value;
  }
}
