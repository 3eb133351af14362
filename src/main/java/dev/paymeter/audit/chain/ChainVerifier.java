package dev.paymeter.audit.chain;

import dev.paymeter.audit.ChainHead;
import dev.paymeter.payment.port.LedgerCut;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Verification of the chains of a ledger: that each page follows the previous one and has the rows
 * with which it was closed, that signatures are valid, and that the ends of the chains are those
 * that were scraped.
 */
public final class ChainVerifier {
  private final ChainSource source;
  private final Map<String, Verification> keys;
  private final List<ScrapedHead> scraped;
  private final Map<String, List<ScrapedHead>> heads = new LinkedHashMap<>();
  private final Map<String, NavigableSet<LedgerCut>> scrapedCuts = new HashMap<>();
  private final List<String> generations = new ArrayList<>();
  private final List<ChainSource.Loss> losses = new ArrayList<>();
  private final List<Finding> findings = new ArrayList<>();
  private final List<String> notices = new ArrayList<>();
  private long rows;
  private long signatures;
  private long comparedHeads;

  /** Verifies signatures of a key. */
  @FunctionalInterface
  public interface Verification {
    boolean verifies(String text, byte[] signature);
  }

  /**
   * @param keys the keys whose signatures are verified, by their ids; if there are none, signatures
   *     are not verified
   * @param scraped the ends of chains in scrapes, also of other ledgers
   */
  public ChainVerifier(
      ChainSource source, Map<String, Verification> keys, List<ScrapedHead> scraped) {
    this.source = source;
    this.keys = Map.copyOf(keys);
    this.scraped = List.copyOf(scraped);
  }

  /** Selects what was scraped of this ledger: no other one has its generations. */
  private void selectHeads() {
    generations.addAll(source.generations());
    for (ScrapedHead head : scraped) {
      if (generations.contains(head.generation())) {
        heads.computeIfAbsent(head.instanceId(), key -> new ArrayList<>()).add(head);
        scrapedCuts.computeIfAbsent(head.instanceId(), key -> new TreeSet<>()).add(head.cut());
      }
    }
    if (heads.isEmpty() && !scraped.isEmpty()) {
      ScrapedHead last = scraped.get(scraped.size() - 1);
      findings.add(
          new Finding(
              Finding.Kind.SCRAPE,
              last.instanceId(),
              null,
              null,
              "no scraped chain has a generation of this ledger, %s; the last one has %s"
                  .formatted(generations, last.generation())));
    }
  }

  /**
   * A page with the chain of the rows that the ledger has now.
   *
   * @param chain the chain at its end
   * @param chains the chain at each position that was scraped or signed
   */
  private record Calculated(
      Page page,
      long rows,
      BigDecimal cents,
      long all,
      String chain,
      Map<LedgerCut, String> chains) {
    /** Returns whether an operator has accepted other rows than those that were closed. */
    boolean isAccepted() {
      return !chain.equals(page.chain()) && page.accepted().filter(chain::equals).isPresent();
    }

    /**
     * Returns whether the chain at a position is known: the rows may be those that were accepted.
     */
    boolean isKnown(LedgerCut cut) {
      return cut.equals(page.to()) || !isAccepted();
    }

    /** Returns the chain at a position; at the end, the stored one. */
    String at(LedgerCut cut) {
      return cut.equals(page.to()) ? page.chain() : Objects.requireNonNull(chains.get(cut));
    }
  }

