import com.sun.source.tree.BlockTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Counter of the proportions of source trees. Prints one row of a Markdown table for each tree:
 *
 * <pre>java src/test/structure/CountStructure.java DIRECTORY...</pre>
 *
 * <p>Counted are the Java files below any {@code src/main/java} of a directory, without {@code
 * module-info.java}; {@code package-info.java} counts in the lines only. The lines of a file and of
 * a method are those from its first to its last, blank lines and comments included; a method
 * without a body does not count. A comment is a block or a run of {@code //} lines; text before the
 * package declaration (licence headers) does not count.
 */
final class CountStructure {
  private static final Pattern LITERAL_OR_COMMENT =
      Pattern.compile(
          "\"\"\".*?\"\"\"|\"(?:[^\"\\\\\\n]|\\\\.)*\"|'(?:[^'\\\\]|\\\\.)+'"
              + "|(?<block>/\\*.*?\\*/)|(?<line>//[^\\n]*(?:\\n[ \\t]*//[^\\n]*)*)",
          Pattern.DOTALL);

  private static final Pattern WORD = Pattern.compile("\\p{L}[\\p{L}\\p{N}'_-]*");
  private static final int LONG_METHOD = 40;

  private final Path root;
  private final List<Integer> files = new ArrayList<>();
  private final List<Integer> methods = new ArrayList<>();
  private final List<Integer> comments = new ArrayList<>();
  private final Map<String, Integer> packages = new HashMap<>();
  private int lines;

  private CountStructure(Path root) {
    this.root = root;
  }

  public static void main(String[] directories) throws IOException {
    System.out.println(
        "| tree | files | lines | file: median | longest | methods | median | 9 of 10 | over "
            + LONG_METHOD
            + " | packages | files in each: median | most | README lines | comments: median words |");
    System.out.println("|---|" + "--:|".repeat(13));
    for (String directory : directories) {
      CountStructure count = new CountStructure(Path.of(directory));
      count.read();
      System.out.println(count.row());
    }
  }

  private void read() throws IOException {
    List<Path> sources;
    try (Stream<Path> all = Files.walk(root)) {
      sources =
          all.filter(path -> path.toString().contains("src/main/java/"))
              .filter(path -> path.toString().endsWith(".java"))
              .filter(path -> !path.endsWith("module-info.java"))
              .sorted()
              .toList();
    }
    for (Path source : sources) {
      String text = Files.readString(source, StandardCharsets.UTF_8);
      int length = (int) text.lines().count();
      lines += length;
      countComments(text);
      if (!source.endsWith("package-info.java")) {
        files.add(length);
        packages.merge(source.getParent().toString(), 1, Integer::sum);
      }
    }
    countMethods(sources);
  }

  private void countComments(String text) {
    Matcher found = LITERAL_OR_COMMENT.matcher(text);
    Matcher header = Pattern.compile("(?m)^package\\s").matcher(text);
    int from =
        header.find() && !text.substring(0, header.start()).contains("@") ? header.start() : 0;
    while (found.find()) {
      if (found.start() < from || (found.group("block") == null && found.group("line") == null)) {
        continue;
      }
      int words = (int) WORD.matcher(found.group()).results().count();
      if (words > 0) {
        comments.add(words);
      }
    }
  }

  private void countMethods(List<Path> sources) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null,
                  manager,
                  problem -> {}, // The sources are only parsed, so their dependencies may be
                  // missing.
                  List.of("-proc:none"),
                  null,
                  manager.getJavaFileObjectsFromPaths(sources));
      SourcePositions positions = Trees.instance(task).getSourcePositions();
      for (CompilationUnitTree unit : task.parse()) {
        LineMap map = unit.getLineMap();
        new TreeScanner<Void, Void>() {
          @Override
          public Void visitMethod(MethodTree method, Void nothing) {
            BlockTree body = method.getBody();
            if (body != null && positions.getEndPosition(unit, body) > 0) {
              long first = map.getLineNumber(positions.getStartPosition(unit, method));
              methods.add(
                  (int) (map.getLineNumber(positions.getEndPosition(unit, body)) - first + 1));
            }
            return super.visitMethod(method, nothing);
          }
        }.scan(unit, null);
      }
    }
  }

  private String row() throws IOException {
    Path readme = root.resolve("README.md");
    long readmeLines = Files.exists(readme) ? Files.readAllLines(readme).size() : 0;
    long over = methods.stream().filter(length -> length > LONG_METHOD).count();
    List<Integer> perPackage = new ArrayList<>(packages.values());
    return String.format(
        Locale.ROOT,
        "| %s | %d | %d | %d | %d | %d | %d | %d | %d | %d | %d | %d | %d | %d |",
        root.toRealPath().getFileName(),
        files.size(),
        lines,
        at(files, 0.5),
        at(files, 1),
        methods.size(),
        at(methods, 0.5),
        at(methods, 0.9),
        over,
        packages.size(),
        at(perPackage, 0.5),
        at(perPackage, 1),
        readmeLines,
        at(comments, 0.5));
  }

  private static int at(List<Integer> numbers, double part) {
    if (numbers.isEmpty()) {
      return 0;
    }
    List<Integer> sorted = new ArrayList<>(numbers);
    Collections.sort(sorted);
    return sorted.get((int) Math.round((sorted.size() - 1) * part));
  }
}