  /**
   * Verifies all chains. Blocks.
   *
   * @param threads the number of pages that are read at the same time
   */
  public ChainReport verify(int threads) {
    selectHeads();
    losses.addAll(source.losses());
    List<ChainSource.InstanceEnd> ends =
        source.ends(); // Before the pages, of which there may be more.
    List<Page> pages = source.pages();
    Map<String, List<Page>> byInstance = new LinkedHashMap<>();
    pages.forEach(
        page -> byInstance.computeIfAbsent(page.instanceId(), key -> new ArrayList<>()).add(page));
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      List<Future<Calculated>> calculations =
          pages.stream().map(page -> executor.submit(() -> calculate(page))).toList();
      Map<String, List<Calculated>> calculated = new LinkedHashMap<>();
      for (Future<Calculated> calculation : calculations) {
        Calculated page = get(calculation);
        rows += page.all();
        calculated.computeIfAbsent(page.page().instanceId(), key -> new ArrayList<>()).add(page);
      }
      calculated.forEach(this::verify);
    } finally {
      executor.shutdownNow();
    }
    ends.forEach(end -> verifyEnd(end, byInstance.getOrDefault(end.instanceId(), List.of())));
    heads.forEach(
        (instance, scraped) -> {
          if (!byInstance.containsKey(instance)) {
            verifyUnknown(instance, scraped);
          }
        });
    return new ChainReport(
        byInstance.size(),
        pages.size(),
        rows,
        ends.stream().mapToLong(ChainSource.InstanceEnd::notClosed).sum(),
        signatures,
        comparedHeads,
        findings,
        notices);
  }

  private static Calculated get(Future<Calculated> calculation) {
    try {
      return calculation.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException failure
          ? failure
          : new IllegalStateException(e.getCause());
    }
  }

  private Calculated calculate(Page page) {
    NavigableSet<LedgerCut> needed = needed(page);
    Map<LedgerCut, String> chains = new HashMap<>();
    String chain = page.previous();
    long counted = 0;
    long all = 0;
    BigDecimal cents = BigDecimal.ZERO;
    for (ChainSource.Segment segment : source.segments(page)) {
      while (!needed.isEmpty() && needed.first().compareTo(segment.position()) < 0) {
        chains.put(needed.pollFirst(), chain);
      }
      chain = Hashes.next(chain, segment);
      counted += segment.rows();
      all += segment.all();
      cents = cents.add(segment.cents());
    }
    for (LedgerCut cut : needed) {
      chains.put(cut, chain);
    }
    return new Calculated(page, counted, cents, all, chain, chains);
  }

  /** Returns the positions of a page that were scraped or signed. */
  private NavigableSet<LedgerCut> needed(Page page) {
    NavigableSet<LedgerCut> needed = new TreeSet<>();
    page.signed()
        .map(signed -> new LedgerCut(signed.head().epoch(), signed.head().segment()))
        .filter(page::contains)
        .ifPresent(needed::add);
    needed.addAll(
        scrapedCuts
            .getOrDefault(page.instanceId(), new TreeSet<>())
            .subSet(page.from(), true, page.to(), true));
    return needed;
  }

  /** Verifies the pages of an instance. */
  private void verify(String instance, List<Calculated> pages) {
    int before = findings.size();
    String chain = Hashes.first(source.ledger(), instance);
    LedgerCut end = LedgerCut.ZERO;
    Set<String> signers = new HashSet<>();
    for (int i = 0; i < pages.size(); i++) {
      Page page = pages.get(i).page();
      verifySequence(page, chain, end);
      verifyRows(pages.get(i));
      verifySignature(pages.get(i), i == pages.size() - 1, signers);
      chain = page.chain();
      end = page.to();
    }
    verifySigners(pages, signers);
    verifyScrapes(instance, pages, findings.size() > before);
  }

  private void verifySequence(Page page, String chain, LedgerCut end) {
    LedgerCut expected = end.next();
    if (!page.from().equals(expected)) {
      findings.add(
          new Finding(
              Finding.Kind.PAGE_MISSING,
              page.instanceId(),
              expected,
              null,
              "expected a page from %s, found one from %s"
                  .formatted(text(expected), text(page.from()))));
    } else if (!page.previous().equals(chain)) {
      findings.add(
          new Finding(
              Finding.Kind.PAGE_CHANGED,
              page.instanceId(),
              page.from(),
              null,
              "the page from %s does not continue the chain before it"
                  .formatted(text(page.from()))));
    }
  }

  private void verifyRows(Calculated calculated) {
    Page page = calculated.page();
    if (calculated.chain().equals(page.chain())) {
      if (page.accepted().isEmpty()
          && (calculated.rows() != page.rows()
              || calculated.cents().compareTo(page.cents()) != 0)) {
        findings.add(pageChanged(page, "its number of rows or their amounts were changed"));
      }
      return;
    }
    if (calculated.isAccepted()) {
      notices.add(
          "%s: rows from %s to %s differ, as an operator has accepted"
              .formatted(page.instanceId(), text(page.from()), text(page.to())));
      return;
    }
    findings.add(locate(page));
  }

  private static Finding pageChanged(Page page, String description) {
    return new Finding(
        Finding.Kind.PAGE_CHANGED,
        page.instanceId(),
        page.to(),
        null,
        "the page from %s to %s: %s".formatted(text(page.from()), text(page.to()), description));
  }

  /** Finds the first row of a page that differs, with the stored hashes of its rows. */
  private Finding locate(Page page) {
    List<ChainSource.Row> found = source.rows(page);
    List<String> stored = source.storedRowHashes(page);
    int first = 0;
    while (first < Math.min(found.size(), stored.size())
        && found.get(first).hash().equals(stored.get(first))) {
      first++;
    }
    if (first == found.size() && first == stored.size()) {
      return pageChanged(page, "its rows have their hashes, but not its chain");
    }
    boolean isExpectedLater =
        first < found.size()
            && stored.subList(first, stored.size()).contains(found.get(first).hash());
    boolean isFoundLater = first < stored.size() && contains(found, first, stored.get(first));
    if (first == found.size() || (isExpectedLater && !isFoundLater)) {
      ChainSource.@Nullable Row before = first == 0 ? null : found.get(first - 1);
      return new Finding(
          Finding.Kind.ROW_MISSING,
          page.instanceId(),
          before == null ? page.from() : before.position(),
          before == null ? null : before.name(),
          "a row is missing " + (before == null ? "at its start" : "after " + before.name()));
    }
    ChainSource.Row row = found.get(first);
    boolean isInserted = first == stored.size() || (isFoundLater && !isExpectedLater);
    return new Finding(
        isInserted ? Finding.Kind.ROW_INSERTED : Finding.Kind.ROW_CHANGED,
        page.instanceId(),
        row.position(),
        row.name(),
        row.name() + (isInserted ? " was inserted" : " was changed"));
  }

  private static boolean contains(List<ChainSource.Row> rows, int from, String hash) {
    return rows.subList(from, rows.size()).stream().anyMatch(row -> row.hash().equals(hash));
  }

  /**
   * @param signers collects the keys that have signed pages of the instance
   */
  private void verifySignature(Calculated calculated, boolean isLast, Set<String> signers) {
    Page page = calculated.page();
    Optional<ChainHead.Signed> signed = page.signed();
    if (signed.isEmpty()) {
      if (!signers.isEmpty() && !isLast && !keys.isEmpty()) {
        findings.add(
            signature(
                page, page.to(), "the page up to %s is not signed".formatted(text(page.to()))));
      }
      return;
    }
    ChainHead head = signed.get().head();
    LedgerCut at = new LedgerCut(head.epoch(), head.segment());
    String keyId = signed.get().signature().keyId();
    if (keys.isEmpty()) {
      return;
    }
    signers.add(keyId);
    Verification key = keys.get(keyId);
    if (key == null) {
      findings.add(signature(page, at, "no public key with the id %s was given".formatted(keyId)));
    } else if (!key.verifies(
        head.signedText(source.ledger(), page.instanceId()), signed.get().signature().bytes())) {
      findings.add(signature(page, at, "the signature by %s is not valid".formatted(keyId)));
    } else if (!page.contains(at)
        || (calculated.isKnown(at) && !head.chain().equals(calculated.at(at)))) {
      findings.add(
          signature(
              page, at, "the chain at %s is not the one that was signed".formatted(text(at))));
    } else {
      signatures++;
    }
  }

  /** Reports an instance without any signature, and where its signatures begin. */
  private void verifySigners(List<Calculated> pages, Set<String> signers) {
    Page last = pages.get(pages.size() - 1).page();
    if (keys.isEmpty()) {
      return;
    }
    if (signers.isEmpty()) {
      findings.add(signature(last, last.to(), "no page is signed"));
      return;
    }
    long unsigned = pages.stream().takeWhile(page -> page.page().signed().isEmpty()).count();
    if (unsigned > 0) {
      notices.add(
          "%s: the first %d pages, up to %s, are not signed"
              .formatted(
                  last.instanceId(), unsigned, text(pages.get((int) unsigned - 1).page().to())));
    }
  }

  private static Finding signature(Page page, LedgerCut at, String description) {
    return new Finding(Finding.Kind.SIGNATURE, page.instanceId(), at, null, description);
  }

  /**
   * @param isDifferent whether the chain is known to differ: then its scrapes say nothing more
   */
  private void verifyScrapes(String instance, List<Calculated> pages, boolean isDifferent) {
    NavigableMap<LedgerCut, Calculated> byStart = new TreeMap<>();
    pages.forEach(page -> byStart.put(page.page().from(), page));
    LedgerCut end = byStart.lastEntry().getValue().page().to();
    @Nullable ScrapedHead lastEqual = null;
    long lost = 0;
    for (ScrapedHead head : heads.getOrDefault(instance, List.of())) {
      Map.Entry<LedgerCut, Calculated> found = byStart.floorEntry(head.cut());
      if (found == null) {
        continue; // Before the first checkpoint.
      }
      Calculated page = found.getValue();
      if (isLost(instance, head.generation())
          && (!page.page().contains(head.cut())
              || !page.page().generation().equals(head.generation()))) {
        lost++; // The ledger went back, and continued from an earlier position.
      } else if (!page.page().contains(head.cut())) {
        findings.add(
            new Finding(
                Finding.Kind.PAGE_MISSING,
                instance,
                end,
                null,
                "the chain ends at %s; at %s, %s was scraped"
                    .formatted(text(end), head.at(), text(head.cut()))));
        return;
      } else if (isDifferent
          || !page.isKnown(head.cut())
          || ChainHead.number(page.at(head.cut())) == head.number()) {
        comparedHeads++;
        lastEqual = head;
      } else {
        findings.add(
            new Finding(
                Finding.Kind.SCRAPE,
                instance,
                head.cut(),
                null,
                "the chain at %s is not the one that was scraped at %s; %s"
                    .formatted(
                        text(head.cut()),
                        head.at(),
                        lastEqual == null
                            ? "no earlier one was scraped"
                            : "the one at %s is".formatted(text(lastEqual.cut())))));
        return;
      }
    }
    if (lost > 0) {
      notices.add(
          "%s: %d heads were scraped before the ledger went back, and are lost with their rows"
              .formatted(instance, lost));
    }
  }

  private static String text(LedgerCut cut) {
    return "epoch %d, segment %d".formatted(cut.epoch(), cut.segment());
  }

  /** Returns whether the instance has found a loss when a later generation began. */
  private boolean isLost(String instance, String generation) {
    int index = generations.indexOf(generation);
    return losses.stream()
        .anyMatch(
            loss ->
                loss.instanceId().equals(instance)
                    && generations.indexOf(loss.generation()) > index);
  }

  private void verifyEnd(ChainSource.InstanceEnd end, List<Page> pages) {
    LedgerCut last = pages.isEmpty() ? LedgerCut.ZERO : pages.get(pages.size() - 1).to();
    if (end.checkpoint().compareTo(last) > 0) {
      findings.add(
          new Finding(
              Finding.Kind.PAGE_MISSING,
              end.instanceId(),
              last,
              null,
              "the last checkpoint is at %s, the last page ends at %s"
                  .formatted(text(end.checkpoint()), text(last))));
    }
    if (end.stray() > 0) {
      findings.add(
          new Finding(
              Finding.Kind.ROW_INSERTED,
              end.instanceId(),
              null,
              null,
              "%d rows are of epochs that the instance never had".formatted(end.stray())));
    }
  }

  private void verifyUnknown(String instance, List<ScrapedHead> scraped) {
    for (ScrapedHead head : scraped) {
      if (head.cut().number() > 0 && !isLost(instance, head.generation())) {
        findings.add(
            new Finding(
                Finding.Kind.PAGE_MISSING,
                instance,
                head.cut(),
                null,
                "the ledger has no page of the instance; at %s, %s was scraped"
                    .formatted(head.at(), text(head.cut()))));
        return;
      }
    }
  }
}
